//! What a place means.

use super::describe::{self, paragraph};
use super::subject::SubjectKind;
use super::view::{Owner, Signature, signature};
use super::{Location, View};
use crate::resolve::Origin;
use crate::signature::OptionType;

/// What a place means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hover {
    /// What it is said of.
    pub location: Location,
    /// Markdown.
    pub text: String,
}

impl View<'_, '_> {
    /// What a place of the system means.
    #[must_use]
    pub fn hover(&self, offset: usize) -> Option<Hover> {
        let subject = self.subject(offset)?;
        let text = match subject.kind {
            SubjectKind::Keyword(keyword) => keyword_text(keyword).to_owned(),
            SubjectKind::Platform(number) => self.platform_text(&self.platforms()[number].name.value)?,
            SubjectKind::OnlyOn(name) => self.platform_text(&name)?,
            SubjectKind::Path(number) => self.module_text(number)?,
            SubjectKind::Module(number) if self.instances()[number].name.span != subject.span => {
                self.module_text(number)?
            }
            SubjectKind::Module(number) | SubjectKind::Name(number) => self.instance_text(number)?,
            SubjectKind::Field(owner, number) => {
                let name = &self.fields(owner)[number].name.value;
                let module = self.module_of(owner)?;
                let mut text = match signature(&module, name)? {
                    Signature::Option(option) => describe::setting(option),
                    Signature::Requirement(requirement) => describe::requirement(self, requirement),
                };
                paragraph(&mut text, &describe::outcome(self, owner, name));
                text
            }
            SubjectKind::Value(owner, field, value) => self.value_text(owner, field, value)?,
        };
        Some(Hover { location: Location::new(self.file(), &subject.span), text })
    }

    fn platform_text(&self, name: &str) -> Option<String> {
        self.scope.catalog.platform(name).ok().map(|facts| describe::platform(&facts))
    }

    fn module_text(&self, instance: usize) -> Option<String> {
        let module = self.module(instance)?;
        Some(describe::module(self, &self.instances()[instance].module.value, module))
    }

    /// An instance: its module, who uses it, and what its fields have become.
    fn instance_text(&self, number: usize) -> Option<String> {
        let mut text = self.module_text(number)?;
        let owner = Owner::Instance(number);
        let mut users: Vec<String> = Vec::new();
        for world in self.worlds {
            let own = world.instances.iter().position(|instance| instance.origin == Origin::File(number));
            for user in &world.instances {
                let Some(module) = &user.module else { continue };
                for (requirement, binding) in module.requirements().zip(&user.bindings) {
                    let name = format!("`{}.{}`", user.name, requirement.name);
                    if binding.as_ref().is_some_and(|binding| Some(binding.target) == own)
                        && !users.contains(&name)
                    {
                        users.push(name);
                    }
                }
            }
        }
        if !users.is_empty() {
            paragraph(&mut text, &format!("Used by {}.", users.join(", ")));
        }
        let module = self.module(number)?;
        let fields: Vec<String> = module
            .field_names()
            .map(|field| (field, describe::outcome(self, owner, field)))
            .filter(|(_, outcome)| !outcome.is_empty())
            .map(|(field, outcome)| format!("- `{field}` {}", outcome.replace("  \n", "; ")))
            .collect();
        paragraph(&mut text, &fields.join("\n"));
        Some(text)
    }

    fn value_text(&self, owner: Owner, field: usize, value: usize) -> Option<String> {
        let field = &self.fields(owner)[field];
        let module = self.module_of(owner)?;
        match signature(&module, &field.name.value)? {
            Signature::Requirement(..) => {
                let crate::value::Literal::String(name) = &field.values[value].value else { return None };
                match self.instances().iter().position(|node| node.name.value == *name) {
                    Some(number) => self.instance_text(number),
                    None => self.default_text(name),
                }
            }
            Signature::Option(option) => {
                let crate::value::Literal::String(name) = &field.values[value].value else {
                    return Some(describe::setting(option));
                };
                if let Some(choice) = &option.choice
                    && let Some(variant) = choice.variants.iter().find(|variant| variant.name == *name)
                {
                    let mut text = format!("```text\n{} {:?}\n```", field.name.value, variant.name);
                    paragraph(&mut text, &variant.doc);
                    return Some(text);
                }
                let mut text = describe::setting(option);
                if *option.element() == OptionType::Device {
                    for world in self.worlds {
                        if let Some(device) = world.facts.platform.device(name) {
                            let line = device.line.map_or_else(String::new, |line| format!(", {line}"));
                            let found = format!("`{name}` of {}: {}{line}", world.platform(), device.kind);
                            paragraph(&mut text, &found);
                        }
                    }
                }
                Some(text)
            }
        }
    }

    /// An instance that a platform brings along.
    fn default_text(&self, name: &str) -> Option<String> {
        self.worlds.iter().find_map(|world| {
            let instance = world.instances.iter().find(|instance| instance.name == name)?;
            let mut text = describe::module(self, &instance.module_name, instance.module.as_ref()?);
            if let Origin::Default(number) = instance.origin {
                let interface = &world.facts.defaults[number].interface.value;
                let line = format!("The default of {} for `{interface}`.", world.platform());
                paragraph(&mut text, &line);
            }
            Some(text)
        })
    }
}

const fn keyword_text(keyword: &str) -> &'static str {
    match keyword.as_bytes() {
        b"system" => {
            "A system: its app, its modules, and the platforms that it is built for. A file is one system."
        }
        b"platform" => "A platform on which the system runs. Each gives one image.",
        b"app" => {
            "The application, which is the root of the system: whatever it needs is in the image, and nothing else."
        }
        b"module" => "An instance of a module.",
        b"build" => "How images are built.",
        b"optimize" => "What images are optimised for: `\"speed\"` (the default) or `\"size\"`.",
        b"memory" => "How much memory the machine has, such as `\"16MiB\"`.",
        b"as" => "The name of the instance; without it, the module's name.",
        b"path" => "The folder of the module's crate, relative to this file.",
        b"on" => "The only platform for which it holds.",
        _ => "",
    }
}
