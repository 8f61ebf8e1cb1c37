//! The values that a field takes.

use super::{Completion, CompletionKind, Place};
use crate::catalog::{Module, ModuleOption, ModuleRequirement};
use crate::editor::describe;
use crate::editor::view::{Owner, Signature, signature};
use crate::resolve::example;
use crate::signature::OptionType;
use crate::source::SourcePath;
use crate::value::{Literal, Value};
use std::ops::Range;
use std::rc::Rc;

/// An instance that a requirement could be bound to.
pub(in crate::editor) struct Provider {
    pub name: String,
    pub module: String,
    /// Whether a platform brings it along.
    pub default: bool,
}

impl Place<'_, '_, '_> {
    pub(super) fn values(&self, field: &str) -> Vec<Completion> {
        if let Some((name, span)) = self.property() {
            return if name == "on" { self.system_platforms(&span) } else { Vec::new() };
        }
        let Some(owner) = self.owner() else { return Vec::new() };
        let module = self.view.module_of(owner);
        let written = self.arguments().count();
        if field == "memory" && matches!(owner, Owner::Platform(_)) {
            let sizes = ["8MiB", "16MiB", "32MiB", "64MiB", "128MiB", "256MiB"];
            let item = |(rank, size): (usize, &str)| Completion {
                rank,
                ..self.quoted(size, CompletionKind::Value, self.cursor.word.clone())
            };
            return if written == 0 { sizes.into_iter().enumerate().map(item).collect() } else { Vec::new() };
        }
        let Some(module) = module else { return Vec::new() };
        let list = matches!(signature(&module, field), Some(Signature::Option(option)) if option.is_list());
        let mut found = match signature(&module, field) {
            Some(_) if written > 0 && !list => Vec::new(),
            Some(Signature::Requirement(requirement)) => self.bindings(owner, requirement),
            Some(Signature::Option(option)) => self.option_values(option),
            None => Vec::new(),
        };
        if written > 0 && self.view.platforms().len() > 1 {
            found.extend(self.properties(&["on"]));
        }
        found
    }

    fn bindings(&self, owner: Owner, requirement: &ModuleRequirement) -> Vec<Completion> {
        let providers = self.view.providers(owner, requirement);
        let item = |provider: Provider| Completion {
            detail: if provider.default {
                format!("{}, a default of the platform", provider.module)
            } else {
                provider.module.clone()
            },
            rank: usize::from(provider.default),
            ..self.quoted(&provider.name, CompletionKind::Instance, self.cursor.word.clone())
        };
        providers.into_iter().map(item).collect()
    }

    fn option_values(&self, option: &ModuleOption) -> Vec<Completion> {
        let word = self.cursor.word.clone();
        if let Some(choice) = &option.choice {
            let item = |(rank, variant): (usize, &crate::signature::VariantSignature)| Completion {
                detail: describe::first(&variant.doc),
                rank,
                ..self.quoted(&variant.name, CompletionKind::Choice, word.clone())
            };
            return choice.variants.iter().enumerate().map(item).collect();
        }
        match option.element() {
            OptionType::Bool => ["#true", "#false"]
                .into_iter()
                .map(|value| self.literal(value, CompletionKind::Value, word.clone()))
                .collect(),
            OptionType::Device => self.devices(option),
            OptionType::CSource => self.paths(&word, |name, folder| folder || name.ends_with(".c")),
            OptionType::CInclude => self.paths(&word, |_, folder| folder),
            OptionType::File | OptionType::Archive => self.paths(&word, |_, _| true),
            element => {
                let default = option.signature.default.as_ref().filter(|value| **value != Value::None);
                let default = default.map(|value| ("default", value.to_string()));
                let bounds = option.signature.range.as_ref().and_then(|range| range.text.split_once("..="));
                let quote = |text: &str| match element {
                    OptionType::Integer(_) => text.trim().to_owned(),
                    _ => format!("\"{}\"", text.trim().trim_matches('"')),
                };
                let bounds =
                    bounds.map(|(least, most)| [("the least", quote(least)), ("the most", quote(most))]);
                let examples = units(element).iter().map(|value| ("", (*value).to_owned()));
                let fits = |text: &str| self.fits_option(option, text);
                let mut found: Vec<Completion> = Vec::new();
                for (detail, value) in default.into_iter().chain(examples).chain(bounds.into_iter().flatten())
                {
                    if found.iter().all(|item| item.insert != value) && fits(&value) {
                        let rank = found.len();
                        let item = self.literal(&value, CompletionKind::Value, word.clone());
                        found.push(Completion { detail: detail.to_owned(), rank, ..item });
                    }
                }
                if found.is_empty() && fits(&example(option)) {
                    found.push(self.literal(&example(option), CompletionKind::Value, word));
                }
                found
            }
        }
    }

    /// Whether a value, as it would be written, is one that the option takes.
    fn fits_option(&self, option: &ModuleOption, written: &str) -> bool {
        let literal = match written.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
            Some(text) => Literal::String(text.to_owned()),
            None => match written.parse() {
                Ok(number) => Literal::Integer(number),
                Err(_) => return false,
            },
        };
        let Ok(value) = option.element().value(&literal) else { return false };
        let range = option.signature.range.as_ref();
        range.is_none_or(|range| {
            value.number().is_none_or(|number| (range.least..=range.greatest).contains(&number))
        })
    }

    fn devices(&self, option: &ModuleOption) -> Vec<Completion> {
        let kind = option.signature.device.as_deref().unwrap_or_default();
        let mut found: Vec<Completion> = Vec::new();
        for world in self.view.worlds {
            for device in world.facts.platform.devices.iter().filter(|device| device.kind == kind) {
                match found.iter_mut().find(|item| item.label == device.name) {
                    Some(item) => item.detail += &format!(", {}", world.platform()),
                    None => found.push(Completion {
                        detail: format!("{kind} of {}", world.platform()),
                        ..self.quoted(&device.name, CompletionKind::Device, self.cursor.word.clone())
                    }),
                }
            }
        }
        found
    }

    /// What there is in the folder that the word names so far.
    pub(super) fn paths(&self, word: &Range<usize>, wanted: impl Fn(&str, bool) -> bool) -> Vec<Completion> {
        let typed = self.text.get(word.start..self.offset.max(word.start)).unwrap_or_default();
        let typed = super::unquoted(typed);
        let parent = typed.rfind('/').map_or("", |slash| &typed[..=slash]);
        if typed.starts_with('/') {
            return Vec::new();
        }
        let files = &self.view.scope.catalog.files;
        let folder = SourcePath::Project(String::new()).join(parent);
        let Ok(names) = files.list(&folder) else { return Vec::new() };
        let mut found = Vec::new();
        for name in names.iter().filter(|name| !name.starts_with('.')).take(500) {
            let is_folder = files.list(&folder.join(name)).is_ok();
            if wanted(name, is_folder) {
                let slash = if is_folder { "/" } else { "" };
                let kind = if is_folder { CompletionKind::Folder } else { CompletionKind::File };
                found.push(self.quoted(&format!("{parent}{name}{slash}"), kind, word.clone()));
            }
        }
        found
    }
}

impl crate::editor::View<'_, '_> {
    /// The instances that a requirement of `owner` could be bound to: those of the file, the platforms' own
    /// and their defaults.
    pub(in crate::editor) fn providers(
        &self,
        owner: Owner,
        requirement: &ModuleRequirement,
    ) -> Vec<Provider> {
        let able = |module: &Module| requirement.interfaces.iter().all(|(id, _)| module.provides(*id));
        let mut found: Vec<Provider> = Vec::new();
        let mut add = |name: &str, module: &str, default: bool| {
            if found.iter().all(|provider| provider.name != name) {
                found.push(Provider { name: name.to_owned(), module: module.to_owned(), default });
            }
        };
        for (number, node) in self.instances().iter().enumerate() {
            let itself = owner == Owner::Instance(number);
            if !itself && self.module(number).is_some_and(|module| able(module)) {
                add(&node.name.value, &node.module.value, false);
            }
        }
        let catalog = &self.scope.catalog;
        for world in self.worlds {
            for default in &world.facts.defaults {
                let module: Option<Rc<Module>> = catalog
                    .modules()
                    .get(&default.module.value)
                    .and_then(|folders| catalog.module(folders.first()?).ok());
                if module.is_some_and(|module| able(&module)) {
                    add(&default.name.value, &default.module.value, true);
                }
            }
            let own =
                world.instances.iter().find(|instance| instance.origin == crate::resolve::Origin::Platform);
            if let Some(own) = own
                && own.module.as_ref().is_some_and(|module| able(module))
            {
                add(&own.name, &own.module_name, true);
            }
        }
        found
    }
}

/// Values with their units, to choose from.
const fn units(ty: &OptionType) -> &'static [&'static str] {
    match ty {
        OptionType::Bytes => &["\"4KiB\"", "\"64KiB\"", "\"1MiB\"", "\"16MiB\"", "\"1GiB\""],
        OptionType::Duration => &["\"100us\"", "\"10ms\"", "\"1s\"", "\"1min\""],
        _ => &[],
    }
}
