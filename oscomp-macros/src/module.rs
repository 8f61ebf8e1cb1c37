use oscomp_lang::signature::ModuleSignature;
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{GenericParam, ItemStruct};

pub fn expand(arguments: TokenStream, mut item: ItemStruct) -> TokenStream {
    let signature = ModuleSignature::read(arguments, &item);
    // Doc comments and `#[call]` on parameters are ours: rustc knows neither there.
    for parameter in &mut item.generics.params {
        if let GenericParam::Type(parameter) = parameter {
            parameter
                .attrs
                .retain(|attribute| !attribute.path().is_ident("doc") && !attribute.path().is_ident("call"));
        }
    }
    match signature {
        Ok(signature) => {
            let assertions = assertions(&signature, &item);
            quote!(#item #assertions)
        }
        Err(error) => {
            let error = error.into_compile_error();
            quote!(#item #error)
        }
    }
}

/// Has rustc verify, in the module's own crate, what the signature promises to the glue.
fn assertions(signature: &ModuleSignature, item: &ItemStruct) -> TokenStream {
    let ident = &item.ident;
    let arguments = item.generics.split_for_impl().1;
    // The glue's tags are all of this.
    let mut tags = item.generics.clone();
    for parameter in tags.type_params_mut() {
        parameter.bounds.push(syn::parse_quote!(::core::marker::Send));
        parameter.bounds.push(syn::parse_quote!(::core::marker::Sync));
        parameter.bounds.push(syn::parse_quote!('static));
    }
    let tags = tags.split_for_impl().0;
    let requirements: Vec<_> = signature.requirements().map(|requirement| &requirement.ident).collect();
    let provides = signature.provides.iter().map(|interface| {
        quote_spanned! {interface.span()=>
            fn provides #tags (module: &'static #ident #arguments) {
                fn expects<T: #interface>(_: T) {}
                expects(module);
            }
        }
    });
    let ambient = signature.ambient.iter().map(|interface| {
        quote_spanned! {interface.span()=>
            fn ambient<T: #interface>(_: T) {}
        }
    });
    let start = quote_spanned! {ident.span()=>
        fn start #tags () {
            let _: fn(#(#requirements),*) -> ::core::result::Result<#ident #arguments, ::oscomp_abi::StartError> =
                <#ident #arguments>::start;
        }
    };
    let stop = signature.stop.then(|| {
        quote_spanned! {ident.span()=>
            fn stop #tags (module: &#ident #arguments) {
                let () = module.stop();
            }
        }
    });
    let shared = quote_spanned! {ident.span()=>
        fn shared #tags () {
            fn expects<T: ::core::marker::Send + ::core::marker::Sync + 'static>() {}
            expects::<#ident #arguments>();
        }
    };
    let exports = signature.exports.map(|_| {
        let generics = item.generics.split_for_impl().0;
        quote!(impl #generics ::oscomp_abi::Exports for #ident #arguments {})
    });
    let checks = provides.chain(ambient).chain([start, shared]).chain(stop);
    quote! {
        #exports
        #(
            #[allow(dead_code, clippy::type_complexity)]
            const _: () = { #checks };
        )*
    }
}
