//! What each instance has to be by itself: of use, at home on the platform, consistent in its options.

use crate::diagnostic::Diagnostic;
use crate::resolve::{Instance, Origin, Spot, World};
use crate::signature::Environment;
use crate::suggest::listing;
use crate::value::Value;
use std::collections::HashMap;

/// Instances that the app does not need are left out, with a warning.
pub(super) fn unused(world: &World<'_, '_>, used: &[bool], diagnostics: &mut Vec<Diagnostic>) {
    for (index, instance) in world.instances.iter().enumerate() {
        if used[index] || !matches!(instance.origin, Origin::File(_)) || instance.module.is_none() {
            continue;
        }
        let help = match &instance.module {
            Some(module) if !module.provides.is_empty() => format!(
                "it provides {}: bind a requirement to it, as in `FIELD \"{}\"`, or delete it",
                world.provided(module),
                instance.name
            ),
            _ => "its module provides nothing that another could require: delete it".to_owned(),
        };
        diagnostics.push(
            Diagnostic::warning(
                "W0101",
                format!("nothing uses `{}`, so the image is built without it", instance.name),
            )
            .at(&instance.spot.file, &instance.spot.span, "not needed by the app")
            .help(help),
        );
    }
}

/// Whether the platform's architecture and environment are among those that the module can serve.
pub(super) fn support(world: &World<'_, '_>, diagnostics: &mut Vec<Diagnostic>) {
    let platform = &world.facts.platform;
    for instance in &world.instances {
        let Some(module) = &instance.module else { continue };
        if world.fits(module) {
            continue;
        }
        let instead = || {
            let wanted = &module.provides;
            let others = world.scope.catalog.candidates(|other| {
                world.fits(other) && wanted.iter().all(|(interface, _)| other.provides(*interface))
            });
            let limit = match instance.origin {
                Origin::File(_) => ", or limit the instance to another platform with `on=\"…\"`",
                _ => "",
            };
            if others.is_empty() || wanted.is_empty() {
                format!("use another module on `{}`{limit}", platform.name)
            } else {
                format!(
                    "modules that provide {} there: {}{limit}",
                    world.provided(module),
                    listing(others.iter().map(String::as_str))
                )
            }
        };
        let spot = module_spot(world, instance);
        if !module.arch.is_empty() && !module.arch.iter().any(|(arch, _)| *arch == platform.arch) {
            let (first, last) = (&module.arch[0].1, &module.arch[module.arch.len() - 1].1);
            diagnostics.push(
                Diagnostic::error(
                    "E0601",
                    format!(
                        "module `{}` does not serve `{}`, the architecture of `{}`",
                        instance.module_name, platform.arch, platform.name
                    ),
                )
                .at(&spot.file, &spot.span, format!("`{}` is an instance of it", instance.name))
                .at(&module.file, &(first.start..last.end), "the architectures that it serves")
                .at(&world.facts.file, &world.facts.arch_span, "the platform's architecture")
                .help(instead()),
            );
        }
        if let Some((environment, span)) = &module.environment
            && *environment != platform.environment
        {
            diagnostics.push(
                Diagnostic::error(
                    "E0602",
                    format!(
                        "module `{}` is for {} platforms, and `{}` is {}",
                        instance.module_name,
                        environment.name(),
                        platform.name,
                        platform.environment.name()
                    ),
                )
                .at(&spot.file, &spot.span, format!("`{}` is an instance of it", instance.name))
                .at(&module.file, span, "the environment that it is for")
                .at(&world.facts.file, &world.facts.environment_span, "the platform's environment")
                .help(instead()),
            );
        }
    }
}

/// Sources in C are for images that run on the machine itself: a process has the host's library, not the modules'.
pub(super) fn c_sources(world: &World<'_, '_>, diagnostics: &mut Vec<Diagnostic>) {
    let platform = &world.facts.platform;
    if platform.environment == Environment::BareMetal {
        return;
    }
    for instance in &world.instances {
        // Of a module that is for another environment as a whole that is said already.
        if instance.module.as_ref().is_none_or(|module| !world.fits(module)) {
            continue;
        }
        let is_source = |value: &Value| match value {
            Value::List(values) => values.iter().any(|value| matches!(value, Value::CSource(_))),
            value => matches!(value, Value::CSource(_)),
        };
        for (setting, spot) in
            instance.settings.iter().flatten().filter(|(setting, _)| is_source(&setting.value))
        {
            let message = format!(
                "`{}` of `{}` names sources in C, which a process has none of: `{}` is {}",
                setting.name,
                instance.name,
                platform.name,
                platform.environment.name()
            );
            diagnostics.push(
                Diagnostic::error("E0607", message)
                    .at(&spot.file, &spot.span, "the sources")
                    .at(&world.facts.file, &world.facts.environment_span, "the platform's environment")
                    .help("leave them out there, as by another instance with `on=\"…\"`, or say `environment = \"bare-metal\"` in the module's #[module(..)]"),
            );
        }
    }
}

/// Where the module of an instance is named.
fn module_spot(world: &World<'_, '_>, instance: &Instance) -> Spot {
    match instance.origin {
        Origin::File(index) => {
            Spot { file: world.scope.file.clone(), span: world.system.instances[index].module.span.clone() }
        }
        _ => instance.spot.clone(),
    }
}

/// The conditions across options, for every instance whose options are all known.
pub(super) fn conditions(world: &World<'_, '_>, diagnostics: &mut Vec<Diagnostic>) {
    for instance in &world.instances {
        let Some(module) = &instance.module else { continue };
        if module.conditions.is_empty() {
            continue;
        }
        let values: HashMap<&str, (&Value, &Spot)> = instance
            .settings
            .iter()
            .flatten()
            .map(|(setting, spot)| (setting.name.as_str(), (&setting.value, spot)))
            .collect();
        for (condition, span) in &module.conditions {
            if condition.options.iter().any(|option| !values.contains_key(option.as_str())) {
                continue;
            }
            let message = match condition.holds(|name| values.get(name).map(|(value, _)| *value)) {
                Some(true) => continue,
                Some(false) => {
                    format!("the options of `{}` contradict each other: {}", instance.name, condition.message)
                }
                None => {
                    format!("a condition on the options of `{}` divides by zero or overflows", instance.name)
                }
            };
            let mut diagnostic = Diagnostic::error("E0406", message);
            let spots =
                condition.options.iter().filter_map(|name| Some((name, values.get(name.as_str())?.1)));
            let (written, defaults): (Vec<_>, Vec<_>) = spots.partition(|(_, spot)| spot.file != module.file);
            for (name, spot) in &written {
                diagnostic = diagnostic.at(&spot.file, &spot.span, format!("`{name}` is set here"));
            }
            if written.is_empty() {
                diagnostic =
                    diagnostic.at(&instance.spot.file, &instance.spot.span, "the options of this instance");
            }
            diagnostic = diagnostic.at(&module.file, span, condition.message.clone());
            for (name, spot) in &defaults {
                diagnostic = diagnostic.at(&spot.file, &spot.span, format!("`{name}` has its default"));
            }
            diagnostics.push(diagnostic.help(format!("change {}", names(&condition.options))));
        }
    }
}

fn names(options: &[String]) -> String {
    let names: Vec<String> = options.iter().map(|name| format!("`{name}`")).collect();
    names.join(" or ")
}
