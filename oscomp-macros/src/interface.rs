use oscomp_lang::signature::{Ambient, InterfaceSignature, fingerprint, snake_case};
use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::{FnArg, ItemTrait, TraitItem, TraitItemFn, Type};

pub fn expand(arguments: TokenStream, mut item: ItemTrait) -> TokenStream {
    let signature = InterfaceSignature::read(arguments, &item);
    if item.colon_token.is_none() {
        item.colon_token = Some(Default::default());
    }
    // What implements it is a tag or a reference to a module, both of which any task may hold.
    for marker in ["Copy", "Send", "Sync"] {
        let marker = format_ident!("{marker}");
        item.supertraits.push(syn::parse_quote!(::core::marker::#marker));
    }
    let signature = match signature {
        Ok(signature) => signature,
        Err(error) => {
            let error = error.into_compile_error();
            return quote!(#item #error);
        }
    };
    let refusal = format!("`{{Self}}` does not provide the interface `{}`", signature.ident);
    let expected = format!("expected `impl {} for {{Self}}`", signature.ident);
    let binding = binding(&signature, &item);
    let ambient = (signature.ambient == Some(Ambient::Generated)).then(|| ambient(&signature, &item));
    quote! {
        #[diagnostic::on_unimplemented(message = #refusal, label = #expected)]
        #item
        #binding
        #ambient
    }
}

fn methods(item: &ItemTrait) -> impl Iterator<Item = &TraitItemFn> {
    item.items.iter().filter_map(|item| match item {
        TraitItem::Fn(method) => Some(method),
        _ => None,
    })
}

/// The trait by which the glue ties a tag to an instance, and the forwarding implementation.
fn binding(signature: &InterfaceSignature, item: &ItemTrait) -> TokenStream {
    let name = &signature.ident;
    let binding = format_ident!("{name}Binding");
    let (unsafety, doc) = (&item.unsafety, format!("Ties a tag to the instance behind it, for [`{name}`]."));
    let types = signature.types.iter().map(|ident| quote!(type #ident = <Tag__::Target as #name>::#ident;));
    let methods = methods(item).zip(&signature.methods).map(|(method, read)| {
        let (signature, ident, arguments) = (&method.sig, &read.ident, &read.arguments);
        let wait = signature.asyncness.map(|_| quote!(.await));
        let call = quote!(#name::#ident(#binding::target(self), #(#arguments),*) #wait);
        let body = if matches!(signature.safety, syn::Safety::Unsafe(_)) {
            quote! {
                // SAFETY: the caller's contract is the same.
                unsafe { #call }
            }
        } else {
            call
        };
        quote! {
            #[inline(always)]
            #signature { #body }
        }
    });
    let allow = unsafety.map(|_| quote!(#[allow(unsafe_code)]));
    quote! {
        #[doc = #doc]
        #[doc(hidden)]
        pub trait #binding: ::core::marker::Copy + ::core::marker::Send + ::core::marker::Sync {
            /// What provides the interface.
            type Target: #name;
            /// The instance behind the tag.
            fn target(self) -> Self::Target;
        }

        #allow
        #[allow(non_camel_case_types, reason = "the parameter must not shadow one of a method")]
        #unsafety impl<Tag__: #binding> #name for Tag__ {
            #(#types)*
            #(#methods)*
        }
    }
}

/// The type that reaches the one provider of an ambient interface, and the macro that installs it.
///
/// The two meet in a table whose symbol carries a hash of the trait, so that two traits of one name
/// never meet. The table is a constant: link-time optimisation turns the calls into direct ones.
fn ambient(signature: &InterfaceSignature, item: &ItemTrait) -> TokenStream {
    let name = &signature.ident;
    let (system, table) = (format_ident!("System{name}"), format_ident!("{name}Table"));
    let install = format_ident!("install_{}", snake_case(&name.to_string()));
    let module = format_ident!("{}_table", snake_case(&name.to_string()));
    let symbol = format!("oscomp ambient {name} {:016x}", fingerprint(&item.to_token_stream().to_string()));
    let doc = format!("The image's one provider of [`{name}`].");
    let (mut fields, mut entries, mut forwards) = (Vec::new(), Vec::new(), Vec::new());
    for (method, read) in methods(item).zip(&signature.methods) {
        let (sig, ident, arguments) = (&method.sig, &read.ident, &read.arguments);
        let types = sig.inputs.iter().filter_map(|input| match input {
            FnArg::Typed(argument) => Some(&argument.ty),
            FnArg::Receiver(_) => None,
        });
        let types: Vec<&Box<Type>> = types.collect();
        let (lifetimes, output, unsafety) = (&sig.generics, &sig.output, &sig.safety);
        let quantifier = (!lifetimes.params.is_empty()).then(|| quote!(for #lifetimes));
        let parameters = arguments.iter().zip(&types).map(|(argument, ty)| quote!(#argument: #ty));
        fields.push(quote!(#ident: #quantifier #unsafety fn(#(#types),*) #output));
        let call = |target: TokenStream| {
            let call = quote!(#target(#(#arguments),*));
            if matches!(unsafety, syn::Safety::Unsafe(_)) { quote!(unsafe { #call }) } else { call }
        };
        let mut generics = lifetimes.clone();
        generics.params.push(syn::parse_quote!(Tag__: ::oscomp_abi::AmbientTag + #name));
        let entry = {
            let call = quote!(#name::#ident(Tag__::TAG, #(#arguments),*));
            if matches!(unsafety, syn::Safety::Unsafe(_)) { quote!(unsafe { #call }) } else { call }
        };
        entries.push(quote! {
            #ident: {
                #[allow(non_camel_case_types)]
                #unsafety fn entry #generics (#(#parameters),*) #output { #entry }
                entry::<T>
            }
        });
        let forward = call(quote!((self::#module::table().#ident)));
        forwards.push(quote! {
            #[inline(always)]
            #sig { #forward }
        });
    }
    quote! {
        #[doc = #doc]
        #[derive(Clone, Copy, Debug)]
        pub struct #system;

        impl #name for #system {
            #(#forwards)*
        }

        #[doc(hidden)]
        pub struct #table {
            #(#fields),*
        }

        impl #table {
            #[doc(hidden)]
            pub const fn of<T: ::oscomp_abi::AmbientTag + #name>() -> Self {
                Self { #(#entries),* }
            }
        }

        #[allow(unsafe_code)]
        mod #module {
            unsafe extern "Rust" {
                #[link_name = #symbol]
                safe static TABLE: super::#table;
            }

            #[inline(always)]
            pub fn table() -> &'static super::#table {
                &TABLE
            }
        }

        #[doc(hidden)]
        #[macro_export]
        macro_rules! #install {
            (item $tag:path, $live:expr, $path:path) => {
                const _: () = {
                    use $path as interface;
                    // SAFETY: the symbol carries a hash of the trait, and the table's type is the
                    // trait's own, so whoever reads the symbol agrees about what it is.
                    #[unsafe(export_name = #symbol)]
                    static TABLE: interface::#table = interface::#table::of::<$tag>();
                };
            };
            (start $tag:path) => {};
        }
    }
}
