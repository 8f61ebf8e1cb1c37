//! The fields of an instance or a platform that it does not have yet.

use super::{Completion, CompletionKind, Place, placeholder};
use crate::catalog::{ModuleOption, ModuleRequirement, option};
use crate::editor::describe;
use crate::editor::view::Owner;
use crate::resolve::example;
use crate::value::Value;

impl Place<'_, '_, '_> {
    /// Whose fields are written here.
    pub(super) fn owner(&self) -> Option<Owner> {
        let platform = || self.view.platform_at(self.offset).map(Owner::Platform);
        self.view.instance_at(self.offset).map(Owner::Instance).or_else(platform)
    }

    pub(super) fn fields(&self) -> Vec<Completion> {
        let Some(owner) = self.owner() else { return Vec::new() };
        // One that is limited to a platform can be set for another.
        let set = |name: &str| {
            self.view.fields(owner).iter().any(|field| field.name.value == name && field.on.is_none())
        };
        let mut found = Vec::new();
        if let Owner::Platform(number) = owner
            && self.view.platforms()[number].memory.is_none()
        {
            found.push(self.keyword("memory", "memory \"${1:16MiB}\""));
        }
        let Some(module) = self.view.module_of(owner) else { return found };
        let requirements = module.requirements().filter(|requirement| !set(&requirement.name));
        found.extend(requirements.map(|requirement| self.requirement(owner, requirement)));
        let known: Vec<String> = found.iter().map(|item| item.label.clone()).collect();
        let options = module.options.iter().filter(|option| {
            let name = &option.signature.name;
            // The memory of a machine is what its node says.
            let said = matches!(owner, Owner::Platform(_)) && name == "memory";
            !set(name) && !known.contains(name) && !said
        });
        found.extend(options.map(|option| self.option(option)));
        found
    }

    fn requirement(&self, owner: Owner, requirement: &ModuleRequirement) -> Completion {
        let candidates = self.view.providers(owner, requirement);
        let values: Vec<String> =
            candidates.iter().map(|candidate| format!("{:?}", candidate.name)).collect();
        let values = if values.is_empty() { vec!["\"\"".to_owned()] } else { values };
        let unbound = self.view.resolved(owner).any(|(_, instance)| {
            let module = instance.module.as_ref();
            let number = module.and_then(|module| module.requirement(&requirement.name));
            number.is_some_and(|(number, _)| instance.bindings.get(number).is_some_and(Option::is_none))
        });
        Completion {
            detail: format!("requires {}", self.view.interface_names(&requirement.interfaces)),
            text: describe::requirement(self.view, requirement),
            snippet: self.behind(&requirement.name, &values),
            rank: usize::from(!unbound),
            ..self.item(&requirement.name, CompletionKind::Requirement, self.cursor.word.clone())
        }
    }

    fn option(&self, declared: &ModuleOption) -> Completion {
        let entry = option(declared);
        let values = match (&declared.choice, &declared.signature.default) {
            (Some(choice), _) => {
                choice.variants.iter().map(|variant| format!("{:?}", variant.name)).collect()
            }
            (None, Some(Value::Bool(value))) => vec![format!("#{}", !value), format!("#{value}")],
            (None, Some(value)) if *value != Value::None => vec![value.to_string()],
            _ => vec![example(declared).replace('…', "")],
        };
        Completion {
            detail: entry.facts().join("; "),
            text: describe::setting(declared),
            snippet: self.behind(&entry.name, &values),
            rank: if entry.required { 0 } else { 2 },
            ..self.item(&entry.name, CompletionKind::Option, self.cursor.word.clone())
        }
    }

    /// A field with a value to begin with, unless one is there already.
    fn behind(&self, name: &str, values: &[String]) -> Option<String> {
        self.cursor.after.is_empty().then(|| format!("{name} {}", placeholder(values)))
    }
}
