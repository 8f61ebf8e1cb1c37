use oscomp_lang::signature::{ExportedFunction, ExportsSignature, PARAMETERS, fingerprint};
use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::{FnArg, ImplItem, ImplItemFn, ItemImpl, Pat, PatIdent, ReturnType, Type, Visibility, parse_quote};

pub fn expand(mut item: ItemImpl) -> TokenStream {
    let signature = ExportsSignature::read(&item);
    for item in &mut item.items {
        if let ImplItem::Fn(function) = item {
            function.attrs.retain(|attribute| !attribute.path().is_ident("variadic"));
            if matches!(function.vis, Visibility::Public(_)) {
                settle(function);
            }
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

/// Keeps numbers in order with what reads which exceptions computing has raised. A function that can be computed by the
/// compiler raises none that anyone reads.
fn settle(function: &mut ImplItemFn) {
    if function.sig.constness.is_some() {
        return;
    }
    let mut before = TokenStream::new();
    for input in &mut function.sig.inputs {
        if let FnArg::Typed(parameter) = input
            && is_number(&parameter.ty)
            && let Pat::Ident(PatIdent { mutability, ident, .. }) = &mut *parameter.pat
        {
            let mutability = mutability.take();
            before.extend(quote!(let #mutability #ident = ::oscomp_abi::Number::settled(#ident);));
        }
    }
    let body = &function.block;
    match &function.sig.output {
        ReturnType::Type(_, output) if is_number(output) => {
            function.block = parse_quote!({
                #before
                let compute = move || -> #output #body;
                ::oscomp_abi::Number::settled(compute())
            });
        }
        _ if !before.is_empty() => {
            let statements = &body.stmts;
            function.block = parse_quote!({ #before #(#statements)* });
        }
        _ => {}
    }
}

fn is_number(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if ["f32", "f64", "c_float", "c_double"].iter().any(|name| path.path.is_ident(name)))
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
