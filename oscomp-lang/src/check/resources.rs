//! What cannot be shared, and what there is only so much of.

use crate::catalog::ModuleExport;
use crate::diagnostic::Diagnostic;
use crate::plan::Resource;
use crate::resolve::{Origin, Spot, World, devices};
use crate::signature::OptionType;
use crate::suggest::listing;
use crate::value::{Value, format_bytes};
use std::collections::{BTreeMap, HashMap};

/// Every exclusive resource with the instance that claims it; two claims of one are reported.
pub(super) fn claims(
    world: &World<'_, '_>,
    used: &[bool],
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Resource> {
    let mut claimed: HashMap<(String, String), (usize, &Spot)> = HashMap::new();
    let mut resources = Vec::new();
    for (index, instance) in world.instances.iter().enumerate().filter(|(index, _)| used[*index]) {
        let Some(module) = &instance.module else { continue };
        for (option, setting) in module.options.iter().zip(&instance.settings) {
            let Some((setting, spot)) = setting else { continue };
            let mut wanted: Vec<(String, String)> = Vec::new();
            if *option.element() == OptionType::Device {
                wanted.extend(devices(&setting.value).map(|name| ("device".to_owned(), name.to_owned())));
            }
            if let Some(space) = &option.signature.exclusive {
                wanted.extend(texts(&setting.value).into_iter().map(|value| (space.clone(), value)));
            }
            if let Some(protocol) = option.signature.listens {
                wanted.extend(
                    texts(&setting.value).into_iter().map(|value| (protocol.space().to_owned(), value)),
                );
            }
            for (space, value) in wanted {
                if let Some((first, first_spot)) = claimed.get(&(space.clone(), value.clone())) {
                    diagnostics.push(twice(world, index, spot, *first, first_spot, &space, &value));
                    continue;
                }
                claimed.insert((space.clone(), value.clone()), (index, spot));
                resources.push(Resource {
                    space,
                    value,
                    instance: instance.name.clone(),
                    option: setting.name.clone(),
                });
            }
        }
    }
    resources.sort();
    resources
}

/// A name of C's is one function: two instances that have it are reported.
pub(super) fn functions(world: &World<'_, '_>, used: &[bool], diagnostics: &mut Vec<Diagnostic>) {
    let mut owners: HashMap<&str, usize> = HashMap::new();
    let mut clashes: BTreeMap<(usize, usize), Vec<&ModuleExport>> = BTreeMap::new();
    for (index, instance) in world.instances.iter().enumerate().filter(|(index, _)| used[*index]) {
        for export in instance.module.iter().flat_map(|module| &module.exports) {
            let first = *owners.entry(&export.name).or_insert(index);
            if first != index {
                clashes.entry((first, index)).or_default().push(export);
            }
        }
    }
    for ((first, second), functions) in clashes {
        let (one, two) = (&world.instances[first], &world.instances[second]);
        let names = listing(functions.iter().take(3).map(|function| function.name.as_str()));
        let more =
            if functions.len() > 3 { format!(" and {} more", functions.len() - 3) } else { String::new() };
        let mut diagnostic = Diagnostic::error(
            "E0703",
            format!("`{}` and `{}` both have the functions for C {names}{more}", one.name, two.name),
        )
        .at(&two.spot.file, &two.spot.span, "has them too")
        .at(&one.spot.file, &one.spot.span, "has them");
        if let Some(function) = functions.first() {
            diagnostic = diagnostic.at(&function.file, &function.span, "declared here");
        }
        diagnostics.push(
            diagnostic.help("one of the two has to go: a C program finds functions by their names alone"),
        );
    }
}

fn twice(
    world: &World<'_, '_>,
    second: usize,
    second_spot: &Spot,
    first: usize,
    first_spot: &Spot,
    space: &str,
    value: &str,
) -> Diagnostic {
    let (one, two) = (&world.instances[first], &world.instances[second]);
    let (code, what) = if space == "device" {
        ("E0701", format!("device `{value}`"))
    } else {
        ("E0702", format!("{space} `{value}`"))
    };
    // A value that nobody wrote is reported at the instance that has it.
    let at = |diagnostic: Diagnostic, instance: &crate::resolve::Instance, spot: &Spot| {
        let written = spot.file == world.scope.file
            || matches!(instance.origin, Origin::Default(_)) && spot.file == world.facts.file;
        let spot = if written { spot } else { &instance.spot };
        diagnostic.at(&spot.file, &spot.span, format!("claimed by `{}`", instance.name))
    };
    let message = if first == second {
        format!("`{}` claims {what} twice", one.name)
    } else {
        format!("`{}` and `{}` both claim {what}", one.name, two.name)
    };
    let mut diagnostic = at(at(Diagnostic::error(code, message), two, second_spot), one, first_spot);
    diagnostic.labels.sort_by_key(|label| label.file != world.scope.file);
    if space == "device" {
        let kind = world.facts.platform.device(value).map(|device| device.kind.as_str()).unwrap_or_default();
        let others =
            world.facts.platform.devices.iter().filter(|device| device.kind == kind && device.name != value);
        let others: Vec<&str> = others.map(|device| device.name.as_str()).collect();
        if others.is_empty() {
            diagnostic.help(format!(
                "`{}` has no other device of kind `{kind}`: one instance has to go",
                world.platform()
            ))
        } else {
            let devices = format!("other devices of that kind: {}", crate::suggest::listing(others));
            let default =
                [one, two].into_iter().find(|instance| matches!(instance.origin, Origin::Default(_)));
            match default.map(|default| &default.name) {
                Some(default) => diagnostic.help(format!(
                    "`{default}` is a default of `{}`: call the other one `{default}` and it takes its place; {devices}",
                    world.platform()
                )),
                None => diagnostic.help(devices),
            }
        }
    } else {
        diagnostic.help("give one of them another value")
    }
}

/// Each value that is set, as text to compare and to show.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::None => Vec::new(),
        Value::List(values) => values.iter().flat_map(texts).collect(),
        other => vec![other.to_string().trim_matches('"').to_owned()],
    }
}

/// The machine's memory, checked against what the platform and the instances need.
pub(super) fn memory(world: &World<'_, '_>, used: &[bool], diagnostics: &mut Vec<Diagnostic>) -> u64 {
    let facts = &world.facts.memory;
    let memory = world.node.memory.as_ref().map_or(facts.default, |memory| memory.value);
    let file = &world.scope.file;
    let span = world.node.memory.as_ref().map_or(&world.node.name.span, |memory| &memory.span);
    let fix = |diagnostic: Diagnostic, bytes: u64| match &world.node.memory {
        Some(memory) => {
            let text = format_bytes(bytes);
            diagnostic.fix(format!("use {text}"), file, &memory.span, format!("\"{text}\""))
        }
        None => diagnostic,
    };
    let platform = world.platform();
    if memory < facts.least {
        let least = format_bytes(facts.least);
        let diagnostic = Diagnostic::error(
            "E0801",
            format!("{} is less memory than `{platform}` can have", format_bytes(memory)),
        )
        .at(file, span, format!("expected at least {least}"))
        .at(&world.facts.file, &facts.span, "the platform's limits")
        .help(format!("write `memory \"{least}\"` or more"));
        diagnostics.push(fix(diagnostic, facts.least));
        return memory;
    }
    if memory > facts.most {
        let most = format_bytes(facts.most);
        let diagnostic = Diagnostic::error(
            "E0802",
            format!("{} is more memory than `{platform}` can have", format_bytes(memory)),
        )
        .at(file, span, format!("expected at most {most}"))
        .at(&world.facts.file, &facts.span, "the platform's limits")
        .help(format!("write `memory \"{most}\"` or less"));
        diagnostics.push(fix(diagnostic, facts.most));
    }
    let mut sum = u128::from(facts.reserved);
    let mut parts = vec![(sum, format!("{} for the platform", format_bytes(facts.reserved)), None)];
    for (_, instance) in world.instances.iter().enumerate().filter(|(index, _)| used[*index]) {
        let Some(module) = &instance.module else { continue };
        if module.memory > 0 {
            let text = format!("{} for `{}`", format_bytes(module.memory), instance.name);
            parts.push((u128::from(module.memory), text, Some(instance.spot.clone())));
        }
        for (option, setting) in module.options.iter().zip(&instance.settings) {
            if let (true, Some((setting, spot))) = (option.signature.memory, setting)
                && let Some(bytes) = setting.value.number().and_then(|number| u64::try_from(number).ok())
            {
                let text = format!("{} for `{}` of `{}`", format_bytes(bytes), setting.name, instance.name);
                let spot = if spot.file == module.file { instance.spot.clone() } else { spot.clone() };
                parts.push((u128::from(bytes), text, Some(spot)));
            }
        }
    }
    sum += parts.iter().skip(1).map(|(bytes, ..)| bytes).sum::<u128>();
    if sum > u128::from(memory) {
        parts.sort_by_key(|part| std::cmp::Reverse(part.0));
        let total = u64::try_from(sum).unwrap_or(u64::MAX);
        let rounded = total.div_ceil(1 << 20).saturating_mul(1 << 20);
        let shown: Vec<&str> = parts.iter().take(6).map(|(_, text, _)| text.as_str()).collect();
        let more = if parts.len() > shown.len() {
            format!(" + {} more", parts.len() - shown.len())
        } else {
            String::new()
        };
        let mut diagnostic = Diagnostic::error(
            "E0803",
            format!(
                "{} of memory cannot suffice: the image takes at least {}",
                format_bytes(memory),
                kib(total)
            ),
        )
        .at(file, span, "the machine's memory");
        for (_, text, spot) in parts.iter().take(3) {
            if let Some(spot) = spot {
                diagnostic = diagnostic.at(&spot.file, &spot.span, text.clone());
            }
        }
        let diagnostic = diagnostic.help(format!(
            "{}{more}: give the machine more, such as `memory \"{}\"`, or the instances less",
            shown.join(" + "),
            format_bytes(rounded)
        ));
        diagnostics.push(if rounded <= facts.most { fix(diagnostic, rounded) } else { diagnostic });
    }
    memory
}

/// An instance that takes all memory that is left must be the last one to take any.
pub(super) fn leftover(world: &World<'_, '_>, order: &[usize], diagnostics: &mut Vec<Diagnostic>) {
    let Some(memory) = world.scope.catalog.known_interface("Memory") else { return };
    let takes = |index: usize| {
        let module = world.instances[index].module.as_ref()?;
        module
            .requirements()
            .any(|requirement| requirement.interfaces.iter().any(|(interface, _)| *interface == memory))
            .then_some(module)
    };
    let mut taken: Option<(usize, &str)> = None;
    for index in order {
        let Some(module) = takes(*index) else { continue };
        let instance = &world.instances[*index];
        if let Some((greedy, option)) = taken {
            let all = &world.instances[greedy];
            diagnostics.push(
                Diagnostic::error(
                    "E0804",
                    format!("no memory is left for `{}`: `{}` takes all of it", instance.name, all.name),
                )
                .at(&instance.spot.file, &instance.spot.span, "it starts later, and takes memory too")
                .at(&all.spot.file, &all.spot.span, format!("without `{option}` it takes all that is left"))
                .help(format!("give `{}` a size, such as `{option} \"4MiB\"`", all.name)),
            );
        }
        let mut settings = module.options.iter().zip(&instance.settings);
        let unset = settings.find(|(option, setting)| {
            option.signature.memory
                && setting.as_ref().is_none_or(|(setting, _)| matches!(setting.value, Value::None))
        });
        if let (None, Some((option, _))) = (taken, unset) {
            taken = Some((*index, option.signature.name.as_str()));
        }
    }
}

/// A size in whole KiB, for sums.
fn kib(bytes: u64) -> String {
    if bytes.is_multiple_of(1 << 20) {
        format_bytes(bytes)
    } else {
        format!("{}KiB", bytes.div_ceil(1 << 10))
    }
}
