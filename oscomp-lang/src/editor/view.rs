//! A system as far as it can be made out, resolved on each of its platforms.

use crate::catalog::{Module, ModuleOption, ModuleRequirement};
use crate::check::modules::{self, Prepared};
use crate::check::{CheckOptions, Scope, wanted};
use crate::edit::SystemText;
use crate::resolve::{Instance, Origin, World, resolve};
use crate::source::SourcePath;
use crate::syntax::Node;
use crate::system::{self, Field, InstanceNode, PlatformNode, SystemFile};
use std::ops::Range;
use std::rc::Rc;

/// What answers are made from.
pub struct View<'a, 's> {
    pub(crate) scope: &'a Scope<'s>,
    pub(crate) nodes: &'a [Node],
    pub(crate) system: Option<&'a SystemFile>,
    pub(crate) prepared: &'a [Prepared],
    pub(crate) worlds: &'a [World<'a, 's>],
}

/// Whose a field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// A platform of the system, by number.
    Platform(usize),
    /// An instance of the file, by number.
    Instance(usize),
}

/// What a field is, by its module.
pub(crate) enum Signature<'m> {
    Option(&'m ModuleOption),
    Requirement(&'m ModuleRequirement),
}

impl View<'_, '_> {
    pub(super) fn with<T>(scope: &Scope<'_>, answer: impl FnOnce(&View<'_, '_>) -> T) -> T {
        let (nodes, mistakes) = scope.catalog.parse(&scope.text);
        let hiding = mistakes.iter().filter(|found| found.code != "E0220");
        let broken: Vec<Range<usize>> = hiding.map(|found| found.span.clone()).collect();
        // What is wrong is what check says.
        let mut found = Vec::new();
        let system = system::read(&scope.file, &scope.text, nodes.clone(), &broken, &mut found);
        let Some(system) = &system else {
            return answer(&View { scope, nodes: &nodes, system: None, prepared: &[], worlds: &[] });
        };
        let prepared = modules::prepare(scope, system, &mut found);
        let wanted = wanted(scope, system, &CheckOptions::default(), &mut found);
        let worlds: Vec<World<'_, '_>> =
            wanted.iter().map(|(node, facts)| resolve(scope, system, &prepared, node, facts)).collect();
        answer(&View { scope, nodes: &nodes, system: Some(system), prepared: &prepared, worlds: &worlds })
    }

    /// The system's file.
    #[must_use]
    pub fn file(&self) -> &SourcePath {
        &self.scope.file
    }

    /// Its text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.scope.text
    }

    /// The text, ready to be changed.
    pub(crate) fn system_text(&self) -> Option<SystemText<'_>> {
        Some(SystemText::of(self.file(), self.text(), self.system?.clone()))
    }

    pub(crate) fn instances(&self) -> &[InstanceNode] {
        self.system.map_or(&[], |system| &system.instances)
    }

    pub(crate) fn platforms(&self) -> &[PlatformNode] {
        self.system.map_or(&[], |system| &system.platforms)
    }

    /// The module of an instance of the file, if it is known.
    pub(crate) fn module(&self, instance: usize) -> Option<&Rc<Module>> {
        self.prepared.get(instance)?.module.as_ref()
    }

    /// Whose fields those are.
    pub(crate) fn module_of(&self, owner: Owner) -> Option<Rc<Module>> {
        match owner {
            Owner::Instance(instance) => self.module(instance).cloned(),
            Owner::Platform(platform) => {
                let facts = self.scope.catalog.platform(&self.platforms().get(platform)?.name.value).ok()?;
                self.scope.catalog.module(&facts.platform.source).ok()
            }
        }
    }

    pub(crate) fn fields(&self, owner: Owner) -> &[Field] {
        match owner {
            Owner::Platform(platform) => self.platforms().get(platform).map_or(&[], |node| &node.fields),
            Owner::Instance(instance) => self.instances().get(instance).map_or(&[], |node| &node.fields),
        }
    }

    /// What a platform or an instance has become in each image that has it.
    pub(crate) fn resolved(&self, owner: Owner) -> impl Iterator<Item = (&World<'_, '_>, &Instance)> {
        self.worlds.iter().filter_map(move |world| {
            let instance = match owner {
                Owner::Platform(platform) => {
                    let node = self.platforms().get(platform)?;
                    let own = node.name.span == world.node.name.span;
                    own.then(|| world.instances.iter().find(|instance| instance.origin == Origin::Platform))?
                }
                Owner::Instance(number) => {
                    world.instances.iter().find(|instance| instance.origin == Origin::File(number))
                }
            };
            Some((world, instance?))
        })
    }

    /// The instance of the file whose node has that place.
    pub(crate) fn instance_at(&self, offset: usize) -> Option<usize> {
        let within = |node: &InstanceNode| node.node.span.start <= offset && offset <= node.node.span.end;
        self.instances().iter().position(within)
    }

    /// The platform of the file whose node has that place.
    pub(crate) fn platform_at(&self, offset: usize) -> Option<usize> {
        let within = |node: &PlatformNode| node.node.span.start <= offset && offset <= node.node.span.end;
        self.platforms().iter().position(within)
    }

    /// The name of an interface.
    pub(crate) fn interface_names(
        &self,
        interfaces: &[(crate::catalog::InterfaceId, Range<usize>)],
    ) -> String {
        let names: Vec<String> =
            interfaces.iter().map(|(id, _)| self.scope.catalog.interface(*id).path.ident.clone()).collect();
        names.join(" + ")
    }
}

/// What a module declares by that name.
pub(crate) fn signature<'m>(module: &'m Module, field: &str) -> Option<Signature<'m>> {
    let option = module.option(field).map(Signature::Option);
    option.or_else(|| module.requirement(field).map(|(_, requirement)| Signature::Requirement(requirement)))
}
