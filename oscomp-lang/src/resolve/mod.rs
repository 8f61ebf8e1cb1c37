//! One system on one platform: which instances there are, what each requirement is bound to, and what
//! each option is.

mod ambient;
mod binding;
mod settings;

pub(crate) use settings::{devices, example};

use crate::catalog::{InterfaceId, Module};
use crate::check::Scope;
use crate::check::fields::{Fields, Reading};
use crate::check::modules::Prepared;
use crate::diagnostic::Diagnostic;
use crate::plan::{Reason, Setting};
use crate::platform::PlatformFile;
use crate::signature::Edge;
use crate::source::SourcePath;
use crate::suggest::listing;
use crate::system::{InstanceNode, PlatformNode, SystemFile};
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::rc::Rc;

/// The name of the platform's own instance.
pub(crate) const PLATFORM: &str = "platform";

/// A place in a source.
#[derive(Clone, Debug)]
pub(crate) struct Spot {
    pub file: SourcePath,
    pub span: Range<usize>,
}

/// Where an instance comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The platform's own.
    Platform,
    /// A node of `system.kdl`.
    File(usize),
    /// A default of `platform.kdl`.
    Default(usize),
}

/// One instance.
pub(crate) struct Instance {
    pub name: String,
    /// The module's name, as written.
    pub module_name: String,
    /// None where there is a mistake in it: nothing that depends on it is reported then.
    pub module: Option<Rc<Module>>,
    pub origin: Origin,
    /// Where it is named.
    pub spot: Spot,
    pub fields: Rc<Fields>,
    /// What each requirement is bound to; none where there is a mistake.
    pub bindings: Vec<Option<Binding>>,
    /// The value of each option with where it comes from; none where there is a mistake.
    pub settings: Vec<Option<(Setting, Spot)>>,
}

/// What a requirement is bound to.
#[derive(Clone)]
pub(crate) struct Binding {
    pub target: usize,
    pub edge: Edge,
    pub reason: Reason,
    /// Where it is written; else where the requirement is declared.
    pub spot: Spot,
}

/// What an ambient interface is bound to.
pub(crate) struct Ambient {
    pub target: usize,
    pub reason: Reason,
}

/// One system on one platform.
pub(crate) struct World<'a, 's> {
    pub scope: &'a Scope<'s>,
    pub system: &'a SystemFile,
    pub node: &'a PlatformNode,
    pub facts: &'a PlatformFile,
    pub instances: Vec<Instance>,
    pub by_name: HashMap<String, usize>,
    pub ambient: BTreeMap<InterfaceId, Ambient>,
    pub diagnostics: Vec<Diagnostic>,
    /// Whether a requirement or an ambient interface is bound to nothing, so that it is not known what is used.
    pub incomplete: bool,
    /// The defaults that hold for this image, by the name of their instance.
    defaults: BTreeMap<String, usize>,
    /// The default of each interface.
    default_of: HashMap<InterfaceId, usize>,
    /// The instances of the file and the platform's own, by what they provide.
    providers: HashMap<InterfaceId, Vec<usize>>,
    prepared: &'a [Prepared],
}

/// Resolves a system on a platform.
pub(crate) fn resolve<'a, 's>(
    scope: &'a Scope<'s>,
    system: &'a SystemFile,
    prepared: &'a [Prepared],
    node: &'a PlatformNode,
    facts: &'a PlatformFile,
) -> World<'a, 's> {
    let mut world = World {
        scope,
        system,
        node,
        facts,
        instances: Vec::new(),
        by_name: HashMap::new(),
        ambient: BTreeMap::new(),
        diagnostics: Vec::new(),
        incomplete: false,
        defaults: BTreeMap::new(),
        default_of: HashMap::new(),
        providers: HashMap::new(),
        prepared,
    };
    world.read_defaults();
    world.add_platform();
    for (index, node) in system.instances.iter().enumerate() {
        if node.holds_on(&world.facts.platform.name) {
            world.add_written(index, node);
        }
    }
    world.index_providers();
    world.bind_everything();
    world.settle();
    world
}

impl World<'_, '_> {
    /// The platform's name.
    pub fn platform(&self) -> &str {
        &self.facts.platform.name
    }

    pub fn module(&self, instance: usize) -> Option<Rc<Module>> {
        self.instances[instance].module.clone()
    }

    /// The node of an instance that the file has.
    pub fn written(&self, instance: usize) -> Option<&InstanceNode> {
        match self.instances[instance].origin {
            Origin::File(index) => self.system.instances.get(index),
            _ => None,
        }
    }

    /// The line that sets a field of an instance here: limited to this platform where the field is already
    /// set for another.
    fn field_line(&self, instance: usize, field: &str, value: &str) -> String {
        let fields = match self.instances[instance].origin {
            Origin::Platform => &self.node.fields,
            _ => match self.written(instance) {
                Some(node) => &node.fields,
                None => return format!("{field} {value}"),
            },
        };
        if fields.iter().any(|other| other.name.value == field) {
            format!("{field} {value} on=\"{}\"", self.platform())
        } else {
            format!("{field} {value}")
        }
    }

    /// Whether part of what the file says of an instance could not be read: what it seems to lack may be
    /// there.
    pub fn is_broken(&self, instance: usize) -> bool {
        self.written(instance).is_some_and(|node| node.broken)
    }

    /// The defaults that hold for this image; mistakes in them are reported when one is needed.
    fn read_defaults(&mut self) {
        for (index, default) in self.facts.defaults.iter().enumerate() {
            if default.optimize.is_some_and(|optimize| optimize != self.system.optimize) {
                continue;
            }
            let interfaces = self.scope.catalog.interfaces_named(&default.interface.value);
            if interfaces.is_empty() {
                self.diagnostics.push(
                    Diagnostic::error(
                        "E0954",
                        format!(
                            "the platform has a default for `{}`, which is no interface",
                            default.interface.value
                        ),
                    )
                    .at(
                        &self.facts.file,
                        &default.interface.span,
                        "not an interface of the catalog",
                    ),
                );
            }
            for interface in interfaces {
                self.default_of.entry(interface).or_insert(index);
            }
            self.defaults.entry(default.name.value.clone()).or_insert(index);
        }
    }

    fn add(&mut self, instance: Instance) -> usize {
        let index = self.instances.len();
        self.by_name.entry(instance.name.clone()).or_insert(index);
        self.instances.push(instance);
        index
    }

    fn add_platform(&mut self) {
        let module = self.scope.catalog.module(&self.facts.platform.source);
        if let Err(problems) = &module {
            for problem in problems.iter() {
                self.diagnostics.push(problem.clone().at(
                    &self.scope.file,
                    &self.node.name.span,
                    "the platform is named here",
                ));
            }
        }
        let module = module.ok();
        let fields = module.as_ref().map(|module| {
            let mut reading = Reading {
                scope: self.scope,
                file: &self.scope.file,
                module,
                instance: PLATFORM,
                others: &["memory"],
                diagnostics: &mut self.diagnostics,
            };
            reading.read(&self.node.fields)
        });
        self.add(Instance {
            name: PLATFORM.to_owned(),
            module_name: self.facts.platform.name.clone(),
            module,
            origin: Origin::Platform,
            spot: Spot { file: self.scope.file.clone(), span: self.node.name.span.clone() },
            fields: Rc::new(fields.unwrap_or_default()),
            bindings: Vec::new(),
            settings: Vec::new(),
        });
    }

    fn add_written(&mut self, index: usize, node: &InstanceNode) {
        let prepared = &self.prepared[index];
        self.add(Instance {
            name: node.name.value.clone(),
            module_name: node.module.value.clone(),
            module: prepared.module.clone(),
            origin: Origin::File(index),
            spot: Spot { file: self.scope.file.clone(), span: node.name.span.clone() },
            fields: prepared.fields.clone(),
            bindings: Vec::new(),
            settings: Vec::new(),
        });
    }

    /// The instance of a default; made the first time that it is needed.
    fn add_default(&mut self, index: usize) -> usize {
        let default = &self.facts.defaults[index];
        if let Some(instance) = self.by_name.get(&default.name.value) {
            return *instance;
        }
        let module =
            match self.scope.catalog.modules().get(&default.module.value).and_then(|folders| folders.first())
            {
                Some(folder) => {
                    let module = self.scope.catalog.module(folder);
                    if let Err(problems) = &module {
                        let labelled = problems.iter().map(|problem| {
                            problem.clone().at(
                                &self.facts.file,
                                &default.module.span,
                                "the module is named here",
                            )
                        });
                        self.diagnostics.extend(labelled);
                    }
                    module.ok()
                }
                None => {
                    self.diagnostics.push(
                        Diagnostic::error("E0954", format!("there is no module `{}`", default.module.value))
                            .at(&self.facts.file, &default.module.span, "a default of the platform"),
                    );
                    None
                }
            };
        let fields = module.as_ref().map(|module| {
            let mut reading = Reading {
                scope: self.scope,
                file: &self.facts.file,
                module,
                instance: &default.name.value,
                others: &[],
                diagnostics: &mut self.diagnostics,
            };
            reading.read(&default.fields)
        });
        let instance = self.add(Instance {
            name: default.name.value.clone(),
            module_name: default.module.value.clone(),
            module: module.clone(),
            origin: Origin::Default(index),
            spot: Spot { file: self.facts.file.clone(), span: default.head.clone() },
            fields: Rc::new(fields.unwrap_or_default()),
            bindings: Vec::new(),
            settings: Vec::new(),
        });
        if let Some(module) = module {
            let provided = self.scope.catalog.interfaces_named(&default.interface.value);
            if !provided.is_empty() && !provided.iter().any(|interface| module.provides(*interface)) {
                self.diagnostics.push(
                    Diagnostic::error(
                        "E0954",
                        format!(
                            "module `{}` does not provide `{}`",
                            default.module.value, default.interface.value
                        ),
                    )
                    .at(&self.facts.file, &default.head, "a default of the platform")
                    .at(
                        &module.file,
                        &module.ident_span,
                        format!("it provides {}", self.provided(&module)),
                    ),
                );
            }
        }
        instance
    }

    fn index_providers(&mut self) {
        for (index, instance) in self.instances.iter().enumerate() {
            let Some(module) = &instance.module else { continue };
            for (interface, _) in &module.provides {
                self.providers.entry(*interface).or_default().push(index);
            }
        }
    }

    /// The instances of the file, and the platform's own, that provide all of `interfaces`.
    fn providers_of(&self, interfaces: &[(InterfaceId, Range<usize>)]) -> Vec<usize> {
        let none = Vec::new();
        let providers = |interface: &InterfaceId| self.providers.get(interface).unwrap_or(&none);
        let rarest =
            interfaces.iter().map(|(interface, _)| providers(interface)).min_by_key(|list| list.len());
        let all = |instance: &&usize| {
            self.instances[**instance]
                .module
                .as_ref()
                .is_some_and(|module| interfaces.iter().all(|(interface, _)| module.provides(*interface)))
        };
        rarest.unwrap_or(&none).iter().filter(all).copied().collect()
    }

    /// Binds every requirement and every ambient interface, which makes the defaults that they need.
    fn bind_everything(&mut self) {
        self.refuse_two_of_one();
        for name in ["PanicHandler", "PowerOff"] {
            if let Some(interface) = self.scope.catalog.known_interface(name) {
                self.bind_ambient(interface, None);
            }
        }
        let mut next = 0;
        while next < self.instances.len() {
            self.bind_instance(next);
            next += 1;
        }
    }

    fn bind_instance(&mut self, index: usize) {
        let Some(module) = self.module(index) else { return };
        let mut bindings = Vec::new();
        for (number, requirement) in module.requirements().enumerate() {
            let binding = self.bind(index, number, requirement, &module);
            self.incomplete |= binding.is_none();
            bindings.push(binding);
        }
        self.instances[index].bindings = bindings;
        for (interface, span) in &module.ambient {
            self.bind_ambient(*interface, Some((index, span.clone())));
        }
    }

    /// The instances that the app needs, those of ambient interfaces included; the rest is left out.
    pub fn used(&self) -> Vec<bool> {
        // What a module needs that could not be read is not known.
        if self.incomplete || self.instances.iter().any(|instance| instance.module.is_none()) {
            return vec![true; self.instances.len()];
        }
        let mut used = vec![false; self.instances.len()];
        let app = self.system.app.and_then(|app| self.by_name.get(&self.system.instances[app].name.value));
        let always = ["PanicHandler", "PowerOff"].into_iter().filter_map(|name| {
            let interface = self.scope.catalog.known_interface(name)?;
            Some(self.ambient.get(&interface)?.target)
        });
        // C programs name functions, not instances: whoever writes one that has some wants it.
        let for_c = (0..self.instances.len()).filter(|index| {
            let instance = &self.instances[*index];
            let serves = |module: &Rc<Module>| !module.exports.is_empty() || module.headers.is_some();
            instance.module.as_ref().is_some_and(serves) && matches!(instance.origin, Origin::File(_))
        });
        let mut stack: Vec<usize> = always.chain(app.copied()).chain([0]).chain(for_c).collect();
        while let Some(index) = stack.pop() {
            if std::mem::replace(&mut used[index], true) {
                continue;
            }
            let instance = &self.instances[index];
            stack.extend(instance.bindings.iter().flatten().map(|binding| binding.target));
            if let Some(module) = &instance.module {
                let ambient = module.ambient.iter().filter_map(|(interface, _)| self.ambient.get(interface));
                stack.extend(ambient.map(|ambient| ambient.target));
            }
        }
        used
    }

    /// What a module provides, for a report.
    pub fn provided(&self, module: &Module) -> String {
        let names: Vec<String> = module
            .provides
            .iter()
            .map(|(id, _)| self.scope.catalog.interface(*id).path.ident.clone())
            .collect();
        if names.is_empty() { "nothing".to_owned() } else { listing(names.iter().map(String::as_str)) }
    }

    /// The names of interfaces, for a report.
    pub fn interface_names(&self, interfaces: &[(InterfaceId, Range<usize>)]) -> String {
        let names: Vec<String> =
            interfaces.iter().map(|(id, _)| self.scope.catalog.interface(*id).path.ident.clone()).collect();
        names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and ")
    }

    /// Whether a module can be part of an image for this platform.
    pub fn fits(&self, module: &Module) -> bool {
        let platform = &self.facts.platform;
        (module.arch.is_empty() || module.arch.iter().any(|(arch, _)| *arch == platform.arch))
            && module.environment.as_ref().is_none_or(|(environment, _)| *environment == platform.environment)
    }
}
