use oscomp_lang::glue;
use oscomp_lang::plan::Plan;
use proc_macro2::TokenStream;
use syn::LitStr;

pub fn expand(input: TokenStream) -> syn::Result<TokenStream> {
    let literal: LitStr = syn::parse2(input)
        .map_err(|error| syn::Error::new(error.span(), "expected a plan: one string literal of JSON"))?;
    let plan: Plan = serde_json::from_str(&literal.value())
        .map_err(|error| syn::Error::new(literal.span(), format!("expected a plan: {error}")))?;
    Ok(glue::expand(&plan))
}
