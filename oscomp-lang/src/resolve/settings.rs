//! The value of every option: what the file says, else the module's default, else nothing or a device.

use super::{Instance, Origin, Spot, World};
use crate::catalog::{Module, ModuleOption};
use crate::diagnostic::Diagnostic;
use crate::plan::{PlatformDevice, Reason, Setting};
use crate::signature::OptionType;
use crate::suggest::{listing, nearest};
use crate::syntax::{Spanned, did_you_mean_string, insertion};
use crate::value::Value;
use std::collections::HashMap;
use std::rc::Rc;

impl World<'_, '_> {
    /// Gives every option of every instance its value.
    pub(super) fn settle(&mut self) {
        let used = self.used();
        let mut claims: HashMap<String, usize> = HashMap::new();
        for (index, used) in used.iter().enumerate() {
            let Some(module) = self.module(index) else { continue };
            let settings: Vec<_> = (0..module.options.len())
                .map(|option| self.written_or_default(index, &module, option))
                .collect();
            for (option, setting) in module.options.iter().zip(&settings) {
                if let (OptionType::Device, Some((setting, spot))) = (option.element(), setting) {
                    for name in devices(&setting.value) {
                        self.check_device(index, &module, option, name, spot);
                        if *used {
                            claims.entry(name.to_owned()).or_insert(index);
                        }
                    }
                }
            }
            self.instances[index].settings = settings;
        }
        for (index, used) in used.iter().enumerate() {
            let Some(module) = self.module(index) else { continue };
            for (number, option) in module.options.iter().enumerate() {
                let written = self.instances[index].fields.option(number, self.platform()).is_some();
                if self.instances[index].settings[number].is_none() && !written && !self.is_broken(index) {
                    let setting = if *option.signature.scalar() == OptionType::Device {
                        // What is left out of the image drives nothing.
                        used.then(|| self.only_device(index, &module, option, &mut claims)).flatten()
                    } else {
                        self.required(index, &module, option);
                        None
                    };
                    self.instances[index].settings[number] = setting;
                }
            }
        }
    }

    fn fields_spot(&self, index: usize, span: &std::ops::Range<usize>) -> Spot {
        let file = match self.instances[index].origin {
            Origin::Default(_) => self.facts.file.clone(),
            _ => self.scope.file.clone(),
        };
        Spot { file, span: span.clone() }
    }

    /// The value that the file or the module's source gives; none too where the value is wrong.
    fn written_or_default(
        &self,
        index: usize,
        module: &Rc<Module>,
        number: usize,
    ) -> Option<(Setting, Spot)> {
        let option = &module.options[number];
        let instance: &Instance = &self.instances[index];
        let files = &self.scope.catalog.files;
        let (value, reason, spot) = if instance.origin == Origin::Platform && is_memory(option) {
            let (bytes, spot, written) = match &self.node.memory {
                Some(memory) => (memory.value, (&self.scope.file, &memory.span), true),
                None => (self.facts.memory.default, (&self.facts.file, &self.facts.memory.span), false),
            };
            let spot = Spot { file: spot.0.clone(), span: spot.1.clone() };
            let place = files.place(&spot.file, spot.span.start);
            let reason = if written { Reason::Written(place) } else { Reason::PlatformDefault(place) };
            (Value::Bytes(bytes), reason, spot)
        } else if let Some(set) = instance.fields.option(number, self.platform()) {
            let spot = self.fields_spot(index, &set.span);
            let place = files.place(&spot.file, spot.span.start);
            let reason = match instance.origin {
                Origin::Default(_) => Reason::PlatformDefault(place),
                _ => Reason::Written(place),
            };
            (set.value.clone()?, reason, spot)
        } else {
            let spot = Spot { file: module.file.clone(), span: option.span.clone() };
            match &option.signature.default {
                Some(value) => {
                    let value = match (option.is_list(), value) {
                        (true, Value::List(_) | Value::None) | (false, _) => value.clone(),
                        (true, value) => Value::List(vec![value.clone()]),
                    };
                    (value, Reason::ModuleDefault(files.place(&spot.file, spot.span.start)), spot)
                }
                None if matches!(option.signature.ty, OptionType::Optional(_)) => {
                    (Value::None, Reason::Unset, spot)
                }
                None if option.is_list() => (Value::List(Vec::new()), Reason::Unset, spot),
                None => return None,
            }
        };
        Some((setting(option, value, reason), spot))
    }

    fn required(&mut self, index: usize, module: &Module, option: &ModuleOption) {
        let instance = &self.instances[index];
        let name = &option.signature.name;
        let example = example(option);
        let line = self.field_line(index, name, &example);
        let mut diagnostic =
            Diagnostic::error("E0404", format!("`{}` needs a value for `{name}`", instance.name))
                .at(&instance.spot.file, &instance.spot.span, format!("`{name}` is not set"))
                .at(&module.file, &option.span, "declared without a default")
                .help(format!("add a line such as `{line}`"));
        let node = match instance.origin {
            Origin::Platform => Some(&self.node.node),
            _ => self.written(index).map(|node| &node.node),
        };
        if let Some(node) = node {
            let (at, text) = insertion(&self.scope.text, node, &line);
            diagnostic = diagnostic.fix(format!("add `{line}`"), &self.scope.file, &at, text);
        }
        self.diagnostics.push(diagnostic);
    }

    fn check_device(
        &mut self,
        index: usize,
        module: &Module,
        option: &ModuleOption,
        name: &str,
        spot: &Spot,
    ) {
        if !self.fits(module) {
            // Another finding says that it has no place here at all.
            return;
        }
        let (instance, option_name) = (&self.instances[index].name, &option.signature.name);
        let kind = option.signature.device.as_deref().unwrap_or_default();
        let fitting: Vec<&str> = self.of_kind(kind).map(|device| device.name.as_str()).collect();
        let platform = self.platform();
        let Some(device) = self.facts.platform.device(name) else {
            let diagnostic =
                Diagnostic::error("E0603", format!("platform `{platform}` has no device `{name}`"))
                    .at(&spot.file, &spot.span, format!("`{option_name}` of `{instance}`"))
                    .at(&module.file, &option.type_span, format!("takes a device of kind `{kind}`"));
            let diagnostic = match nearest(name, fitting.iter().copied()) {
                Some(near) if spot.file == self.scope.file => {
                    let text = &self.scope.text[spot.span.clone()];
                    let start = text.rfind(name).map_or(spot.span.start, |at| spot.span.start + at);
                    let quote = usize::from(text[..start - spot.span.start].ends_with('"'));
                    let span = start - quote..(start + name.len() + quote).min(spot.span.end);
                    did_you_mean_string(
                        diagnostic,
                        &spot.file,
                        &Spanned { value: name.to_owned(), span },
                        near,
                    )
                }
                _ if fitting.is_empty() => diagnostic.help(format!(
                    "`{platform}` has no device of kind `{kind}`; its devices are {}",
                    self.devices()
                )),
                _ => diagnostic.help(format!("devices of kind `{kind}`: {}", listing(fitting))),
            };
            self.diagnostics.push(diagnostic);
            return;
        };
        if device.kind != kind {
            let number = self.facts.platform.devices.iter().position(|other| other.name == name).unwrap_or(0);
            let help = if fitting.is_empty() {
                format!(
                    "`{platform}` has no device of kind `{kind}`: use a module that drives `{}`",
                    device.kind
                )
            } else {
                format!("devices of kind `{kind}`: {}", listing(fitting))
            };
            let message = format!("`{instance}` does not drive `{name}`, which is of kind `{}`", device.kind);
            self.diagnostics.push(
                Diagnostic::error("E0604", message)
                    .at(&spot.file, &spot.span, format!("`{option_name}` of `{instance}`"))
                    .at(&module.file, &option.type_span, format!("takes a device of kind `{kind}`"))
                    .at(&self.facts.file, &self.facts.device_spans[number], "the device is declared here")
                    .help(help),
            );
        }
    }

    fn of_kind<'w>(&'w self, kind: &'w str) -> impl Iterator<Item = &'w PlatformDevice> {
        self.facts.platform.devices.iter().filter(move |device| device.kind == kind)
    }

    fn devices(&self) -> String {
        listing(self.facts.platform.devices.iter().map(|device| device.name.as_str()))
    }

    /// The only device of the right kind that no instance claims.
    fn only_device(
        &mut self,
        index: usize,
        module: &Rc<Module>,
        option: &ModuleOption,
        claims: &mut HashMap<String, usize>,
    ) -> Option<(Setting, Spot)> {
        if !self.fits(module) {
            return None;
        }
        let kind = option.signature.device.clone().unwrap_or_default();
        let all: Vec<String> = self.of_kind(&kind).map(|device| device.name.clone()).collect();
        let free: Vec<&String> = all.iter().filter(|name| !claims.contains_key(*name)).collect();
        let (instance, name) = (&self.instances[index], &option.signature.name);
        let platform = self.platform();
        let diagnostic = match free.as_slice() {
            [only] => {
                let device = (*only).clone();
                claims.insert(device.clone(), index);
                let spot = Spot { file: module.file.clone(), span: option.span.clone() };
                return Some((setting(option, Value::Device(device), Reason::OnlyDevice), spot));
            }
            [] => {
                let takers: Vec<&str> = all
                    .iter()
                    .filter_map(|device| claims.get(device))
                    .map(|taker| self.instances[*taker].name.as_str())
                    .collect();
                let help = if all.is_empty() {
                    format!("the devices of `{platform}` are {}", self.devices())
                } else {
                    format!("{} is claimed by {}", listing(all.iter().map(String::as_str)), listing(takers))
                };
                let message = if all.is_empty() {
                    format!(
                        "platform `{platform}` has no device of kind `{kind}`, which `{}` needs",
                        instance.name
                    )
                } else {
                    format!("no device of kind `{kind}` is left for `{}`", instance.name)
                };
                Diagnostic::error("E0605", message)
                    .at(&instance.spot.file, &instance.spot.span, format!("needs a device as `{name}`"))
                    .at(&module.file, &option.type_span, format!("takes a device of kind `{kind}`"))
                    .help(help)
            }
            several => {
                let line = self.field_line(index, name, &format!("\"{}\"", several[0]));
                let mut diagnostic = Diagnostic::error(
                    "E0606",
                    format!("`{name}` of `{}` could be any of {} devices", instance.name, several.len()),
                )
                .at(&instance.spot.file, &instance.spot.span, "does not say which")
                .at(&module.file, &option.type_span, format!("takes a device of kind `{kind}`"))
                .help(format!(
                    "add a line such as `{line}`; devices: {}",
                    listing(several.iter().map(|name| name.as_str()))
                ));
                if let Some(node) = self.written(index) {
                    for device in several.iter().take(4) {
                        let line = self.field_line(index, name, &format!("\"{device}\""));
                        let (at, text) = insertion(&self.scope.text, &node.node, &line);
                        diagnostic = diagnostic.fix(format!("add `{line}`"), &self.scope.file, &at, text);
                    }
                }
                diagnostic
            }
        };
        self.diagnostics.push(diagnostic);
        None
    }
}

fn setting(option: &ModuleOption, value: Value, reason: Reason) -> Setting {
    Setting {
        name: option.signature.name.clone(),
        ident: option.signature.ident.to_string(),
        ty: option.signature.ty.clone(),
        value,
        reason,
    }
}

/// The devices that a value names.
pub(crate) fn devices(value: &Value) -> impl Iterator<Item = &str> {
    let (one, list) = match value {
        Value::List(values) => (None, values.as_slice()),
        other => (Some(other), &[][..]),
    };
    one.into_iter().chain(list).filter_map(|value| match value {
        Value::Device(name) => Some(name.as_str()),
        _ => None,
    })
}

/// A value that the option could have, for a line to add.
pub(crate) fn example(option: &ModuleOption) -> String {
    if let Some(choice) = &option.choice {
        return choice
            .variants
            .first()
            .map_or_else(|| "\"…\"".to_owned(), |variant| format!("\"{}\"", variant.name));
    }
    let least = option.signature.range.as_ref().and_then(|range| range.text.split_once("..="));
    if let Some((least, _)) = least {
        return least.trim().to_owned();
    }
    match option.element() {
        OptionType::Bool => "#true",
        OptionType::Integer(_) => "1",
        OptionType::Str => "\"…\"",
        OptionType::Bytes => "\"64KiB\"",
        OptionType::Duration => "\"10ms\"",
        OptionType::Ipv4Addr => "\"10.0.2.2\"",
        OptionType::Ipv4Cidr => "\"10.0.2.15/24\"",
        OptionType::Ipv6Cidr => "\"fd00::15/64\"",
        OptionType::MacAddress => "\"52:54:00:12:34:56\"",
        OptionType::File => "\"file.bin\"",
        OptionType::CSource => "\"main.c\"",
        OptionType::CInclude => "\"include/\"",
        OptionType::CDefine => "\"NDEBUG\"",
        OptionType::CHot => "\"main\"",
        OptionType::Archive => "\"folder/\"",
        _ => "\"…\"",
    }
    .to_owned()
}

/// Whether an option of a platform's own instance is the memory of the machine, which the platform's
/// node sets.
fn is_memory(option: &ModuleOption) -> bool {
    option.signature.name == "memory" && option.signature.ty == OptionType::Bytes
}
