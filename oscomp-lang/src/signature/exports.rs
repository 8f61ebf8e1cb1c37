use super::{Mistakes, documentation, refuse_cfg};
use proc_macro2::Ident;
use syn::spanned::Spanned;
use syn::{FnArg, ImplItem, ImplItemFn, ItemImpl, ReceiverKind, ReturnType, Type, Visibility};

/// How many parameters a function for C can have.
pub const PARAMETERS: usize = 6;

/// What `#[exports]` on an `impl` says: functions that C programs link against.
#[derive(Clone, Debug)]
pub struct ExportsSignature {
    /// The functions in source order.
    pub functions: Vec<ExportedFunction>,
}

/// One function that C programs can call by its name.
#[derive(Clone, Debug)]
pub struct ExportedFunction {
    /// Its name, also in C.
    pub ident: Ident,
    /// Its doc comment.
    pub doc: String,
    /// The types of its parameters, without the receiver.
    pub parameters: Vec<Type>,
    /// What it returns; none for `()` and `!`.
    pub output: Option<Type>,
    /// How it is reached.
    pub call: ExportCall,
}

/// How a function for C is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExportCall {
    /// It is a method of the instance.
    Method,
    /// It is a method of the instance, whose last parameter is the list of the arguments behind the others.
    Variadic,
    /// It has C's calling convention itself and no receiver: the name is where it is.
    Jump,
}

impl ExportsSignature {
    /// Reads the functions of an `impl`.
    ///
    /// # Errors
    /// Every departure from the grammar, each at its token.
    pub fn read(item: &ItemImpl) -> syn::Result<Self> {
        let mut mistakes = Mistakes::default();
        refuse_cfg(&item.attrs, "what C programs link against", &mut mistakes);
        if let Some((path, _)) = &item.trait_ {
            mistakes.at(path.span(), "expected an `impl` of the module's own methods");
        }
        let mut functions = Vec::new();
        for item in &item.items {
            match item {
                ImplItem::Fn(function) if matches!(function.vis, Visibility::Public(_)) => {
                    functions.extend(mistakes.keep(ExportedFunction::read(function)));
                }
                _ => {}
            }
        }
        mistakes.finish(Self { functions })
    }
}

impl ExportedFunction {
    fn read(function: &ImplItemFn) -> syn::Result<Self> {
        let mut mistakes = Mistakes::default();
        let signature = &function.sig;
        refuse_cfg(&function.attrs, "a function for C", &mut mistakes);
        if let Some(first) = signature.generics.params.first() {
            mistakes.at(first.span(), "expected no generic parameters: C has none");
        }
        if let Some(token) = &signature.asyncness {
            mistakes.at(token.span(), "expected a function that is not `async`");
        }
        let mut parameters = Vec::new();
        let mut has_receiver = false;
        for input in &signature.inputs {
            match input {
                FnArg::Receiver(receiver) => {
                    has_receiver = true;
                    if !matches!(receiver.kind, ReceiverKind::Reference(_, _, None)) {
                        mistakes.at(receiver.span(), "expected `&self`");
                    }
                }
                FnArg::Typed(input) => parameters.push((*input.ty).clone()),
            }
        }
        if parameters.len() > PARAMETERS {
            mistakes.at(signature.inputs.span(), format!("expected at most {PARAMETERS} parameters"));
        }
        let is_variadic = function.attrs.iter().any(|attribute| attribute.path().is_ident("variadic"));
        let call = match (has_receiver, is_variadic) {
            (true, false) => ExportCall::Method,
            (true, true) => ExportCall::Variadic,
            (false, _) => ExportCall::Jump,
        };
        if call == ExportCall::Variadic && parameters.len() < 2 {
            mistakes.at(signature.ident.span(), "expected a parameter, and the list of those behind it");
        }
        if call == ExportCall::Jump && (signature.abi.is_none() || is_variadic) {
            mistakes.at(
                signature.ident.span(),
                "expected `&self`, or `extern \"C\"` where the function needs no instance",
            );
        }
        if call != ExportCall::Jump && signature.abi.is_some() {
            mistakes.at(signature.abi.span(), "expected a method without `extern`: the glue calls it");
        }
        let output = match &signature.output {
            ReturnType::Default => None,
            ReturnType::Type(_, ty) if matches!(**ty, Type::Never(_)) => None,
            ReturnType::Type(_, ty) => Some((**ty).clone()),
        };
        mistakes.finish(Self {
            ident: signature.ident.clone(),
            doc: documentation(&function.attrs),
            parameters,
            output,
            call,
        })
    }
}
