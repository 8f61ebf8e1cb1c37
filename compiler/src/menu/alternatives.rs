//! What else a field could be, and what else there could be.

use super::Menu;
use super::change::Change;
use super::popup::{Action, Entry};
use crate::phrase::first_sentence;
use oscomp_lang::catalog::{ModuleEntry, OptionEntry, PlatformEntry};
use oscomp_lang::inventory::{FieldKind, Member, Origin};
use oscomp_lang::signature::OptionType;

/// Whether a module can serve a platform.
pub fn fits(module: &ModuleEntry, platform: &PlatformEntry) -> bool {
    (module.arch.is_empty() || module.arch.contains(&platform.arch))
        && module.environment.is_none_or(|environment| environment == platform.environment)
}

fn provides(module: &ModuleEntry, interfaces: &[String]) -> bool {
    interfaces.iter().all(|interface| module.provides.contains(interface))
}

impl Menu {
    /// What a field could be, where that can be listed: the instances and modules that a requirement can be bound to,
    /// and the values of an option that has a few.
    pub(super) fn alternatives(&self, instance: &str, field: &str) -> Option<Vec<Entry>> {
        let found = self.field(instance, field)?;
        let mut entries = match &found.kind {
            FieldKind::Requirement(requirement) => {
                self.providers(instance, field, &requirement.interfaces, found.value.as_deref())
            }
            FieldKind::Option(option) => {
                let current = found.typed.first().map(String::as_str);
                let values = self.values(option)?;
                let entry = |(value, doc): (String, String)| Entry {
                    current: current == Some(&value),
                    action: Action::Change(Change::Set {
                        instance: instance.to_owned(),
                        field: field.to_owned(),
                        values: vec![value.clone()],
                    }),
                    label: value,
                    detail: doc,
                    bytes: None,
                };
                values.into_iter().map(entry).collect()
            }
        };
        if found.written {
            entries.push(Entry {
                label: "leave it out".to_owned(),
                detail: "a default decides then".to_owned(),
                bytes: None,
                current: false,
                action: Action::Change(Change::Unset {
                    instance: instance.to_owned(),
                    field: field.to_owned(),
                }),
            });
        }
        Some(entries)
    }

    /// The values of an option that has a few, each with what it means.
    fn values(&self, option: &OptionEntry) -> Option<Vec<(String, String)>> {
        if option.list {
            return None;
        }
        if !option.choices.is_empty() {
            return Some(
                option.choices.iter().map(|it| (it.name.clone(), first_sentence(&it.doc))).collect(),
            );
        }
        let scalar = match &option.ty {
            OptionType::Optional(inner) => inner,
            other => other,
        };
        match (scalar, &option.device) {
            (OptionType::Bool, _) => {
                Some(["true", "false"].map(|value| (format!("#{value}"), String::new())).into())
            }
            (OptionType::Device, Some(kind)) => {
                let devices = self.platform_entry()?.devices.iter().filter(|device| device.kind == *kind);
                Some(
                    devices.map(|device| (device.name.clone(), format!("a device of kind {kind}"))).collect(),
                )
            }
            _ => None,
        }
    }

    fn providers(
        &self,
        user: &str,
        requirement: &str,
        interfaces: &[String],
        current: Option<&str>,
    ) -> Vec<Entry> {
        let bind = |name: &str| {
            Action::Change(Change::Set {
                instance: user.to_owned(),
                field: requirement.to_owned(),
                values: vec![name.to_owned()],
            })
        };
        let mut entries: Vec<Entry> = Vec::new();
        let members = self.image().map_or(&[][..], |image| &image.members);
        let serves =
            |member: &&Member| member.entry.as_ref().is_some_and(|entry| provides(entry, interfaces));
        for member in members.iter().filter(serves).filter(|member| member.name != user) {
            entries.push(Entry {
                label: member.name.clone(),
                detail: format!("instance of {}", member.module),
                bytes: self.bytes(&member.name),
                current: current == Some(&member.name),
                action: bind(&member.name),
            });
        }
        // The platform's defaults that nothing needs yet.
        for default in self.platform_entry().map_or(&[][..], |platform| &platform.defaults) {
            let entry = self.listing().modules.iter().find(|entry| entry.name == default.module);
            let is_new = entries.iter().all(|entry| entry.label != default.name) && default.name != user;
            if is_new && entry.is_some_and(|entry| provides(entry, interfaces)) {
                entries.push(Entry {
                    label: default.name.clone(),
                    detail: format!("the platform's default: {}", default.module),
                    bytes: None,
                    current: false,
                    action: bind(&default.name),
                });
            }
        }
        for module in self.fitting(interfaces) {
            entries.push(Entry {
                label: format!("+ {}", module.name),
                detail: format!("a new instance: {}", first_sentence(&module.doc)),
                bytes: None,
                current: false,
                action: Action::Change(Change::Add {
                    module: module.name.clone(),
                    bound: Some((user.to_owned(), requirement.to_owned())),
                }),
            });
        }
        entries.extend(current.into_iter().flat_map(|current| self.in_place_of(current, interfaces)));
        entries
    }

    /// The modules that could take the place of that of an instance.
    fn in_place_of(&self, instance: &str, interfaces: &[String]) -> Vec<Entry> {
        let Some(member) = self.image().and_then(|image| image.member(instance)) else { return Vec::new() };
        if matches!(member.origin, Origin::Platform | Origin::App) {
            return Vec::new();
        }
        let others = self.fitting(interfaces).filter(|module| module.name != member.module);
        others
            .map(|module| Entry {
                label: format!("{instance} = {}", module.name),
                detail: format!("in the place of {}: {}", member.module, first_sentence(&module.doc)),
                bytes: None,
                current: false,
                action: Action::Change(Change::Use {
                    instance: instance.to_owned(),
                    module: module.name.clone(),
                }),
            })
            .collect()
    }

    /// What could provide an ambient interface.
    pub(super) fn ambient_alternatives(&self, interface: &str) -> Vec<Entry> {
        let interfaces = [interface.to_owned()];
        let Some(image) = self.image() else { return Vec::new() };
        let bound = image.ambient.iter().find(|ambient| ambient.interface == interface);
        let Some(member) = bound.and_then(|bound| image.member(&bound.instance)) else {
            return Vec::new();
        };
        let mut entries = vec![Entry {
            label: format!("{} = {}", member.name, member.module),
            detail: "as it is".to_owned(),
            bytes: self.bytes(&member.name),
            current: true,
            action: Action::Nothing,
        }];
        entries.extend(self.in_place_of(&member.name, &interfaces));
        let default = self.platform_entry().into_iter().flat_map(|platform| &platform.defaults);
        let default = default.into_iter().find(|default| default.interface == interface);
        if let (true, Some(default)) = (member.is_written() && member.origin != Origin::App, default) {
            entries.push(Entry {
                label: format!("remove {}", member.name),
                detail: format!("the platform's default decides then: {}", default.module),
                bytes: None,
                current: false,
                action: Action::Change(Change::Remove { instance: member.name.clone() }),
            });
        }
        entries
    }

    /// The modules of the catalog that could be added, for what they provide.
    pub(super) fn modules(&self) -> Vec<Entry> {
        self.fitting(&[])
            .map(|module| Entry {
                label: module.name.clone(),
                detail: format!("{}: {}", module.provides.join(", "), first_sentence(&module.doc)),
                bytes: None,
                current: false,
                action: Action::Change(Change::Add { module: module.name.clone(), bound: None }),
            })
            .collect()
    }

    /// The modules of the catalog that provide all of that, fit the platform, and are no apps.
    fn fitting<'m>(&'m self, interfaces: &'m [String]) -> impl Iterator<Item = &'m ModuleEntry> {
        let platform = self.platform_entry();
        self.listing().modules.iter().filter(move |module| {
            !module.app
                && !module.provides.is_empty()
                && provides(module, interfaces)
                && platform.is_none_or(|platform| fits(module, platform))
        })
    }

    /// What the catalog says of the platform that is shown.
    fn platform_entry(&self) -> Option<&PlatformEntry> {
        let shown = &self.image()?.platform;
        self.listing().platforms.iter().find(|platform| platform.name == *shown)
    }
}
