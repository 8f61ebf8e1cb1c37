//! What the fields of one instance say to its module: options with typed values, and bindings.

use super::Scope;
use crate::catalog::{Module, ModuleOption, ModuleRequirement};
use crate::diagnostic::Diagnostic;
use crate::signature::OptionType;
use crate::source::{ReadError, SourcePath};
use crate::suggest::{listing, nearest};
use crate::syntax::{Spanned, did_you_mean, did_you_mean_string};
use crate::system::Field;
use crate::value::{CPath, Literal, Value};
use std::collections::HashMap;
use std::ops::Range;

/// The fields of one instance, understood.
#[derive(Default)]
pub(crate) struct Fields {
    pub options: Vec<SetOption>,
    pub bindings: Vec<SetBinding>,
}

/// An option that is set.
pub(crate) struct SetOption {
    /// Which of the module's options.
    pub option: usize,
    /// None if there is a mistake in it.
    pub value: Option<Value>,
    pub span: Range<usize>,
    pub on: Option<String>,
}

/// A requirement that is bound by name.
pub(crate) struct SetBinding {
    /// Which of the module's requirements.
    pub requirement: usize,
    /// None if there is a mistake in it.
    pub target: Option<Spanned<String>>,
    pub on: Option<String>,
}

impl Fields {
    /// What sets that option on that platform.
    pub fn option(&self, option: usize, platform: &str) -> Option<&SetOption> {
        let on = |set: &&SetOption| set.on.as_ref().is_none_or(|on| on == platform);
        self.options.iter().filter(|set| set.option == option).find(on)
    }

    /// What binds that requirement on that platform.
    pub fn binding(&self, requirement: usize, platform: &str) -> Option<&SetBinding> {
        let on = |set: &&SetBinding| set.on.as_ref().is_none_or(|on| on == platform);
        self.bindings.iter().filter(|set| set.requirement == requirement).find(on)
    }
}

/// The fields of one instance and where they stand.
pub(crate) struct Reading<'a, 's> {
    pub scope: &'a Scope<'s>,
    /// The file of the fields.
    pub file: &'a SourcePath,
    pub module: &'a Module,
    /// The instance's name.
    pub instance: &'a str,
    /// What else can be written beside the fields.
    pub others: &'a [&'a str],
    pub diagnostics: &'a mut Vec<Diagnostic>,
}

impl Reading<'_, '_> {
    pub fn read(&mut self, fields: &[Field]) -> Fields {
        let mut read = Fields::default();
        let mut seen: HashMap<&str, Vec<&Field>> = HashMap::new();
        for field in fields {
            let others = seen.entry(&field.name.value).or_default();
            if self.twice(field, others) {
                continue;
            }
            others.push(field);
            let on = field.on.as_ref().map(|on| on.value.clone());
            let name = field.name.value.as_str();
            if let Some(option) = self.module.options.iter().position(|option| option.signature.name == name)
            {
                let value = self.option(field, &self.module.options[option]);
                read.options.push(SetOption { option, value, span: field.head.clone(), on });
            } else if let Some((requirement, signature)) = self.module.requirement(name) {
                let target = self.binding(field, signature);
                read.bindings.push(SetBinding { requirement, target, on });
            } else {
                self.unknown(field);
            }
        }
        read
    }

    /// Two fields of one name contradict each other, unless they are for different platforms.
    fn twice(&mut self, field: &Field, others: &[&Field]) -> bool {
        let clash = others.iter().find(|other| match (&other.on, &field.on) {
            (Some(one), Some(two)) => one.value == two.value,
            _ => true,
        });
        if let Some(first) = clash {
            self.diagnostics.push(
                Diagnostic::error(
                    "E0207",
                    format!("`{}` of `{}` is set twice", field.name.value, self.instance),
                )
                .at(self.file, &field.head, "again here")
                .at(self.file, &first.head, "first set here")
                .help("delete one of the two, or limit each to a platform with `on=\"…\"`"),
            );
        }
        clash.is_some()
    }

    fn unknown(&mut self, field: &Field) {
        let name = &field.name;
        let ident = &self.module.ident;
        let diagnostic = Diagnostic::error(
            "E0206",
            format!("`{}` has no field `{}`", self.instance, name.value),
        )
        .at(self.file, &name.span, "not a field of its module");
        let fields: Vec<&str> = self.module.field_names().chain(self.others.iter().copied()).collect();
        self.diagnostics.push(match nearest(&name.value, fields.iter().copied()) {
            Some(near) => {
                let at = self
                    .module
                    .option(near)
                    .map(|option| &option.span)
                    .or_else(|| self.module.requirement(near).map(|(_, requirement)| &requirement.span));
                let diagnostic = match at {
                    Some(at) => diagnostic.at(&self.module.file, at, format!("`{near}` is declared here")),
                    None => diagnostic,
                };
                did_you_mean(diagnostic, self.file, name, near)
            }
            None if fields.is_empty() => diagnostic
                .at(&self.module.file, &self.module.ident_span, format!("`{ident}` has no fields"))
                .help("delete it"),
            None => diagnostic
                .at(
                    &self.module.file,
                    &self.module.ident_span,
                    format!("the fields of `{ident}` are declared here"),
                )
                .help(format!("its fields are {}", listing(fields.iter().copied()))),
        });
    }

    fn binding(&mut self, field: &Field, requirement: &ModuleRequirement) -> Option<Spanned<String>> {
        let wrong = match field.values.as_slice() {
            [Spanned { value: Literal::String(name), span }] => {
                return Some(Spanned { value: name.clone(), span: span.clone() });
            }
            [] => (field.head.clone(), "expected the name of an instance behind it".to_owned()),
            [Spanned { value: Literal::String(_), .. }, extra, ..] => {
                (extra.span.clone(), "one too many: a requirement is bound to one instance".to_owned())
            }
            [other, ..] => (
                other.span.clone(),
                format!("expected the name of an instance, found {}", other.value.kind()),
            ),
        };
        self.diagnostics.push(
            Diagnostic::error(
                "E0309",
                format!("`{}` of `{}` is bound to no instance", requirement.name, self.instance),
            )
            .at(self.file, &wrong.0, wrong.1)
            .at(&self.module.file, &requirement.span, "a requirement of its module")
            .help(format!("write `{} \"…\"` with the name of one instance", requirement.name)),
        );
        None
    }

    fn option(&mut self, field: &Field, option: &ModuleOption) -> Option<Value> {
        let name = &option.signature.name;
        if option.is_list() {
            let values: Vec<Option<Value>> =
                field.values.iter().map(|value| self.value(value, option)).collect();
            let value: Option<Vec<Value>> = values.into_iter().collect();
            return value.map(Value::List);
        }
        match field.values.as_slice() {
            [value] => self.value(value, option),
            [] => {
                self.diagnostics.push(
                    Diagnostic::error("E0405", format!("`{name}` of `{}` has no value", self.instance))
                        .at(self.file, &field.head, "expected a value behind it")
                        .at(&self.module.file, &option.type_span, "declared with this type")
                        .help(format!("expected {}", self.describe(option))),
                );
                None
            }
            [_, extra, ..] => {
                self.diagnostics.push(
                    Diagnostic::error("E0405", format!("`{name}` of `{}` takes one value", self.instance))
                        .at(self.file, &extra.span, "one too many")
                        .at(&self.module.file, &option.type_span, "declared with this type")
                        .help("delete all values but one"),
                );
                None
            }
        }
    }

    /// What a value of the option looks like.
    fn describe(&self, option: &ModuleOption) -> String {
        match &option.choice {
            Some(choice) => {
                let names = choice.variants.iter().map(|variant| variant.name.as_str());
                format!("one of {}", listing(names))
            }
            None => option.element().describe(),
        }
    }

    fn value(&mut self, written: &Spanned<Literal>, option: &ModuleOption) -> Option<Value> {
        let ty = match option.signature.scalar() {
            OptionType::List(element) => element,
            _ => &option.signature.ty,
        };
        match ty.value(&written.value) {
            Ok(Value::Variant(name)) => self.variant(&name, written, option),
            Ok(Value::File(path)) => self.file(&path, written, option).map(Value::File),
            Ok(Value::CSource(CPath::Project(path))) => {
                self.file(&path, written, option).map(|path| Value::CSource(CPath::Project(path)))
            }
            Ok(Value::Archive { path, .. }) => match self.place(&path) {
                Ok(Place::File(path)) => Some(Value::Archive { path, packed: true }),
                Ok(Place::Folder(folder)) if folder.split('/').all(|part| matches!(part, "" | "..")) => {
                    self.no_place(&path, "this folder holds the system itself", written, option)
                }
                Ok(Place::Folder(path)) => Some(Value::Archive { path, packed: false }),
                Err(problem) => self.no_place(&path, &problem, written, option),
            },
            Ok(Value::CInclude(CPath::Project(path))) => match self.place(&path) {
                Ok(Place::Folder(path)) => Some(Value::CInclude(CPath::Project(path))),
                Ok(Place::File(_)) => {
                    self.no_place(&path, "this is a file: expected a folder", written, option)
                }
                Err(problem) => self.no_place(&path, &problem, written, option),
            },
            Ok(value) => self.range(&value, written, option).then_some(value),
            Err(problem) => {
                self.wrong_type(&problem, written, option);
                None
            }
        }
    }

    /// The file that a path leads to.
    fn file(&mut self, path: &str, written: &Spanned<Literal>, option: &ModuleOption) -> Option<String> {
        match self.place(path) {
            Ok(Place::File(path)) => return Some(path),
            Ok(Place::Folder(_)) => self.no_place(path, "this is a folder: expected a file", written, option),
            Err(problem) => self.no_place(path, &problem, written, option),
        };
        None
    }

    fn wrong_type(&mut self, problem: &str, written: &Spanned<Literal>, option: &ModuleOption) {
        let (name, element) = (&option.signature.name, option.element());
        let has_unit = matches!(element, OptionType::Bytes | OptionType::Duration);
        let of_kind = matches!(written.value, Literal::String(_) | Literal::Integer(_));
        let code = if has_unit && of_kind {
            "E0408"
        } else if matches!((element, &written.value), (OptionType::Integer(_), Literal::Integer(_))) {
            "E0402"
        } else {
            "E0401"
        };
        let wanted = match element {
            OptionType::Choice(_) => {
                format!("expected {}, found {}", self.describe(option), written.value.kind())
            }
            _ => problem.to_owned(),
        };
        let mut diagnostic =
            Diagnostic::error(code, format!("`{name}` of `{}` has a wrong value", self.instance))
                .at(self.file, &written.span, wanted)
                .at(&self.module.file, &option.type_span, "declared with this type")
                .help(format!("write {}", self.describe(option)));
        if code == "E0402" {
            diagnostic.help = Some(format!("write {}", problem.trim_start_matches("expected ")));
        }
        if let Some(text) = mended(element, &written.value) {
            diagnostic.help = Some(format!("write `{name} {text}`"));
            diagnostic = diagnostic.fix(format!("write {text}"), self.file, &written.span, text);
        }
        self.diagnostics.push(diagnostic);
    }

    fn range(&mut self, value: &Value, written: &Spanned<Literal>, option: &ModuleOption) -> bool {
        let (Some(range), Some(number)) = (&option.signature.range, value.number()) else { return true };
        if (range.least..=range.greatest).contains(&number) {
            return true;
        }
        let name = &option.signature.name;
        let end = if number < range.least { "below the least value" } else { "above the greatest value" };
        let (least, greatest) = range.text.split_once("..=").unwrap_or(("", ""));
        let unit = option.signature.unit.as_ref().map(|unit| format!(" {unit}")).unwrap_or_default();
        let nearest = if number < range.least { least } else { greatest };
        self.diagnostics.push(
            Diagnostic::error("E0402", format!("`{name}` of `{}` is out of range", self.instance))
                .at(self.file, &written.span, end)
                .at(
                    &self.module.file,
                    option.range_span.as_ref().unwrap_or(&option.type_span),
                    "the range is declared here",
                )
                .help(format!("expected {least} to {greatest}{unit}"))
                .fix(format!("use {nearest}"), self.file, &written.span, nearest),
        );
        false
    }

    fn variant(&mut self, name: &str, written: &Spanned<Literal>, option: &ModuleOption) -> Option<Value> {
        let choice = option.choice.as_ref()?;
        if let Some(variant) = choice.variants.iter().find(|variant| variant.name == name) {
            return Some(Value::Variant(variant.ident.to_string()));
        }
        let names = || choice.variants.iter().map(|variant| variant.name.as_str());
        let diagnostic = Diagnostic::error(
            "E0403",
            format!("`{}` of `{}` cannot be `{name}`", option.signature.name, self.instance),
        )
        .at(self.file, &written.span, "not one of its names")
        .at(&self.module.file, &option.type_span, "declared with this type");
        self.diagnostics.push(match nearest(name, names()) {
            Some(near) => did_you_mean_string(diagnostic, self.file, &named(name, written), near),
            None => diagnostic.help(format!("expected one of {}", listing(names()))),
        });
        None
    }

    /// What is at a path, with that path in its simplest form; what is in it does not matter.
    fn place(&self, path: &str) -> Result<Place, String> {
        if path.is_empty() {
            return Err("expected a path".to_owned());
        }
        if path.starts_with('/') || path.contains('\\') {
            return Err(
                "expected a path relative to the folder of this file, with `/` between its parts".to_owned()
            );
        }
        let place = SourcePath::Project(String::new()).join(path);
        let SourcePath::Project(normal) = &place else { return Err("it is not of this project".to_owned()) };
        let files = &self.scope.catalog.files;
        match files.read(&place) {
            Ok(_) | Err(ReadError::NotText { .. } | ReadError::TooLarge { .. }) if path.ends_with('/') => {
                Err("this is a file, not a folder".to_owned())
            }
            Ok(_) | Err(ReadError::NotText { .. } | ReadError::TooLarge { .. }) => {
                Ok(Place::File(normal.clone()))
            }
            Err(ReadError::IsFolder) => Ok(Place::Folder(normal.clone())),
            Err(ReadError::NotFound) if files.list(&place).is_ok() => Ok(Place::Folder(normal.clone())),
            Err(ReadError::NotFound) if path.ends_with('/') => Err("there is no such folder".to_owned()),
            Err(ReadError::NotFound) => Err("there is no such file".to_owned()),
            Err(other) => Err(format!("it cannot be used: {other}")),
        }
    }

    /// That a path does not lead to what the option is made of.
    fn no_place(
        &mut self,
        path: &str,
        problem: &str,
        written: &Spanned<Literal>,
        option: &ModuleOption,
    ) -> Option<Value> {
        let (what, contents) = match option.element() {
            OptionType::Archive => ("folder", "the image holds the files of a folder"),
            OptionType::CInclude => ("folder", "headers for C are looked up in it"),
            OptionType::CSource => ("file", "the image holds what it is compiled to"),
            _ => ("file", "the image holds the contents of a file"),
        };
        let mut diagnostic = Diagnostic::error(
            "E0407",
            format!("`{}` of `{}` names no {what}", option.signature.name, self.instance),
        )
        .at(self.file, &written.span, problem)
        .at(&self.module.file, &option.type_span, contents)
        .help("paths are relative to the folder of system.kdl");
        let bare = path.trim_end_matches('/');
        let (folder, name) = bare.rsplit_once('/').unwrap_or(("", bare));
        if let Ok(entries) = self.scope.catalog.files.list(&SourcePath::Project(String::new()).join(folder))
            && !path.starts_with('/')
            && let Some(near) = nearest(name, entries.iter().map(String::as_str))
        {
            let near = if folder.is_empty() { near.to_owned() } else { format!("{folder}/{near}") };
            diagnostic = did_you_mean_string(diagnostic, self.file, &named(path, written), &near);
        }
        self.diagnostics.push(diagnostic);
        None
    }
}

/// What a path leads to; the path is relative to the folder of `system.kdl`.
enum Place {
    File(String),
    Folder(String),
}

/// A name with the place of the literal that it was written as.
fn named(name: &str, written: &Spanned<Literal>) -> Spanned<String> {
    Spanned { value: name.to_owned(), span: written.span.clone() }
}

/// A literal of another kind that surely means the same.
pub(crate) fn mended(ty: &OptionType, written: &Literal) -> Option<String> {
    match (ty, written) {
        (OptionType::Bool, Literal::String(text)) if matches!(text.as_str(), "true" | "yes" | "on") => {
            Some("#true".to_owned())
        }
        (OptionType::Bool, Literal::String(text)) if matches!(text.as_str(), "false" | "no" | "off") => {
            Some("#false".to_owned())
        }
        (OptionType::Bool, Literal::Integer(number @ 0..=1)) => {
            Some(if *number == 1 { "#true" } else { "#false" }.to_owned())
        }
        (OptionType::Integer(_), Literal::String(text)) => {
            let number: i128 = text.parse().ok()?;
            ty.value(&Literal::Integer(number)).ok().map(|_| number.to_string())
        }
        (OptionType::Str, Literal::Integer(number)) => Some(format!("\"{number}\"")),
        (OptionType::Bytes, Literal::String(text)) => {
            let unit = text.trim_start_matches(|character: char| character.is_ascii_digit()).trim();
            let number = text
                [..text.len() - text.trim_start_matches(|character: char| character.is_ascii_digit()).len()]
                .to_owned();
            let unit = match unit {
                "k" | "K" | "kB" | "KB" | "kb" | "kib" | "Kib" | "kiB" => "KiB",
                "m" | "M" | "MB" | "mb" | "mib" | "Mib" | "Mb" => "MiB",
                "g" | "G" | "GB" | "gb" | "gib" | "Gib" | "Gb" => "GiB",
                _ => return None,
            };
            (!number.is_empty()).then(|| format!("\"{number}{unit}\""))
        }
        _ => None,
    }
}
