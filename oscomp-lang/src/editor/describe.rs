//! What there is to say of modules, fields and values, as Markdown.

use super::View;
use super::view::Owner;
use crate::catalog::{Module, ModuleOption, ModuleRequirement, entry, option};
use crate::plan::Reason;
use crate::platform::PlatformFile;
use crate::signature::Edge;
use crate::value::format_bytes;
use std::fmt::Write as _;

/// A module: what it provides and requires, and what its author says of it.
pub(super) fn module(view: &View<'_, '_>, name: &str, module: &Module) -> String {
    let entry = entry(&view.scope.catalog, name, module);
    let mut text = format!("```text\nmodule {name}");
    if !entry.provides.is_empty() {
        text += &format!("\n  provides {}", entry.provides.join(", "));
    }
    for requirement in &entry.requirements {
        text += &format!("\n  requires {}: {}", requirement.name, requirement.interfaces.join(" + "));
    }
    for option in &entry.options {
        text += &format!("\n  option {}: {}", option.name, option.takes);
        if let Some(default) = &option.default {
            text += &format!(" = {default}");
        }
    }
    text += "\n```";
    paragraph(&mut text, &entry.doc);
    let mut limits = Vec::new();
    if !entry.arch.is_empty() {
        limits.push(format!("Only for {}.", entry.arch.join(", ")));
    }
    if let Some(environment) = entry.environment {
        limits.push(format!("Only for {} platforms.", environment.name()));
    }
    if entry.memory > 0 {
        limits.push(format!("Needs {} of memory at the least.", format_bytes(entry.memory)));
    }
    paragraph(&mut text, &limits.join(" "));
    text
}

/// A platform and its facts.
pub(super) fn platform(file: &PlatformFile) -> String {
    let platform = &file.platform;
    let mut text = format!(
        "```text\nplatform {}\n  {}, {}\n  memory {}, at least {}",
        platform.name,
        platform.arch,
        platform.environment.name(),
        format_bytes(file.memory.default),
        format_bytes(file.memory.least)
    );
    for device in &platform.devices {
        text += &format!("\n  device {}: {}", device.name, device.kind);
    }
    for default in &file.defaults {
        text += &format!("\n  default {}: {}", default.interface.value, default.module.value);
    }
    text += "\n```";
    paragraph(&mut text, &file.doc);
    text
}

/// An option: its type, its range, its default, and what it is for.
pub(super) fn setting(declared: &ModuleOption) -> String {
    let entry = option(declared);
    let mut text = format!("```text\noption {}: {}\n```", entry.name, entry.facts().join("; "));
    paragraph(&mut text, &entry.doc);
    let choices: Vec<String> =
        entry.choices.iter().map(|choice| format!("- `{:?}`: {}", choice.name, first(&choice.doc))).collect();
    paragraph(&mut text, &choices.join("\n"));
    text
}

/// A requirement: its interfaces, and what it is for.
pub(super) fn requirement(view: &View<'_, '_>, requirement: &ModuleRequirement) -> String {
    let call = if requirement.edge == Edge::Call { ", when it is called" } else { "" };
    let mut text = format!(
        "```text\nrequires {}: {}{call}\n```",
        requirement.name,
        view.interface_names(&requirement.interfaces)
    );
    paragraph(&mut text, &requirement.doc);
    for (id, _) in &requirement.interfaces {
        let interface = view.scope.catalog.interface(*id);
        paragraph(&mut text, &format!("`{}`: {}", interface.path.ident, first(&interface.signature.doc)));
    }
    text
}

/// What a field has become in each image, with the rule that decided; images that agree are one line.
pub(super) fn outcome(view: &View<'_, '_>, owner: Owner, field: &str) -> String {
    let mut lines: Vec<(String, Vec<&str>)> = Vec::new();
    for (world, instance) in view.resolved(owner) {
        let Some(module) = &instance.module else { continue };
        let setting = instance.settings.iter().flatten().find(|(setting, _)| setting.name == field);
        let line = if let Some((setting, _)) = setting {
            format!("`{}`: {}", setting.value, because(&setting.reason))
        } else if let Some((number, _)) = module.requirement(field)
            && let Some(Some(binding)) = instance.bindings.get(number)
        {
            format!("`{}`: {}", world.instances[binding.target].name, because(&binding.reason))
        } else {
            continue;
        };
        match lines.iter_mut().find(|(known, _)| *known == line) {
            Some((_, platforms)) => platforms.push(world.platform()),
            None => lines.push((line, vec![world.platform()])),
        }
    }
    let alone = lines.len() == 1;
    let shown =
        lines.iter().map(
            |(line, platforms)| {
                if alone { line.clone() } else { format!("{}: {line}", platforms.join(", ")) }
            },
        );
    shown.collect::<Vec<_>>().join("  \n")
}

/// The rule that decided, and where it is written.
pub(super) fn because(reason: &Reason) -> String {
    match reason.place() {
        Some(place) => format!("{} ({}:{})", reason.rule(), place.file, place.line),
        None => reason.rule().to_owned(),
    }
}

/// Adds a paragraph, if there is one.
pub(super) fn paragraph(text: &mut String, paragraph: &str) {
    if !paragraph.trim().is_empty() {
        // Writing to a string does not fail.
        let _ = write!(text, "\n\n{}", paragraph.trim());
    }
}

/// The first paragraph of a doc comment, in one line.
pub(super) fn first(doc: &str) -> String {
    doc.split("\n\n").next().unwrap_or_default().replace('\n', " ")
}
