use super::{Mistakes, documentation, kebab_case, refuse_cfg};
use crate::value::parse_bytes;
use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use serde::{Deserialize, Serialize};
use syn::meta::ParseNestedMeta;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{
    GenericArgument, GenericParam, Ident, ItemStruct, LitStr, Path, PathArguments, Token, TypeParam,
    TypeParamBound, Visibility,
};

/// What `#[module]` on a struct says.
#[derive(Clone, Debug)]
pub struct ModuleSignature {
    /// The struct.
    pub ident: Ident,
    /// Its doc comment.
    pub doc: String,
    /// The interfaces that an instance provides, as the attribute names them.
    pub provides: Vec<Path>,
    /// The ambient interfaces that the module uses, as the attribute names them.
    pub ambient: Vec<Path>,
    /// The architectures that the module can serve, with their spans; empty for all.
    pub arch: Vec<(String, Span)>,
    /// Where the module can run; none for everywhere.
    pub environment: Option<(Environment, Span)>,
    /// Bytes that one instance needs at the least, besides what its options ask for.
    pub memory: u64,
    /// Whether the struct has a method `stop`.
    pub stop: bool,
    /// Where it says that C programs can link against functions of the module.
    pub exports: Option<Span>,
    /// The folder of its headers for C, in that of its crate.
    pub headers: Option<(String, Span)>,
    /// The struct's type parameters in source order: requirements and options.
    pub parameters: Vec<ModuleParameter>,
}

/// Where an image runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Environment {
    /// Alone on the machine.
    BareMetal,
    /// As a process of a host's operating system.
    Hosted,
}

impl Environment {
    /// As it is written in attributes and in `platform.kdl`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BareMetal => "bare-metal",
            Self::Hosted => "hosted",
        }
    }

    /// The environment of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::BareMetal, Self::Hosted].into_iter().find(|environment| environment.name() == name)
    }
}

/// One type parameter of a module.
#[derive(Clone, Debug)]
pub enum ModuleParameter {
    /// Bound to an instance.
    Requirement(Requirement),
    /// Stands for the instance's options.
    Options(OptionsParameter),
}

/// A requirement: a type parameter bounded by interfaces.
#[derive(Clone, Debug)]
pub struct Requirement {
    /// Its name in `system.kdl`.
    pub name: String,
    /// The type parameter.
    pub ident: Ident,
    /// Its doc comment.
    pub doc: String,
    /// The interfaces that the bound instance has to provide.
    pub interfaces: Vec<Path>,
    /// When the bound instance has to be live.
    pub edge: Edge,
}

/// When a required instance has to be live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Edge {
    /// Before the module starts.
    Start,
    /// Only when the module calls it, after both have started; cycles are allowed.
    Call,
}

/// The type parameter that stands for the instance's options.
#[derive(Clone, Debug)]
pub struct OptionsParameter {
    /// The type parameter.
    pub ident: Ident,
    /// The options struct, at the root of the same crate.
    pub options: Ident,
}

impl ModuleSignature {
    /// Reads a module from the attribute's arguments and the struct below it.
    ///
    /// # Errors
    /// Every departure from the grammar, each at its token.
    pub fn read(arguments: TokenStream, item: &ItemStruct) -> syn::Result<Self> {
        let mut mistakes = Mistakes::default();
        let mut signature = Self {
            ident: item.ident.clone(),
            doc: documentation(&item.attrs),
            provides: Vec::new(),
            ambient: Vec::new(),
            arch: Vec::new(),
            environment: None,
            memory: 0,
            stop: false,
            exports: None,
            headers: None,
            parameters: Vec::new(),
        };
        let parsed = syn::meta::parser(|meta| signature.read_argument(&meta)).parse2(arguments);
        mistakes.keep(parsed);

        refuse_cfg(&item.attrs, "a module", &mut mistakes);
        if !matches!(item.vis, Visibility::Public(_)) {
            mistakes.at(item.struct_token.span(), "expected `pub struct`: a module is public");
        }
        if let Some(clause) = &item.generics.where_clause {
            mistakes.at(clause.span(), "expected the bounds beside the parameters: `Device: NetDevice`");
        }
        for parameter in &item.generics.params {
            match parameter {
                GenericParam::Type(parameter) => {
                    signature.parameters.extend(read_parameter(parameter, &mut mistakes));
                }
                other => mistakes.at(other.span(), "expected a type parameter: a requirement or the options"),
            }
        }
        let mut options = signature.parameters.iter().filter_map(|parameter| match parameter {
            ModuleParameter::Options(options) => Some(&options.ident),
            ModuleParameter::Requirement(_) => None,
        });
        if let (Some(_), Some(second)) = (options.next(), options.next()) {
            mistakes
                .at(second.span(), "expected one `Config<…>` parameter: an instance has one set of options");
        }
        mistakes.finish(signature)
    }

    fn read_argument(&mut self, meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
        let path = &meta.path;
        if path.is_ident("provides") {
            self.provides.extend(paths(meta)?);
        } else if path.is_ident("ambient") {
            self.ambient.extend(paths(meta)?);
        } else if path.is_ident("arch") {
            let content;
            syn::parenthesized!(content in meta.input);
            let names = Punctuated::<LitStr, Token![,]>::parse_terminated(&content)?;
            self.arch.extend(names.iter().map(|name| (name.value(), name.span())));
        } else if path.is_ident("environment") {
            let name: LitStr = meta.value()?.parse()?;
            let environment = Environment::from_name(&name.value())
                .ok_or_else(|| syn::Error::new(name.span(), "expected \"bare-metal\" or \"hosted\""))?;
            self.environment = Some((environment, name.span()));
        } else if path.is_ident("memory") {
            let size: LitStr = meta.value()?.parse()?;
            self.memory =
                parse_bytes(&size.value()).map_err(|problem| syn::Error::new(size.span(), problem))?;
        } else if path.is_ident("stop") {
            self.stop = true;
        } else if path.is_ident("exports") {
            self.exports = Some(path.span());
        } else if path.is_ident("headers") {
            let folder: LitStr = meta.value()?.parse()?;
            self.headers = Some((folder.value(), folder.span()));
        } else {
            return Err(meta.error(
                "expected `provides(…)`, `ambient(…)`, `arch(…)`, `environment = …`, `memory = …`, `stop`, \
                 `exports` or `headers = …`",
            ));
        }
        Ok(())
    }

    /// The requirements in source order.
    pub fn requirements(&self) -> impl Iterator<Item = &Requirement> {
        self.parameters.iter().filter_map(|parameter| match parameter {
            ModuleParameter::Requirement(requirement) => Some(requirement),
            ModuleParameter::Options(_) => None,
        })
    }

    /// The parameter that stands for the options, if the module has any.
    #[must_use]
    pub fn options(&self) -> Option<&OptionsParameter> {
        self.parameters.iter().find_map(|parameter| match parameter {
            ModuleParameter::Options(options) => Some(options),
            ModuleParameter::Requirement(_) => None,
        })
    }
}

fn paths(meta: &ParseNestedMeta<'_>) -> syn::Result<Punctuated<Path, Token![,]>> {
    let content;
    syn::parenthesized!(content in meta.input);
    let paths: Punctuated<Path, Token![,]> = Punctuated::parse_terminated(&content)?;
    for (index, path) in paths.iter().enumerate() {
        if let Some(segment) = path.segments.iter().find(|segment| !segment.arguments.is_none()) {
            return Err(syn::Error::new_spanned(&segment.arguments, "expected the interface alone"));
        }
        if paths.iter().take(index).any(|other| other == path) {
            return Err(syn::Error::new_spanned(path, "expected each interface once"));
        }
    }
    Ok(paths)
}

fn read_parameter(parameter: &TypeParam, mistakes: &mut Mistakes) -> Option<ModuleParameter> {
    refuse_cfg(&parameter.attrs, "a requirement", mistakes);
    if let Some((_, default)) = &parameter.default {
        mistakes.at(default.span(), "expected no default: requirements are bound by the composition");
    }
    let mut edge = Edge::Start;
    for attribute in &parameter.attrs {
        if attribute.path().is_ident("call") {
            mistakes.keep(attribute.meta.require_path_only().map(|_| edge = Edge::Call));
        }
    }
    let mut interfaces = Vec::new();
    for bound in &parameter.bounds {
        let TypeParamBound::Trait(bound) = bound else {
            mistakes.at(bound.span(), "expected an interface");
            continue;
        };
        match options_of(&bound.path) {
            Some(Ok(options)) if parameter.bounds.len() == 1 => {
                if edge == Edge::Call {
                    mistakes.at(
                        parameter.ident.span(),
                        "expected `#[call]` on a requirement: options are always there",
                    );
                }
                return Some(ModuleParameter::Options(OptionsParameter {
                    ident: parameter.ident.clone(),
                    options,
                }));
            }
            Some(Ok(_)) => mistakes.at(parameter.bounds.span(), "expected `Config<…>` to be the only bound"),
            Some(Err(error)) => {
                mistakes.add(error);
                return None;
            }
            None => {
                let arguments = bound.path.segments.iter().find(|segment| !segment.arguments.is_none());
                if let Some(segment) = arguments {
                    // The composition is checked by the names of interfaces alone.
                    mistakes.at(
                        segment.arguments.span(),
                        "expected the interface alone: what its associated types are is up to who provides it",
                    );
                } else if quote::quote!(#bound).to_string() != bound.path.to_token_stream().to_string() {
                    mistakes.at(bound.span(), "expected the interface alone");
                }
                interfaces.push(bound.path.clone());
            }
        }
    }
    if interfaces.is_empty() {
        mistakes.at(
            parameter.ident.span(),
            format!(
                "expected a bound: `{0}: SomeInterface` makes it a requirement, `{0}: Config<Options>` the options",
                parameter.ident
            ),
        );
        return None;
    }
    Some(ModuleParameter::Requirement(Requirement {
        name: kebab_case(&parameter.ident.to_string()),
        ident: parameter.ident.clone(),
        doc: documentation(&parameter.attrs),
        interfaces,
        edge,
    }))
}

/// `Options` of `Config<Options>`; none when the bound is another trait.
fn options_of(path: &Path) -> Option<syn::Result<Ident>> {
    let last = path.segments.last()?;
    if last.ident != "Config" {
        return None;
    }
    let expected =
        || syn::Error::new_spanned(path, "expected `Config<Options>` with a struct at the crate's root");
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return Some(Err(expected())) };
    let mut arguments = arguments.args.iter();
    match (arguments.next(), arguments.next()) {
        (Some(GenericArgument::Type(syn::Type::Path(ty))), None) => {
            Some(ty.path.get_ident().cloned().ok_or_else(expected))
        }
        _ => Some(Err(expected())),
    }
}
