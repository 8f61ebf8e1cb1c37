use oscomp_lang::signature::{ExportedFunction, ExportsSignature, PARAMETERS, fingerprint};
use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::{ImplItem, ItemImpl};

pub fn expand(mut item: ItemImpl) -> TokenStream {
    let signature = ExportsSignature::read(&item);
    for item in &mut item.items {
        if let ImplItem::Fn(function) = item {
            function.attrs.retain(|attribute| !attribute.path().is_ident("variadic"));
        }
    }
    match signature {
        Ok(signature) => {
            let exports = signature.functions.iter().map(|function| export(function, &item));
            quote!(#item #(#exports)*)
        }
        Err(error) => {
            let error = error.into_compile_error();
            quote!(#item #error)
        }
    }
}

/// Tells the glue the types of a function, which it has no other way to name.
fn export(function: &ExportedFunction, item: &ItemImpl) -> TokenStream {
    let (generics, _, clause) = item.generics.split_for_impl();
    let ty = &item.self_ty;
    let number = fingerprint(&function.ident.to_string());
    let parameters = (0..PARAMETERS).map(|index| {
        let name = format_ident!("P{index}");
        match function.parameters.get(index) {
            Some(parameter) => quote!(type #name = #parameter;),
            None => quote!(type #name = ();),
        }
    });
    let output = function.output.as_ref().map_or_else(|| quote!(()), |output| quote!(#output));
    quote_spanned! {function.ident.span()=>
        #[doc(hidden)]
        impl #generics ::oscomp_abi::Export<#number> for #ty #clause {
            #(#parameters)*
            type Output = #output;
        }
    }
}
