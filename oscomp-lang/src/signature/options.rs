use super::{Condition, Mistakes, documentation, kebab_case, refuse_cfg};
use crate::value::{
    CPath, Literal, Value, parse_bytes, parse_c_function, parse_define, parse_duration, parse_ipv4_cidr,
    parse_ipv6_cidr, parse_mac_address,
};
use proc_macro2::Span;
use serde::{Deserialize, Serialize};
use syn::parse::ParseStream;
use syn::spanned::Spanned;
use syn::{
    Attribute, Expr, ExprUnary, Fields, GenericArgument, Ident, ItemEnum, ItemStruct, Lit, LitStr,
    PathArguments, RangeLimits, Type, UnOp, Visibility,
};

/// What `#[derive(Options)]` on a struct says.
#[derive(Clone, Debug)]
pub struct OptionsSignature {
    /// The struct.
    pub ident: Ident,
    /// Its fields in source order.
    pub options: Vec<OptionSignature>,
    /// Conditions across the fields.
    pub conditions: Vec<Condition>,
}

/// One option.
#[derive(Clone, Debug)]
pub struct OptionSignature {
    /// Its name in `system.kdl`.
    pub name: String,
    /// The field.
    pub ident: Ident,
    /// Its doc comment.
    pub doc: String,
    /// Its type.
    pub ty: OptionType,
    /// Where the type is written.
    pub ty_span: Span,
    /// The value when nobody sets it. A device has none here: the platform gives it.
    pub default: Option<Value>,
    /// The least and the greatest value that it takes.
    pub range: Option<Bounds>,
    /// What one of it is (`sockets`), for documentation.
    pub unit: Option<String>,
    /// The name space within which no two instances may have the same value.
    pub exclusive: Option<String>,
    /// The protocol if the value is a port on which the instance listens.
    pub listens: Option<Protocol>,
    /// Whether the value is memory that the instance takes, so that it counts against the machine's.
    pub memory: bool,
    /// The kind of device that the option takes.
    pub device: Option<String>,
}

/// A protocol that has ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// RFC 9293.
    Tcp,
    /// RFC 768.
    Udp,
}

impl Protocol {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Tcp, Self::Udp];

    /// Its name: `tcp`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }

    /// The name space of its ports among the exclusive values.
    #[must_use]
    pub const fn space(self) -> &'static str {
        match self {
            Self::Tcp => "tcp port",
            Self::Udp => "udp port",
        }
    }
}

/// An inclusive range of values; the numbers are [`Value::number`]'s.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// The least number.
    pub least: i128,
    /// The greatest number.
    pub greatest: i128,
    /// As it is written in the source.
    pub text: String,
    /// Where it is written.
    pub span: Span,
}

/// The type of an option.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "type", content = "of")]
pub enum OptionType {
    /// `bool`.
    Bool,
    /// One of Rust's integers, by name.
    Integer(String),
    /// `&'static str`.
    Str,
    /// `Bytes`.
    Bytes,
    /// `Duration`.
    Duration,
    /// `Ipv4Addr`.
    Ipv4Addr,
    /// `Ipv4Cidr`.
    Ipv4Cidr,
    /// `Ipv6Cidr`.
    Ipv6Cidr,
    /// `MacAddress`.
    MacAddress,
    /// `Device`.
    Device,
    /// `&'static [u8]`: the contents of a file.
    File,
    /// `Archive`: the files of a folder.
    Archive,
    /// `CSource`: a source file in C.
    CSource,
    /// `CInclude`: a folder of headers.
    CInclude,
    /// `CDefine`: a macro of C's preprocessor.
    CDefine,
    /// `CHot`: a function in C.
    CHot,
    /// An enum at the root of the module's crate, by name.
    Choice(String),
    /// `Option<…>`.
    Optional(Box<OptionType>),
    /// `&'static […]` of anything but `u8`.
    List(Box<OptionType>),
}

/// What `#[derive(Choice)]` on an enum says: the values that an option can have, by name.
#[derive(Clone, Debug)]
pub struct ChoiceSignature {
    /// The enum.
    pub ident: Ident,
    /// Its variants in source order.
    pub variants: Vec<VariantSignature>,
}

/// One variant of a choice.
#[derive(Clone, Debug)]
pub struct VariantSignature {
    /// Its name in `system.kdl`.
    pub name: String,
    /// The variant.
    pub ident: Ident,
    /// Its doc comment.
    pub doc: String,
}

impl OptionsSignature {
    /// Reads the options of a module from the struct that derives them.
    ///
    /// # Errors
    /// Every departure from the grammar, each at its token.
    pub fn read(item: &ItemStruct) -> syn::Result<Self> {
        let mut mistakes = Mistakes::default();
        refuse_cfg(&item.attrs, "a set of options", &mut mistakes);
        if !matches!(item.vis, Visibility::Public(_)) {
            mistakes.at(item.struct_token.span(), "expected `pub struct`: the glue sets the options");
        }
        if !item.generics.params.is_empty() {
            mistakes.at(item.generics.span(), "expected no generic parameters: options are plain values");
        }
        let mut options = Vec::new();
        match &item.fields {
            Fields::Named(fields) => {
                for field in &fields.named {
                    if !matches!(field.vis, Visibility::Public(_)) {
                        mistakes.at(field.span(), "expected a `pub` field: the glue sets the options");
                    }
                    refuse_cfg(&field.attrs, "an option", &mut mistakes);
                    let (Some(ident), Some(ty)) = (&field.ident, mistakes.keep(OptionType::read(&field.ty)))
                    else {
                        continue;
                    };
                    options.extend(mistakes.keep(OptionSignature::read(
                        ident,
                        ty,
                        field.ty.span(),
                        &field.attrs,
                    )));
                }
            }
            other => mistakes.at(other.span(), "expected named fields: each is an option"),
        }
        let mut conditions = Vec::new();
        for attribute in &item.attrs {
            if !attribute.path().is_ident("options") {
                continue;
            }
            let parsed = attribute.parse_nested_meta(|meta| {
                if !meta.path.is_ident("require") {
                    return Err(meta.error("expected `require(CONDITION, \"what it means\")`"));
                }
                let content;
                syn::parenthesized!(content in meta.input);
                conditions.push(Condition::read(&content, &options)?);
                Ok(())
            });
            mistakes.keep(parsed);
        }
        mistakes.finish(Self { ident: item.ident.clone(), options, conditions })
    }
}

impl OptionSignature {
    fn read(ident: &Ident, ty: OptionType, ty_span: Span, attributes: &[Attribute]) -> syn::Result<Self> {
        let mut option = Self {
            name: kebab_case(&ident.to_string()),
            ident: ident.clone(),
            doc: documentation(attributes),
            ty,
            ty_span,
            default: None,
            range: None,
            unit: None,
            exclusive: None,
            listens: None,
            memory: false,
            device: None,
        };
        let mut mistakes = Mistakes::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("option")) {
            mistakes.keep(attribute.parse_nested_meta(|meta| option.read_argument(&meta)));
        }
        if let (Some(default), Some(range)) = (&option.default, &option.range)
            && let Some(number) = default.number()
            && !(range.least..=range.greatest).contains(&number)
        {
            mistakes.at(range.span, "expected a range that holds the default");
        }
        if option.scalar() == &OptionType::Device && option.device.is_none() {
            mistakes.at(ty_span, "expected `#[option(device = \"KIND\")]`: a device is claimed by its kind");
        }
        mistakes.finish(option)
    }

    /// The type without `Option`.
    #[must_use]
    pub fn scalar(&self) -> &OptionType {
        match &self.ty {
            OptionType::Optional(inner) => inner,
            other => other,
        }
    }

    fn read_argument(&mut self, meta: &syn::meta::ParseNestedMeta<'_>) -> syn::Result<()> {
        let path = &meta.path;
        if path.is_ident("default") {
            let input = meta.value()?;
            self.default = Some(self.read_default(input)?);
        } else if path.is_ident("range") {
            let range: Expr = meta.value()?.parse()?;
            self.range = Some(self.read_range(&range)?);
        } else if path.is_ident("unit") {
            self.unit = Some(meta.value()?.parse::<LitStr>()?.value());
        } else if path.is_ident("exclusive") {
            self.exclusive = Some(meta.value()?.parse::<LitStr>()?.value());
        } else if path.is_ident("listens") {
            let protocol: LitStr = meta.value()?.parse()?;
            let element = match self.scalar() {
                OptionType::List(element) => element,
                scalar => scalar,
            };
            if *element != OptionType::Integer("u16".to_owned()) {
                return Err(syn::Error::new(
                    protocol.span(),
                    "expected on an option of type `u16`, or a list of them",
                ));
            }
            let known = Protocol::ALL.into_iter().find(|known| known.name() == protocol.value());
            self.listens = Some(
                known.ok_or_else(|| syn::Error::new(protocol.span(), "expected `\"tcp\"` or `\"udp\"`"))?,
            );
        } else if path.is_ident("device") {
            let kind: LitStr = meta.value()?.parse()?;
            if *self.scalar() != OptionType::Device {
                return Err(syn::Error::new(kind.span(), "expected on an option of type `Device`"));
            }
            self.device = Some(kind.value());
        } else if path.is_ident("memory") {
            if *self.scalar() != OptionType::Bytes {
                return Err(meta.error("expected on an option of type `Bytes`"));
            }
            self.memory = true;
        } else {
            return Err(meta.error(
                "expected `default = …`, `range = …`, `unit = …`, `exclusive = …`, `listens = …`, \
                 `device = …` or `memory`",
            ));
        }
        Ok(())
    }

    /// A literal, or several in brackets for a list.
    fn read_default(&self, input: ParseStream<'_>) -> syn::Result<Value> {
        let value = |input: ParseStream<'_>| {
            let span = input.span();
            let literal = read_literal(input)?;
            self.ty.value(&literal).map_err(|problem| syn::Error::new(span, problem))
        };
        if !input.peek(syn::token::Bracket) {
            return value(input);
        }
        if !matches!(self.scalar(), OptionType::List(_)) {
            return Err(input.error("expected one literal: the option is no list"));
        }
        let content;
        syn::bracketed!(content in input);
        let mut values = Vec::new();
        while !content.is_empty() {
            values.push(value(&content)?);
            if !content.is_empty() {
                content.parse::<syn::Token![,]>()?;
            }
        }
        Ok(Value::List(values))
    }

    fn read_range(&self, range: &Expr) -> syn::Result<Bounds> {
        let expected =
            || syn::Error::new_spanned(range, "expected an inclusive range of literals, such as `1..=64`");
        let Expr::Range(parts) = range else { return Err(expected()) };
        let (Some(least), Some(greatest), RangeLimits::Closed(_)) = (&parts.start, &parts.end, &parts.limits)
        else {
            return Err(expected());
        };
        let number = |end: &Expr| {
            let literal = expr_literal(end).ok_or_else(expected)?;
            let value =
                self.scalar().value(&literal).map_err(|problem| syn::Error::new_spanned(end, problem))?;
            value.number().filter(|_| !matches!(value, Value::Bool(_))).ok_or_else(|| {
                syn::Error::new_spanned(end, "expected a range on a number, a size or a duration")
            })
        };
        let bounds = Bounds {
            least: number(least)?,
            greatest: number(greatest)?,
            text: format!("{}..={}", quote::quote!(#least), quote::quote!(#greatest)),
            span: range.span(),
        };
        if bounds.least > bounds.greatest {
            return Err(syn::Error::new_spanned(range, "expected a range that is not empty"));
        }
        Ok(bounds)
    }
}

fn read_literal(input: ParseStream<'_>) -> syn::Result<Literal> {
    let expression: Expr = input.parse()?;
    expr_literal(&expression).ok_or_else(|| {
        syn::Error::new_spanned(&expression, "expected a literal, as it would stand in system.kdl")
    })
}

fn expr_literal(expression: &Expr) -> Option<Literal> {
    match expression {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Bool(value) => Some(Literal::Bool(value.value)),
            Lit::Int(value) => value.base10_parse().ok().map(Literal::Integer),
            Lit::Str(value) => Some(Literal::String(value.value())),
            _ => None,
        },
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => match expr_literal(expr)? {
            Literal::Integer(value) => Some(Literal::Integer(-value)),
            _ => None,
        },
        _ => None,
    }
}

impl OptionType {
    /// Whether a value is a path of the project, or can be one.
    #[must_use]
    pub const fn is_path(&self) -> bool {
        matches!(self, Self::File | Self::Archive | Self::CSource | Self::CInclude)
    }

    /// Reads the type of an option's field.
    ///
    /// # Errors
    /// A type that no option can have.
    pub fn read(ty: &Type) -> syn::Result<Self> {
        let expected = || {
            syn::Error::new_spanned(
                ty,
                "expected a type that an option can have: bool, an integer, &'static str, Bytes, Duration, Ipv4Addr, \
                 Ipv4Cidr, Ipv6Cidr, MacAddress, Device, Archive, CSource, CInclude, CDefine, CHot, &'static [u8] (a file), a choice, or Option<…> or &'static […] of them",
            )
        };
        match ty {
            Type::Reference(reference) => {
                let is_static =
                    reference.lifetime.as_ref().is_some_and(|lifetime| lifetime.ident == "static");
                if !is_static || reference.mutability.is_some() {
                    return Err(expected());
                }
                match &*reference.elem {
                    Type::Path(path) if path.path.is_ident("str") => Ok(Self::Str),
                    Type::Slice(slice) => match Self::read(&slice.elem)? {
                        Self::Integer(name) if name == "u8" => Ok(Self::File),
                        Self::Optional(_) | Self::List(_) | Self::File => Err(expected()),
                        element => Ok(Self::List(Box::new(element))),
                    },
                    _ => Err(expected()),
                }
            }
            Type::Path(path) if path.qself.is_none() => {
                let segment = path.path.segments.last().ok_or_else(expected)?;
                let name = segment.ident.to_string();
                match &segment.arguments {
                    PathArguments::None => {}
                    PathArguments::AngleBracketed(arguments)
                        if name == "Option" && arguments.args.len() == 1 =>
                    {
                        let Some(GenericArgument::Type(inner)) = arguments.args.first() else {
                            return Err(expected());
                        };
                        return match Self::read(inner)? {
                            Self::Optional(_) => Err(expected()),
                            inner => Ok(Self::Optional(Box::new(inner))),
                        };
                    }
                    _ => return Err(expected()),
                }
                Ok(match name.as_str() {
                    "bool" => Self::Bool,
                    "u8" | "u16" | "u32" | "u64" | "usize" | "i8" | "i16" | "i32" | "i64" | "isize" => {
                        Self::Integer(name)
                    }
                    "Bytes" => Self::Bytes,
                    "Duration" => Self::Duration,
                    "Ipv4Addr" => Self::Ipv4Addr,
                    "Ipv4Cidr" => Self::Ipv4Cidr,
                    "Ipv6Cidr" => Self::Ipv6Cidr,
                    "MacAddress" => Self::MacAddress,
                    "Device" => Self::Device,
                    "Archive" => Self::Archive,
                    "CSource" => Self::CSource,
                    "CInclude" => Self::CInclude,
                    "CDefine" => Self::CDefine,
                    "CHot" => Self::CHot,
                    "f32" | "f64" | "char" | "String" | "u128" | "i128" => return Err(expected()),
                    _ if path.path.segments.len() == 1 => Self::Choice(name),
                    _ => return Err(expected()),
                })
            }
            _ => Err(expected()),
        }
    }

    /// What a value of the type looks like in `system.kdl`, for reports and documentation.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Bool => "#true or #false".to_owned(),
            Self::Integer(name) => format!("a whole number ({name})"),
            Self::Str => "a string".to_owned(),
            Self::Bytes => "a size, such as \"8MiB\"".to_owned(),
            Self::Duration => "a duration, such as \"10ms\"".to_owned(),
            Self::Ipv4Addr => "an IPv4 address, such as \"10.0.2.2\"".to_owned(),
            Self::Ipv4Cidr => "an IPv4 address with its prefix length, such as \"10.0.2.15/24\"".to_owned(),
            Self::Ipv6Cidr => "an IPv6 address with its prefix length, such as \"fd00::15/64\"".to_owned(),
            Self::MacAddress => "a hardware address, such as \"52:54:00:12:34:56\"".to_owned(),
            Self::Device => "the name of a device of the platform".to_owned(),
            Self::File => "the path of a file".to_owned(),
            Self::Archive => "the path of a folder".to_owned(),
            Self::CSource => "the path of a source file in C".to_owned(),
            Self::CInclude => "the path of a folder of headers".to_owned(),
            Self::CDefine => "a macro, such as \"NDEBUG\" or \"LIMIT=16\"".to_owned(),
            Self::CHot => "the name of a function in C".to_owned(),
            Self::Choice(name) => format!("one of the names of {name}"),
            Self::Optional(inner) => inner.describe(),
            Self::List(inner) => format!("any number of values, each {}", inner.describe()),
        }
    }

    /// The value that a literal is for this type.
    ///
    /// A choice becomes the variant named by the literal, in Rust's spelling; whether the enum has it
    /// is the caller's to check, and so is whether a file or a device exists.
    ///
    /// # Errors
    /// A sentence that says what was expected.
    pub fn value(&self, literal: &Literal) -> Result<Value, String> {
        let expected = || format!("expected {}, found {}", self.describe(), literal.kind());
        match (self, literal) {
            (Self::Optional(_), Literal::Null) => Ok(Value::None),
            (Self::Optional(inner) | Self::List(inner), literal) => inner.value(literal),
            (Self::Bool, Literal::Bool(value)) => Ok(Value::Bool(*value)),
            (Self::Integer(name), Literal::Integer(value)) => {
                let (least, greatest) = integer_range(name);
                if (least..=greatest).contains(value) {
                    Ok(Value::Integer(*value))
                } else {
                    Err(format!("expected a whole number from {least} to {greatest} ({name})"))
                }
            }
            (Self::Str, Literal::String(value)) => Ok(Value::String(value.clone())),
            (Self::Bytes, Literal::String(value)) => parse_bytes(value).map(Value::Bytes),
            (Self::Bytes, Literal::Integer(value)) => {
                Err(format!("expected a size with its unit, such as \"{value}B\" or \"{value}KiB\""))
            }
            (Self::Duration, Literal::String(value)) => parse_duration(value).map(Value::Duration),
            (Self::Duration, Literal::Integer(value)) => {
                Err(format!("expected a duration with its unit, such as \"{value}ms\" or \"{value}s\""))
            }
            (Self::Ipv4Addr, Literal::String(value)) => value
                .parse()
                .map(Value::Ipv4Addr)
                .map_err(|_| "expected an IPv4 address, such as \"10.0.2.2\"".to_owned()),
            (Self::Ipv4Cidr, Literal::String(value)) => parse_ipv4_cidr(value),
            (Self::Ipv6Cidr, Literal::String(value)) => parse_ipv6_cidr(value),
            (Self::MacAddress, Literal::String(value)) => parse_mac_address(value).map(Value::MacAddress),
            (Self::Device, Literal::String(value)) => Ok(Value::Device(value.clone())),
            (Self::File, Literal::String(value)) => Ok(Value::File(value.clone())),
            (Self::Archive, Literal::String(value)) => {
                Ok(Value::Archive { path: value.clone(), packed: false })
            }
            (Self::CSource, Literal::String(value)) => CPath::parse(value).map(Value::CSource),
            (Self::CInclude, Literal::String(value)) => CPath::parse(value).map(Value::CInclude),
            (Self::CDefine, Literal::String(value)) => parse_define(value),
            (Self::CHot, Literal::String(value)) => parse_c_function(value),
            (Self::Choice(_), Literal::String(value)) => Ok(Value::Variant(value.clone())),
            _ => Err(expected()),
        }
    }
}

fn integer_range(name: &str) -> (i128, i128) {
    let bits: u32 = match name {
        "u8" | "i8" => 8,
        "u16" | "i16" => 16,
        "u32" | "i32" => 32,
        _ => 64,
    };
    if name.starts_with('u') { (0, (1 << bits) - 1) } else { (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) }
}

impl ChoiceSignature {
    /// Reads a choice from the enum that derives it.
    ///
    /// # Errors
    /// Every departure from the grammar, each at its token.
    pub fn read(item: &ItemEnum) -> syn::Result<Self> {
        let mut mistakes = Mistakes::default();
        refuse_cfg(&item.attrs, "a choice", &mut mistakes);
        if !matches!(item.vis, Visibility::Public(_)) {
            mistakes.at(item.enum_token.span(), "expected `pub enum`: the glue sets the options");
        }
        let mut variants = Vec::new();
        for variant in &item.variants {
            refuse_cfg(&variant.attrs, "a variant of a choice", &mut mistakes);
            if !matches!(variant.fields, Fields::Unit) {
                mistakes.at(variant.fields.span(), "expected a variant without fields: a choice is a name");
            }
            variants.push(VariantSignature {
                name: kebab_case(&variant.ident.to_string()),
                ident: variant.ident.clone(),
                doc: documentation(&variant.attrs),
            });
        }
        mistakes.finish(Self { ident: item.ident.clone(), variants })
    }
}
