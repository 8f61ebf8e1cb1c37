//! What a person asks for, as another text of the file.

use super::Menu;
use oscomp_lang::diagnostic::Fix;
use oscomp_lang::edit::{NewInstance, Refusal, SystemText, apply};
use oscomp_lang::inventory::{FieldKind, Place};
use std::sync::Arc;

/// What a person asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A field gets values, which are typed without quotes.
    Set {
        /// The instance.
        instance: String,
        /// The field.
        field: String,
        /// The values.
        values: Vec<String>,
    },
    /// A field is taken out of the file, so that a default decides.
    Unset {
        /// The instance.
        instance: String,
        /// The field.
        field: String,
    },
    /// An instance gets another module.
    Use {
        /// The instance.
        instance: String,
        /// The module.
        module: String,
    },
    /// One more instance of a module, to which a requirement may be bound.
    Add {
        /// The module.
        module: String,
        /// Who is bound to it, and by which requirement.
        bound: Option<(String, String)>,
    },
    /// An instance is taken out of the file.
    Remove {
        /// The instance.
        instance: String,
    },
}

/// A text that a change leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// The text.
    pub text: Arc<str>,
    /// What was done.
    pub what: String,
    /// The instance that it is about.
    pub instance: String,
}

impl Menu {
    /// The text after a change.
    ///
    /// A change is for all platforms, unless what it is about differs between them: then it is for the one that is
    /// shown, and says so.
    pub fn changed(&self, change: &Change) -> Result<Changed, String> {
        match self.on(change, None) {
            Err(Refusal::NeedsPlatform { .. } | Refusal::SetByPlatform { .. } | Refusal::Several { .. }) => {
                let platform = self.image().map(|image| image.platform.clone()).unwrap_or_default();
                let changed = self.on(change, Some(&platform)).map_err(|refusal| refusal.to_string())?;
                Ok(Changed { what: format!("{}, on {platform} only", changed.what), ..changed })
            }
            other => other.map_err(|refusal| refusal.to_string()),
        }
    }

    fn on(&self, change: &Change, platform: Option<&str>) -> Result<Changed, Refusal> {
        let text = self.text();
        let inventory = &self.look().inventory;
        let made = |fix: Fix, instance: &str| -> Result<Changed, Refusal> {
            let text = apply(text, &fix.edits)
                .map_err(|misfit| Refusal::Mistake { offset: 0, message: misfit.to_string() })?;
            Ok(Changed { text: text.into(), what: fix.title, instance: instance.to_owned() })
        };
        let system = SystemText::read(self.file(), text)?;
        match change {
            Change::Set { instance, field, values } => {
                let place = Place { instance, platform };
                let kind = self.field(instance, field).map(|field| &field.kind);
                let values = kind.map_or_else(Vec::new, |kind| kind.literals(values));
                made(inventory.set(&system, place, field, &values)?, instance)
            }
            Change::Unset { instance, field } => {
                made(inventory.unset(&system, Place { instance, platform }, field)?, instance)
            }
            Change::Use { instance, module } => {
                let entry = self.listing().modules.iter().find(|entry| entry.name == *module);
                let keeps = |field: &str| {
                    entry.is_some_and(|entry| {
                        entry.options.iter().any(|option| option.name == field)
                            || entry.requirements.iter().any(|requirement| requirement.name == field)
                    })
                };
                let platform = platform.or_else(|| self.limit(module));
                made(inventory.use_module(&system, Place { instance, platform }, module, &keeps)?, instance)
            }
            Change::Add { module, bound } => {
                let on = self.limit(module).filter(|_| inventory.images.len() > 1);
                let name = self.free_name(module);
                let new = NewInstance {
                    module: module.clone(),
                    name: Some(name.clone()),
                    on: on.map(str::to_owned),
                    ..NewInstance::default()
                };
                let added = made(system.add(&new)?, &name)?;
                let Some((user, requirement)) = bound else { return Ok(added) };
                let system = SystemText::read(self.file(), &added.text)?;
                let place = Place { instance: user, platform: platform.or(on) };
                let value = oscomp_lang::edit::quoted(&name);
                let fix = inventory.set(&system, place, requirement, &[value])?;
                let text = apply(&added.text, &fix.edits)
                    .map_err(|misfit| Refusal::Mistake { offset: 0, message: misfit.to_string() })?;
                let what = format!("bind `{requirement}` of `{user}` to a new instance of `{module}`");
                Ok(Changed { text: text.into(), what, instance: name })
            }
            Change::Remove { instance } => made(system.remove(instance, platform)?, instance),
        }
    }

    /// The platform that an instance of a module has to be limited to: the one that is shown, if another does not
    /// fit it.
    fn limit(&self, module: &str) -> Option<&str> {
        let entry = self.listing().modules.iter().find(|entry| entry.name == module)?;
        let fits = |platform: &str| {
            let platform = self.listing().platforms.iter().find(|known| known.name == platform);
            platform.is_none_or(|platform| super::alternatives::fits(entry, platform))
        };
        let all = self.look().inventory.images.iter().all(|image| fits(&image.platform));
        self.image().filter(|_| !all).map(|image| image.platform.as_str())
    }

    /// A name for an instance of a module that no other has.
    fn free_name(&self, module: &str) -> String {
        let platforms = &self.listing().platforms;
        let taken = |name: &str| {
            let images = &self.look().inventory.images;
            images.iter().any(|image| image.member(name).is_some())
                || platforms.iter().any(|known| known.defaults.iter().any(|default| default.name == name))
        };
        let numbered = (2..).map(|number| format!("{module}-{number}"));
        let mut names = std::iter::once(module.to_owned()).chain(numbered);
        names.find(|name| !taken(name)).unwrap_or_default()
    }

    /// A field of an instance of the image that is shown.
    pub fn field(&self, instance: &str, field: &str) -> Option<&oscomp_lang::inventory::Field> {
        self.image()?.member(instance)?.field(field)
    }

    /// What a field is.
    pub fn field_kind(&self, instance: &str, field: &str) -> Option<&FieldKind> {
        self.field(instance, field).map(|field| &field.kind)
    }
}
