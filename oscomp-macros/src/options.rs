use oscomp_lang::signature::{OptionType, OptionsSignature};
use proc_macro2::{Literal, TokenStream};
use quote::quote;
use syn::ItemStruct;

pub fn expand(item: &ItemStruct) -> TokenStream {
    let signature = match OptionsSignature::read(item) {
        Ok(signature) => signature,
        Err(error) => return error.into_compile_error(),
    };
    let ident = &signature.ident;
    let ranges = signature.options.iter().filter_map(|option| {
        let range = option.range.as_ref()?;
        let (field, message) = (&option.ident, format!("`{}` is outside of {}", option.name, range.text));
        let (least, greatest) = (Literal::i128_suffixed(range.least), Literal::i128_suffixed(range.greatest));
        let number = match option.scalar() {
            OptionType::Bytes => quote!(value.get() as i128),
            OptionType::Duration => quote!(value.as_nanos() as i128),
            _ => quote!(value as i128),
        };
        let verify = quote! {
            let number = #number;
            assert!(#least <= number && number <= #greatest, #message);
        };
        Some(if matches!(option.ty, OptionType::Optional(_)) {
            quote!(if let ::core::option::Option::Some(value) = self.#field { #verify })
        } else {
            quote!({ let value = self.#field; #verify })
        })
    });
    let conditions = signature.conditions.iter().map(|condition| {
        let (expression, message) = (condition.tokens(&signature.options), &condition.message);
        quote!(assert!(#expression, #message);)
    });
    quote! {
        #[automatically_derived]
        impl #ident {
            /// The same options; panics, at compile time where they are constant, if a range or a
            /// condition does not hold.
            #[doc(hidden)]
            pub const fn checked(self) -> Self {
                #(#ranges)*
                #(#conditions)*
                self
            }
        }
    }
}
