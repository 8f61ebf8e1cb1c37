use super::{Mistakes, documentation, refuse_cfg};
use proc_macro2::{Span, TokenStream};
use syn::parse::Parser;
use syn::spanned::Spanned;
use syn::{FnArg, GenericParam, Ident, ItemTrait, Pat, TraitItem, TraitItemFn, Type, Visibility};

/// What `#[interface]` on a trait says.
#[derive(Clone, Debug)]
pub struct InterfaceSignature {
    /// The trait.
    pub ident: Ident,
    /// Its doc comment.
    pub doc: String,
    /// Whether the interface is ambient, and how it is installed; none for a wired interface.
    pub ambient: Option<Ambient>,
    /// Its methods in source order.
    pub methods: Vec<MethodSignature>,
    /// Names of its associated types in source order.
    pub types: Vec<Ident>,
}

/// How an ambient interface reaches its users.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ambient {
    /// Through the `System…` type that `#[interface]` makes.
    Generated,
    /// Through a macro `install_…` that stands beside the trait: for what the language itself or
    /// another crate makes ambient.
    ByHand,
}

/// One method of an interface.
#[derive(Clone, Debug)]
pub struct MethodSignature {
    /// The method.
    pub ident: Ident,
    /// Its doc comment.
    pub doc: String,
    /// Names of its parameters behind `self`, in order.
    pub arguments: Vec<Ident>,
    /// Its signature as tokens, from `fn` to the return type.
    pub tokens: TokenStream,
}

impl InterfaceSignature {
    /// Reads an interface from the attribute's arguments and the trait below it.
    ///
    /// # Errors
    /// Every departure from the grammar, each at its token.
    pub fn read(arguments: TokenStream, item: &ItemTrait) -> syn::Result<Self> {
        let mut mistakes = Mistakes::default();
        let ambient = mistakes.keep(read_arguments(arguments)).flatten();

        refuse_cfg(&item.attrs, "an interface", &mut mistakes);
        if !matches!(item.vis, Visibility::Public(_)) {
            mistakes.at(item.trait_token.span(), "expected `pub trait`: an interface is public");
        }
        if !item.generics.params.is_empty() || item.generics.where_clause.is_some() {
            mistakes.at(
                item.generics.span(),
                "expected no generic parameters: an interface means one thing wherever it is required",
            );
        }
        for bound in &item.supertraits {
            mistakes.at(
                bound.span(),
                "expected no supertraits: `#[interface]` adds `Copy`, which is all it needs",
            );
        }

        let mut methods = Vec::new();
        let mut types = Vec::new();
        for item in &item.items {
            match item {
                TraitItem::Fn(method) => methods.extend(read_method(method, ambient, &mut mistakes)),
                TraitItem::Type(associated) => {
                    refuse_cfg(&associated.attrs, "an associated type", &mut mistakes);
                    if !associated.generics.params.is_empty() {
                        mistakes
                            .at(associated.generics.span(), "expected an associated type without parameters");
                    }
                    if ambient == Some(Ambient::Generated) {
                        mistakes.at(
                            associated.span(),
                            "expected methods only: an ambient interface is reached without knowing its provider",
                        );
                    }
                    types.push(associated.ident.clone());
                }
                other => mistakes.at(other.span(), "expected a method or an associated type"),
            }
        }
        mistakes.finish(Self {
            ident: item.ident.clone(),
            doc: documentation(&item.attrs),
            ambient,
            methods,
            types,
        })
    }
}

fn read_arguments(arguments: TokenStream) -> syn::Result<Option<Ambient>> {
    let mut ambient = None;
    syn::meta::parser(|meta| {
        if !meta.path.is_ident("ambient") {
            return Err(meta.error("expected `ambient` or `ambient(by_hand)`"));
        }
        ambient = Some(Ambient::Generated);
        if meta.input.peek(syn::token::Paren) {
            meta.parse_nested_meta(|nested| {
                if !nested.path.is_ident("by_hand") {
                    return Err(nested.error("expected `by_hand`"));
                }
                ambient = Some(Ambient::ByHand);
                Ok(())
            })?;
        }
        Ok(())
    })
    .parse2(arguments)?;
    Ok(ambient)
}

fn read_method(
    method: &TraitItemFn,
    ambient: Option<Ambient>,
    mistakes: &mut Mistakes,
) -> Option<MethodSignature> {
    let signature = &method.sig;
    refuse_cfg(&method.attrs, "a method of an interface", mistakes);
    if let Some(body) = &method.default {
        mistakes.at(body.span(), "expected `;`: a method of an interface has no default body");
    }
    let by_value = match signature.inputs.first() {
        Some(FnArg::Receiver(receiver)) => matches!(receiver.kind, syn::ReceiverKind::Value),
        _ => false,
    };
    if !by_value {
        let span = signature.inputs.first().map_or_else(|| signature.paren_token.span.join(), Spanned::span);
        mistakes.at(span, "expected `self`: a method of an interface takes the tag of its instance by value");
        return None;
    }
    let mut arguments = Vec::new();
    for input in signature.inputs.iter().skip(1) {
        let FnArg::Typed(argument) = input else { continue };
        match &*argument.pat {
            Pat::Ident(name)
                if name.by_ref.is_none() && name.subpat.is_none() && name.mutability.is_none() =>
            {
                arguments.push(name.ident.clone());
            }
            other => mistakes.at(other.span(), "expected a plain name for the parameter"),
        }
        if ambient == Some(Ambient::Generated) && matches!(&*argument.ty, Type::ImplTrait(_)) {
            mistakes.at(
                argument.ty.span(),
                "expected a concrete type: an ambient interface is reached without knowing its provider",
            );
        }
    }
    if ambient == Some(Ambient::Generated) {
        for parameter in &signature.generics.params {
            if !matches!(parameter, GenericParam::Lifetime(_)) {
                mistakes
                    .at(parameter.span(), "expected no type parameters on a method of an ambient interface");
            }
        }
        if let Some(token) = signature.asyncness {
            mistakes.at(token.span(), "expected `fn`: a method of an ambient interface is not async");
        }
    }
    let tokens = quote::quote!(#signature);
    Some(MethodSignature {
        ident: signature.ident.clone(),
        doc: documentation(&method.attrs),
        arguments,
        tokens,
    })
}

impl MethodSignature {
    /// Where the method stands.
    #[must_use]
    pub fn span(&self) -> Span {
        self.ident.span()
    }
}
