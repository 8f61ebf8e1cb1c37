//! What a requirement is bound to: what the file says, else the platform's default, else the only
//! provider, else a mistake.

use super::{Binding, Instance, Origin, Spot, World};
use crate::catalog::{Module, ModuleRequirement};
use crate::diagnostic::Diagnostic;
use crate::plan::Reason;
use crate::suggest::{listing, nearest};
use crate::syntax::{Spanned, did_you_mean_string, insertion};

impl World<'_, '_> {
    pub(super) fn bind(
        &mut self,
        index: usize,
        number: usize,
        requirement: &ModuleRequirement,
        module: &Module,
    ) -> Option<Binding> {
        let fields = self.instances[index].fields.clone();
        if let Some(set) = fields.binding(number, self.platform()) {
            let target = set.target.as_ref()?;
            return self.bind_written(index, requirement, module, target);
        }
        let declared = Spot { file: module.file.clone(), span: requirement.span.clone() };
        let binding = |target, reason, spot| Some(Binding { target, edge: requirement.edge, reason, spot });
        if let Some((target, default)) = self.bind_default(index, requirement) {
            let target = target?;
            let reason = match self.instances[target].origin {
                // The instance of the file that has the default's name.
                Origin::File(_) => self.reason_written(target),
                _ => Reason::PlatformDefault(
                    self.scope.catalog.files.place(&self.facts.file, self.facts.defaults[default].head.start),
                ),
            };
            return binding(target, reason, declared);
        }
        let mut providers = self.providers_of(&requirement.interfaces);
        providers.retain(|provider| *provider != index);
        match providers.as_slice() {
            [only] => binding(*only, Reason::OnlyProvider, declared),
            [] => {
                if let Some((target, place)) = self.provided_by_a_default(index, requirement) {
                    return binding(target, Reason::PlatformDefault(place), declared);
                }
                self.unbound(index, requirement, module);
                None
            }
            several => {
                self.ambiguous(index, requirement, module, several);
                None
            }
        }
    }

    fn reason_written(&self, instance: usize) -> Reason {
        let spot = &self.instances[instance].spot;
        Reason::Written(self.scope.catalog.files.place(&spot.file, spot.span.start))
    }

    /// Where the fields of an instance are.
    fn fields_file(&self, index: usize) -> crate::source::SourcePath {
        match self.instances[index].origin {
            Origin::Default(_) => self.facts.file.clone(),
            _ => self.scope.file.clone(),
        }
    }

    fn bind_written(
        &mut self,
        index: usize,
        requirement: &ModuleRequirement,
        module: &Module,
        target: &Spanned<String>,
    ) -> Option<Binding> {
        let file = self.fields_file(index);
        let name = self.instances[index].name.clone();
        let found = self.by_name.get(&target.value).copied().or_else(|| {
            let default = *self.defaults.get(&target.value)?;
            Some(self.add_default(default))
        });
        let Some(found) = found else {
            self.no_such_instance(&name, requirement, module, target, &file);
            return None;
        };
        if found == index {
            let diagnostic = Diagnostic::error("E0305", format!("`{name}` is bound to itself"))
                .at(&file, &target.span, format!("`{}` needs another instance", requirement.name))
                .at(&module.file, &requirement.span, "the requirement is declared here")
                .help(self.candidates_help(index, requirement));
            self.diagnostics.push(diagnostic);
            return None;
        }
        if let Some(target_module) = self.module(found)
            && !self.provides_all(&target_module, requirement)
        {
            self.mismatch(index, requirement, module, target, found, &target_module);
            return None;
        }
        let place = self.scope.catalog.files.place(&file, target.span.start);
        Some(Binding {
            target: found,
            edge: requirement.edge,
            reason: Reason::Written(place),
            spot: Spot { file, span: target.span.clone() },
        })
    }

    fn provides_all(&self, module: &Module, requirement: &ModuleRequirement) -> bool {
        requirement.interfaces.iter().all(|(interface, _)| module.provides(*interface))
    }

    /// The platform's default for one of the interfaces, if its instance is not the one that asks and
    /// provides all of them. The inner none: there is a mistake, which is reported.
    fn bind_default(
        &mut self,
        index: usize,
        requirement: &ModuleRequirement,
    ) -> Option<(Option<usize>, usize)> {
        for (interface, _) in &requirement.interfaces {
            let Some(default) = self.default_of.get(interface).copied() else { continue };
            let name = &self.facts.defaults[default].name.value;
            if self.instances[index].name == *name {
                continue;
            }
            let target = self.add_default(default);
            let Some(module) = self.module(target) else { return Some((None, default)) };
            if self.provides_all(&module, requirement) {
                return Some((Some(target), default));
            }
            if matches!(self.instances[target].origin, Origin::File(_)) && !module.provides(*interface) {
                self.takes_place(target, default, &module);
                return Some((None, default));
            }
        }
        None
    }

    /// An instance that has the name of a default takes its place, so it has to provide the same.
    pub(super) fn takes_place(&mut self, target: usize, default: usize, module: &Module) {
        let default = &self.facts.defaults[default];
        let instance = &self.instances[target];
        let interface = &default.interface.value;
        self.diagnostics.push(
            Diagnostic::error(
                "E0310",
                format!(
                    "`{}` takes the place of the platform's default, but does not provide `{interface}`",
                    instance.name
                ),
            )
            .at(&instance.spot.file, &instance.spot.span, "this name is the default's")
            .at(&self.facts.file, &default.head, format!("the default for `{interface}`"))
            .at(&module.file, &module.ident_span, format!("its module provides {}", self.provided(module)))
            .help("give the instance another name with `as=\"…\"`"),
        );
    }

    /// The only one of the platform's defaults that provides all that is required, although it is the
    /// default for something else.
    fn provided_by_a_default(
        &mut self,
        index: usize,
        requirement: &ModuleRequirement,
    ) -> Option<(usize, crate::plan::Place)> {
        let mut found = None;
        for (name, default) in &self.defaults {
            if self.by_name.get(name).is_some_and(|instance| {
                *instance == index || matches!(self.instances[*instance].origin, Origin::File(_))
            }) {
                continue;
            }
            let module = &self.facts.defaults[*default].module.value;
            let folder = self.scope.catalog.modules().get(module).and_then(|folders| folders.first());
            let Some(Ok(module)) = folder.map(|folder| self.scope.catalog.module(folder)) else { continue };
            if self.provides_all(&module, requirement) && found.replace(*default).is_some() {
                return None;
            }
        }
        let default = found?;
        let place = self.scope.catalog.files.place(&self.facts.file, self.facts.defaults[default].head.start);
        Some((self.add_default(default), place))
    }

    fn no_such_instance(
        &mut self,
        name: &str,
        requirement: &ModuleRequirement,
        module: &Module,
        target: &Spanned<String>,
        file: &crate::source::SourcePath,
    ) {
        let elsewhere = self.system.instances.iter().find(|node| node.name.value == target.value);
        if let Some(node) = elsewhere
            && let Some(on) = &node.on
        {
            let platform = self.platform().to_owned();
            self.diagnostics.push(
                Diagnostic::error(
                    "E0308",
                    format!("`{}` is not in the image for `{platform}`", target.value),
                )
                .at(file, &target.span, format!("bound to `{}` of `{name}` here", requirement.name))
                .at(&self.scope.file, &on.span, "limited to this platform")
                .help(format!(
                    "limit the field too, with `on=\"{}\"`, and bind it anew for `{platform}`",
                    on.value
                )),
            );
            return;
        }
        if self.system.lost {
            return;
        }
        let known: Vec<&str> = {
            let mut known: Vec<&str> = self.instances.iter().map(|instance| instance.name.as_str()).collect();
            known.extend(self.defaults.keys().map(String::as_str));
            known.sort_unstable();
            known.dedup();
            known
        };
        let diagnostic = Diagnostic::error("E0301", format!("there is no instance `{}`", target.value))
            .at(file, &target.span, format!("`{}` of `{name}` is bound to it", requirement.name))
            .at(
                &module.file,
                &requirement.span,
                format!("requires {}", self.interface_names(&requirement.interfaces)),
            );
        let diagnostic = match nearest(&target.value, known.iter().copied()) {
            Some(near) => did_you_mean_string(diagnostic, file, target, near),
            None => {
                let suitable: Vec<&str> = self
                    .providers_of(&requirement.interfaces)
                    .into_iter()
                    .map(|provider| self.instances[provider].name.as_str())
                    .filter(|provider| *provider != name)
                    .collect();
                let of_module: Vec<&str> = suitable
                    .iter()
                    .copied()
                    .filter(|provider| {
                        self.by_name
                            .get(*provider)
                            .is_some_and(|index| self.instances[*index].module_name == target.value)
                    })
                    .collect();
                if let [only] = of_module.as_slice() {
                    let diagnostic = did_you_mean_string(diagnostic, file, target, only);
                    diagnostic
                        .help(format!("`{}` is a module; its instance is called `{only}`", target.value))
                } else if suitable.is_empty() {
                    let is_module = self.scope.catalog.modules().contains_key(&target.value);
                    if is_module {
                        let line = format!("module \"{}\"", target.value);
                        let (at, text) = insertion(&self.scope.text, &self.system.node, &line);
                        diagnostic.help(format!("add the line `{line}`")).fix(
                            format!("add `{line}`"),
                            &self.scope.file,
                            &at,
                            text,
                        )
                    } else {
                        diagnostic.help(format!(
                            "add `module \"…\" as=\"{}\"`, or name another instance",
                            target.value
                        ))
                    }
                } else {
                    diagnostic.help(format!("instances that would do: {}", listing(suitable)))
                }
            }
        };
        self.diagnostics.push(diagnostic);
    }

    /// The instances and modules that a requirement could be bound to, as help.
    fn candidates_help(&self, index: usize, requirement: &ModuleRequirement) -> String {
        let instances: Vec<&str> = self
            .providers_of(&requirement.interfaces)
            .into_iter()
            .filter(|provider| *provider != index)
            .map(|provider| self.instances[provider].name.as_str())
            .collect();
        let interfaces = self.interface_names(&requirement.interfaces);
        if !instances.is_empty() {
            return format!("instances that provide {interfaces}: {}", listing(instances));
        }
        let modules = self
            .scope
            .catalog
            .candidates(|module| self.fits(module) && self.provides_all(module, requirement));
        if modules.is_empty() {
            format!("no module of the catalog provides {interfaces} on `{}`", self.platform())
        } else {
            format!("modules that provide {interfaces}: {}", listing(modules.iter().map(String::as_str)))
        }
    }

    fn mismatch(
        &mut self,
        index: usize,
        requirement: &ModuleRequirement,
        module: &Module,
        target: &Spanned<String>,
        found: usize,
        target_module: &Module,
    ) {
        let file = self.fields_file(index);
        let missing: Vec<_> = requirement
            .interfaces
            .iter()
            .filter(|(interface, _)| !target_module.provides(*interface))
            .cloned()
            .collect();
        let interface = |id| self.scope.catalog.interface(id);
        // Two interfaces of one name are told apart by where they come from.
        let namesakes: Vec<_> = target_module
            .provides
            .iter()
            .filter(|(provided, _)| {
                missing
                    .iter()
                    .any(|(missing, _)| interface(*missing).path.ident == interface(*provided).path.ident)
            })
            .collect();
        let path = |id| {
            let path = &interface(id).path;
            format!("{}::{}", path.package.replace('-', "_"), path.ident)
        };
        let names = if namesakes.is_empty() {
            self.interface_names(&missing)
        } else {
            let paths: Vec<String> = missing.iter().map(|(id, _)| format!("`{}`", path(*id))).collect();
            paths.join(" and ")
        };
        let (name, module_name) = (&self.instances[index].name, &self.instances[found].module_name);
        let mut diagnostic = Diagnostic::error(
            "E0304",
            format!("`{}` does not provide {names}, which `{name}` requires", target.value),
        )
        .at(&file, &target.span, format!("an instance of `{module_name}`"));
        for (_, span) in &missing {
            diagnostic =
                diagnostic.at(&module.file, span, format!("`{}` requires it here", requirement.name));
        }
        diagnostic = match target_module.provides.as_slice() {
            [] => diagnostic.at(
                &target_module.file,
                &target_module.ident_span,
                format!("`{module_name}` provides nothing"),
            ),
            [(_, first), ..] => {
                let end = target_module.provides.last().map_or(first.end, |(_, last)| last.end);
                let provided = if namesakes.is_empty() {
                    self.provided(target_module)
                } else {
                    let paths: Vec<String> = target_module.provides.iter().map(|(id, _)| path(*id)).collect();
                    listing(paths.iter().map(String::as_str))
                };
                diagnostic.at(
                    &target_module.file,
                    &(first.start..end),
                    format!("`{module_name}` provides {provided}"),
                )
            }
        };
        if let [(namesake, _), ..] = namesakes.as_slice() {
            let other = interface(*namesake);
            diagnostic = diagnostic.at(
                &other.file,
                &other.span,
                format!("another interface, although it is called `{}` too", other.path.ident),
            );
        }
        // One instance that would do is what was meant.
        let others: Vec<usize> =
            self.providers_of(&requirement.interfaces).into_iter().filter(|other| *other != index).collect();
        diagnostic = match others.as_slice() {
            [only] => {
                let near = self.instances[*only].name.clone();
                diagnostic.help(format!("`{near}` provides it")).fix(
                    format!("bind it to `{near}`"),
                    &file,
                    &target.span,
                    format!("\"{near}\""),
                )
            }
            _ => diagnostic.help(self.candidates_help(index, requirement)),
        };
        self.diagnostics.push(diagnostic);
    }

    fn at_instance(&self, diagnostic: Diagnostic, index: usize, text: &str) -> Diagnostic {
        let Instance { spot, .. } = &self.instances[index];
        diagnostic.at(&spot.file, &spot.span, text)
    }

    fn unbound(&mut self, index: usize, requirement: &ModuleRequirement, module: &Module) {
        if self.is_broken(index) || self.system.lost {
            return;
        }
        let name = self.instances[index].name.clone();
        let interfaces = self.interface_names(&requirement.interfaces);
        let diagnostic = Diagnostic::error(
            "E0302",
            format!("nothing provides {interfaces}, which `{name}` requires as `{}`", requirement.name),
        );
        let mut diagnostic = self.at_instance(diagnostic, index, "has a requirement that is not bound").at(
            &module.file,
            &requirement.span,
            format!("requires {interfaces}"),
        );
        let modules = self
            .scope
            .catalog
            .candidates(|module| self.fits(module) && self.provides_all(module, requirement));
        let unknown: Vec<&str> = self
            .instances
            .iter()
            .filter(|instance| instance.module.is_none())
            .map(|instance| instance.name.as_str())
            .collect();
        for candidate in modules.iter().take(4) {
            let line = self.line_for(candidate);
            let (at, text) = insertion(&self.scope.text, &self.system.node, &line);
            diagnostic = diagnostic.fix(format!("add `{line}`"), &self.scope.file, &at, text);
        }
        let mut help = match modules.as_slice() {
            [] => format!("no module of the catalog provides {interfaces} on `{}`", self.platform()),
            [first] => format!("add the line `{}`", self.line_for(first)),
            [first, ..] => format!(
                "add a line such as `{}`; modules that provide it: {}",
                self.line_for(first),
                listing(modules.iter().map(String::as_str))
            ),
        };
        if !unknown.is_empty() {
            help.push_str(&format!(" (unless {}, which could not be read, does)", listing(unknown)));
        }
        self.diagnostics.push(diagnostic.help(help));
    }

    /// The line that adds an instance of a module under a name that is free.
    pub(super) fn line_for(&self, module: &str) -> String {
        let mut name = module.to_owned();
        let mut number = 2;
        while self.by_name.contains_key(&name) || self.defaults.contains_key(&name) {
            name = format!("{module}-{number}");
            number += 1;
        }
        if name == module {
            format!("module \"{module}\"")
        } else {
            format!("module \"{module}\" as=\"{name}\"")
        }
    }

    fn ambiguous(
        &mut self,
        index: usize,
        requirement: &ModuleRequirement,
        module: &Module,
        providers: &[usize],
    ) {
        let name = self.instances[index].name.clone();
        let interfaces = self.interface_names(&requirement.interfaces);
        let names: Vec<String> =
            providers.iter().map(|provider| self.instances[*provider].name.clone()).collect();
        let diagnostic = Diagnostic::error(
            "E0303",
            format!("`{}` of `{name}` could be bound to {}", requirement.name, either(&names)),
        );
        let mut diagnostic = self.at_instance(diagnostic, index, "does not say which").at(
            &module.file,
            &requirement.span,
            format!("requires {interfaces}"),
        );
        for provider in providers.iter().take(4) {
            diagnostic = self.at_instance(diagnostic, *provider, "provides it");
        }
        let line = |name: &str| self.field_line(index, &requirement.name, &format!("\"{name}\""));
        if let Some(node) = self.written(index).map(|node| node.node.clone()) {
            for name in names.iter().take(4) {
                let (at, text) = insertion(&self.scope.text, &node, &line(name));
                diagnostic = diagnostic.fix(format!("bind it to `{name}`"), &self.scope.file, &at, text);
            }
        }
        let first = names.first().map_or("…", String::as_str);
        self.diagnostics.push(diagnostic.help(format!("add a line such as `{}` to `{name}`", line(first))));
    }
}

fn either(names: &[String]) -> String {
    let listed = listing(names.iter().map(String::as_str));
    match listed.rsplit_once(" and ") {
        Some((before, after)) if !after.ends_with("more") => format!("{before} or {after}"),
        _ => listed,
    }
}
