//! Everything that can be looked for: instances, their fields, modules of the catalog.

use super::Menu;
use super::change::Change;
use super::popup::{Action, Entry};
use crate::phrase::first_sentence;
use oscomp_lang::inventory::FieldKind;

impl Menu {
    /// Every instance of the image that is shown, every field of one, and every module that could be added.
    pub(super) fn everything(&self) -> Vec<Entry> {
        let members = self.image().map_or(&[][..], |image| &image.members);
        let show = |instance: &str, field: Option<&str>| Action::Show {
            instance: instance.to_owned(),
            field: field.map(str::to_owned),
        };
        let instances = members.iter().map(|member| Entry {
            label: member.name.clone(),
            detail: format!("instance of {}", member.module),
            bytes: self.bytes(&member.name),
            current: false,
            action: show(&member.name, None),
        });
        let fields = members.iter().flat_map(|member| member.fields.iter().map(move |field| (member, field)));
        let fields = fields.map(|(member, field)| {
            let what = match &field.kind {
                FieldKind::Requirement(requirement) => {
                    format!("requires {}", requirement.interfaces.join(" + "))
                }
                FieldKind::Option(option) => first_sentence(&option.doc),
            };
            Entry {
                label: format!("{}.{}", member.name, field.name),
                detail: format!("{} - {what}", field.value.as_deref().unwrap_or("not set")),
                bytes: None,
                current: false,
                action: show(&member.name, Some(&field.name)),
            }
        });
        let modules = self.modules().into_iter().map(|entry| Entry {
            action: match entry.action {
                Action::Change(Change::Add { module, .. }) => {
                    Action::Change(Change::Add { module, bound: None })
                }
                other => other,
            },
            label: format!("+ {}", entry.label),
            detail: format!("module to add - {}", entry.detail),
            ..entry
        });
        instances.chain(fields).chain(modules).collect()
    }
}
