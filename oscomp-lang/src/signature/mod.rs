//! Signatures: what a Rust source says of an interface, a module or its options.
//!
//! Everything here is read from `syn` items alone, so that what the checker sees is what rustc sees:
//! no cfg, no macro-made items, no aliases. A mistake is a [`syn::Error`] at the offending token;
//! several mistakes are combined into one error.

mod condition;
mod exports;
mod interface;
mod module;
mod name;
mod options;

pub use condition::Condition;
pub use exports::{ExportCall, ExportedFunction, ExportsSignature, PARAMETERS};
pub use interface::{Ambient, InterfaceSignature, MethodSignature};
pub use module::{Edge, Environment, ModuleParameter, ModuleSignature, OptionsParameter, Requirement};
pub use name::{fingerprint, is_instance_name, kebab_case, snake_case};
pub use options::{
    Bounds, ChoiceSignature, OptionSignature, OptionType, OptionsSignature, Protocol, VariantSignature,
};

use proc_macro2::Span;
use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// Joins the doc comment of an item, one line per line, without the leading space.
#[must_use]
pub fn documentation(attributes: &[Attribute]) -> String {
    let mut lines = Vec::new();
    for attribute in attributes {
        if let Meta::NameValue(pair) = &attribute.meta
            && pair.path.is_ident("doc")
            && let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = &pair.value
        {
            let text = text.value();
            lines.push(text.strip_prefix(' ').unwrap_or(&text).trim_end().to_owned());
        }
    }
    lines.join("\n").trim().to_owned()
}

/// Collects mistakes so that one run reports them all.
#[derive(Default)]
pub(crate) struct Mistakes(Option<syn::Error>);

impl Mistakes {
    pub(crate) fn add(&mut self, error: syn::Error) {
        match &mut self.0 {
            Some(first) => first.combine(error),
            none => *none = Some(error),
        }
    }

    pub(crate) fn at(&mut self, span: Span, message: impl std::fmt::Display) {
        self.add(syn::Error::new(span, message));
    }

    /// The value of a step that may fail, with its error kept.
    pub(crate) fn keep<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.add(error)).ok()
    }

    pub(crate) fn finish<T>(self, value: T) -> syn::Result<T> {
        match self.0 {
            Some(error) => Err(error),
            None => Ok(value),
        }
    }
}

/// Refuses `#[cfg]` and `#[cfg_attr]`: a signature is the same for every build.
pub(crate) fn refuse_cfg(attributes: &[Attribute], what: &str, mistakes: &mut Mistakes) {
    for attribute in attributes {
        if attribute.path().is_ident("cfg") || attribute.path().is_ident("cfg_attr") {
            mistakes.add(syn::Error::new_spanned(
                attribute,
                format!(
                    "{what} cannot be conditional: expected a signature that is the same for every build"
                ),
            ));
        }
    }
}
