//! From a system that is sound on a platform to its plan.

use crate::catalog::{InterfaceId, Module, Parameter as ModuleParameter};
use crate::plan::{
    AmbientBinding, ExportedFunction, Instance, InterfacePath, Parameter, Plan, Reason, Resource,
};
use crate::resolve::{Origin, World};
use crate::signature::Edge;
use std::collections::HashSet;

/// The plan; none where something in it is missing, which a diagnostic says.
pub(super) fn plan(
    world: &World<'_, '_>,
    used: &[bool],
    order: &[usize],
    resources: Vec<Resource>,
    memory: u64,
) -> Option<Plan> {
    let path = |id: &InterfaceId| world.scope.catalog.interface(*id).path.clone();
    let mut needed: HashSet<InterfaceId> = ["PanicHandler", "PowerOff"]
        .into_iter()
        .filter_map(|name| world.scope.catalog.known_interface(name))
        .collect();
    for instance in
        world.instances.iter().enumerate().filter(|(index, _)| used[*index]).map(|(_, instance)| instance)
    {
        needed.extend(instance.module.iter().flat_map(|module| module.ambient.iter().map(|(id, _)| *id)));
    }
    let ambient = || world.ambient.iter().filter(|(id, _)| needed.contains(id));
    let mut guarded: HashSet<usize> = ambient().map(|(_, ambient)| ambient.target).collect();
    for (_, instance) in world.instances.iter().enumerate().filter(|(index, _)| used[*index]) {
        let calls = instance.bindings.iter().flatten().filter(|binding| binding.edge == Edge::Call);
        guarded.extend(calls.map(|binding| binding.target));
    }
    let instances: Option<Vec<Instance>> =
        order.iter().map(|index| instance(world, *index, guarded.contains(index))).collect();
    let mut ambient: Vec<AmbientBinding> = ambient()
        .map(|(id, ambient)| AmbientBinding {
            interface: path(id),
            instance: world.instances[ambient.target].name.clone(),
            reason: ambient.reason.clone(),
        })
        .collect();
    ambient.sort_by(|one, two| one.interface.cmp(&two.interface));
    Some(Plan {
        system: world.system.name.clone(),
        platform: world.facts.platform.clone(),
        optimize: world.system.optimize,
        app: world.system.instances[world.system.app?].name.value.clone(),
        instances: instances?,
        ambient,
        resources,
        memory,
    })
}

fn instance(world: &World<'_, '_>, index: usize, guarded: bool) -> Option<Instance> {
    let instance = &world.instances[index];
    let module = instance.module.as_ref()?;
    let files = &world.scope.catalog.files;
    let reason = match instance.origin {
        Origin::Platform => Reason::Platform,
        Origin::File(node) => {
            Reason::Written(files.place(&world.scope.file, world.system.instances[node].node.span.start))
        }
        Origin::Default(_) => {
            Reason::PlatformDefault(files.place(&instance.spot.file, instance.spot.span.start))
        }
    };
    let options: Option<Vec<_>> = instance
        .settings
        .iter()
        .map(|setting| setting.as_ref().map(|(setting, _)| setting.clone()))
        .collect();
    Some(Instance {
        name: instance.name.clone(),
        module: instance.module_name.clone(),
        package: module.package.clone(),
        source: module.folder.clone(),
        ident: module.ident.clone(),
        provides: module
            .provides
            .iter()
            .map(|(id, _)| world.scope.catalog.interface(*id).path.clone())
            .collect(),
        parameters: parameters(world, index, module)?,
        options: options?,
        exports: module
            .exports
            .iter()
            .map(|export| ExportedFunction {
                name: export.name.clone(),
                parameters: export.parameters,
                call: export.call,
            })
            .collect(),
        headers: module.headers.clone(),
        stop: module.stop,
        guarded,
        reason,
    })
}

fn parameters(world: &World<'_, '_>, index: usize, module: &Module) -> Option<Vec<Parameter>> {
    let mut bindings = world.instances[index].bindings.iter();
    let path = |id: &InterfaceId| -> InterfacePath { world.scope.catalog.interface(*id).path.clone() };
    module
        .parameters
        .iter()
        .map(|parameter| match parameter {
            ModuleParameter::Options { ident } => Some(Parameter::Options { ident: ident.clone() }),
            ModuleParameter::Requirement(requirement) => {
                let binding = bindings.next()?.as_ref()?;
                Some(Parameter::Binding {
                    requirement: requirement.name.clone(),
                    instance: world.instances[binding.target].name.clone(),
                    interfaces: requirement.interfaces.iter().map(|(id, _)| path(id)).collect(),
                    edge: binding.edge,
                    reason: binding.reason.clone(),
                })
            }
        })
        .collect()
}
