//! A catalog in lines of text.

use crate::phrase;
use oscomp_lang::catalog::{FunctionEntry, InterfaceEntry, Listing, ModuleEntry, OptionEntry, PlatformEntry};
use oscomp_lang::plan::{DeviceRegisters, Optimize, PlatformDevice};
use oscomp_lang::signature::{Edge, Environment};
use oscomp_lang::value::format_bytes;

/// One line for each interface.
pub fn interfaces(listing: &Listing) -> Vec<String> {
    let row = |entry: &InterfaceEntry| {
        let ambient = if entry.ambient { "ambient" } else { "" };
        vec![format!("  {}", entry.name), ambient.to_owned(), phrase::first_sentence(&entry.doc)]
    };
    phrase::table(&listing.interfaces.iter().map(row).collect::<Vec<_>>(), &[])
}

/// One line for each module.
pub fn modules(listing: &Listing) -> Vec<String> {
    let row = |entry: &ModuleEntry| {
        vec![format!("  {}", entry.name), entry.provides.join(", "), phrase::first_sentence(&entry.doc)]
    };
    phrase::table(&listing.modules.iter().map(row).collect::<Vec<_>>(), &[])
}

/// One line for each platform.
pub fn platforms(listing: &Listing) -> Vec<String> {
    let row = |entry: &PlatformEntry| {
        let machine = format!("{}, {}", entry.arch, environment(entry.environment));
        vec![format!("  {}", entry.name), machine, phrase::first_sentence(&entry.doc)]
    };
    phrase::table(&listing.platforms.iter().map(row).collect::<Vec<_>>(), &[])
}

/// All about an interface.
pub fn interface(entry: &InterfaceEntry) -> Vec<String> {
    let ambient = if entry.ambient { ", ambient: exactly one provider in an image" } else { "" };
    let mut lines = vec![format!("interface {}{ambient}", entry.name)];
    lines.push(format!("  in {} ({})", entry.package, entry.file));
    document(&mut lines, &entry.doc, 2);
    for method in &entry.methods {
        lines.push(String::new());
        lines.push(format!("  {}", method.signature));
        document(&mut lines, &method.doc, 6);
    }
    lines.push(String::new());
    let providers =
        if entry.providers.is_empty() { "no module".to_owned() } else { entry.providers.join(", ") };
    lines.push(format!("  provided by {providers}"));
    lines
}

/// All about a module.
pub fn module(entry: &ModuleEntry) -> Vec<String> {
    let what = if entry.app { "app" } else { "module" };
    let mut lines =
        vec![format!("{what} {}", entry.name), format!("  in {} ({})", entry.package, entry.folder)];
    document(&mut lines, &entry.doc, 2);
    lines.push(String::new());
    lines.push(format!("  provides {}", entry.provides.join(", ")));
    if !entry.ambient.is_empty() {
        lines.push(format!("  uses the ambient {}", entry.ambient.join(", ")));
    }
    if !entry.arch.is_empty() {
        lines.push(format!("  only for {}", entry.arch.join(", ")));
    }
    if let Some(only) = entry.environment {
        lines.push(format!("  only for {} platforms", environment(only)));
    }
    if entry.memory > 0 {
        lines.push(format!("  needs {} of memory at the least", format_bytes(entry.memory)));
    }
    if !entry.requirements.is_empty() {
        lines.extend([String::new(), "  requires".to_owned()]);
        for requirement in &entry.requirements {
            let call = if requirement.edge == Edge::Call { ", when called" } else { "" };
            lines.push(format!("    {}: {}{call}", requirement.name, requirement.interfaces.join(" + ")));
            document(&mut lines, &requirement.doc, 8);
        }
    }
    options(&mut lines, &entry.options);
    if !entry.functions.is_empty() {
        lines.extend([String::new(), "  functions for C".to_owned()]);
        let row = |function: &FunctionEntry| {
            vec![format!("    {}", function.name), phrase::first_sentence(&function.doc)]
        };
        lines.extend(phrase::table(&entry.functions.iter().map(row).collect::<Vec<_>>(), &[]));
    }
    lines
}

/// All about a platform.
pub fn platform(entry: &PlatformEntry) -> Vec<String> {
    let mut lines = vec![format!("platform {}", entry.name)];
    document(&mut lines, &entry.doc, 2);
    lines.push(format!("  {}, {}", entry.arch, environment(entry.environment)));
    lines.push(format!("  memory {}", entry.memory));
    if !entry.provides.is_empty() {
        lines.push(format!("  provides {}", entry.provides.join(", ")));
    }
    if !entry.devices.is_empty() {
        lines.extend([String::new(), "  devices".to_owned()]);
        let row = |device: &PlatformDevice| {
            let line = device.line.map_or_else(String::new, |line| line.to_string());
            vec![format!("    {}", device.name), device.kind.clone(), registers(device), line]
        };
        lines.extend(phrase::table(&entry.devices.iter().map(row).collect::<Vec<_>>(), &[]));
    }
    if !entry.defaults.is_empty() {
        lines.extend([String::new(), "  defaults".to_owned()]);
        let rows: Vec<Vec<String>> = entry
            .defaults
            .iter()
            .map(|default| {
                let goal = match default.optimize {
                    None => "",
                    Some(Optimize::Speed) => ", for speed",
                    Some(Optimize::Size) => ", for size",
                };
                let name = format!("as {:?}{goal}", default.name);
                vec![format!("    {}", default.interface), default.module.clone(), name]
            })
            .collect();
        lines.extend(phrase::table(&rows, &[]));
    }
    options(&mut lines, &entry.options);
    lines
}

/// Where the registers of a device are.
pub fn registers(device: &PlatformDevice) -> String {
    match device.registers {
        DeviceRegisters::None => String::new(),
        DeviceRegisters::Port { base, length } => {
            format!("ports {base:#x}–{:#x}", u32::from(base) + u32::from(length) - 1)
        }
        DeviceRegisters::Memory { base, length } => {
            format!("memory {base:#x}–{:#x}", base.saturating_add(length - 1))
        }
        DeviceRegisters::Pci { configuration, .. } => configuration.to_string(),
    }
}

fn options(lines: &mut Vec<String>, options: &[OptionEntry]) {
    if options.is_empty() {
        return;
    }
    lines.extend([String::new(), "  options".to_owned()]);
    for option in options {
        lines.push(format!("    {}: {}", option.name, option.facts().join("; ")));
        document(lines, &option.doc, 8);
        for choice in &option.choices {
            lines.push(format!("        {:?}: {}", choice.name, phrase::first_sentence(&choice.doc)));
        }
    }
}

/// Where images run.
pub const fn environment(environment: Environment) -> &'static str {
    match environment {
        Environment::BareMetal => "bare-metal",
        Environment::Hosted => "hosted",
    }
}

fn document(lines: &mut Vec<String>, doc: &str, indent: usize) {
    let lines_of = doc.lines().map(|line| format!("{:indent$}{line}", "").trim_end().to_owned());
    lines.extend(lines_of);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_says_what_it_takes() {
        let option = OptionEntry {
            name: "baud".into(),
            doc: "Bits per second.".into(),
            ty: oscomp_lang::signature::OptionType::Integer("u32".into()),
            takes: "a whole number (u32)".into(),
            list: false,
            required: false,
            default: Some("115200".into()),
            range: Some("50..=115200".into()),
            unit: None,
            exclusive: None,
            listens: None,
            device: None,
            choices: Vec::new(),
        };
        let mut lines = Vec::new();
        options(&mut lines, &[option]);
        assert_eq!(
            lines[2..],
            ["    baud: a whole number (u32); in 50..=115200; default 115200", "        Bits per second."]
        );
    }
}
