//! What a system has on each of its platforms, whether it is sound or not: for tools that show it and change it.

mod change;
mod field;

pub use change::Place;
pub use field::{Field, FieldKind};

use crate::catalog::{InterfaceId, ModuleEntry, entry};
use crate::edit::written;
use crate::editor::View;
use crate::plan::Reason;
use crate::resolve::{self, World};
use crate::system;
use std::collections::HashMap;
use std::rc::Rc;

/// What a system has.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    /// The system's name; empty where the file has no system.
    pub system: String,
    /// One for each platform that is known, in the order of the file.
    pub images: Vec<Image>,
}

/// What a system has on one platform.
#[derive(Clone, Debug)]
pub struct Image {
    /// The platform.
    pub platform: String,
    /// Its instances: the platform's own, those of the file, and the defaults that something needs.
    pub members: Vec<Member>,
    /// The ambient interfaces that something needs.
    pub ambient: Vec<Ambient>,
}

/// One instance.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its name; `platform` for the platform's own.
    pub name: String,
    /// Its module, as it is written.
    pub module: String,
    /// What the module is; none where there is a mistake in it.
    pub entry: Option<Rc<ModuleEntry>>,
    /// Where it comes from.
    pub origin: Origin,
    /// Whether the image needs it.
    pub used: bool,
    /// Its requirements, then its options, in source order.
    pub fields: Vec<Field>,
}

/// Where an instance comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The platform's own.
    Platform,
    /// The app of the file.
    App,
    /// A module of the file.
    Module {
        /// The only platform that has it.
        on: Option<String>,
    },
    /// A default of the platform.
    Default {
        /// What the platform sets, as literals of KDL.
        fields: Vec<(String, Vec<String>)>,
    },
}

/// What an ambient interface is bound to.
#[derive(Clone, Debug)]
pub struct Ambient {
    /// The interface.
    pub interface: String,
    /// The instance.
    pub instance: String,
    /// The rule that chose it.
    pub reason: Reason,
}

impl Image {
    /// The instance of that name.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.name == name)
    }
}

impl Member {
    /// Its field of that name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Whether the file has it.
    #[must_use]
    pub const fn is_written(&self) -> bool {
        matches!(self.origin, Origin::App | Origin::Module { .. })
    }
}

impl Inventory {
    /// What the system has on a platform.
    #[must_use]
    pub fn image(&self, platform: &str) -> Option<&Image> {
        self.images.iter().find(|image| image.platform == platform)
    }
}

impl View<'_, '_> {
    /// What the system has.
    #[must_use]
    pub fn inventory(&self) -> Inventory {
        let mut entries = HashMap::new();
        Inventory {
            system: self.system.map_or_else(String::new, |system| system.name.clone()),
            images: self.worlds.iter().map(|world| image(world, &mut entries)).collect(),
        }
    }
}

type Entries = HashMap<crate::source::SourcePath, Rc<ModuleEntry>>;

fn image(world: &World<'_, '_>, entries: &mut Entries) -> Image {
    let used = world.used();
    let members =
        world.instances.iter().zip(used).map(|(instance, used)| member(world, instance, used, entries));
    let name = |id: &InterfaceId| world.scope.catalog.interface(*id).path.ident.clone();
    let mut ambient: Vec<Ambient> = world
        .ambient
        .iter()
        .map(|(interface, bound)| Ambient {
            interface: name(interface),
            instance: world.instances[bound.target].name.clone(),
            reason: bound.reason.clone(),
        })
        .collect();
    ambient.sort_by(|one, two| one.interface.cmp(&two.interface));
    Image { platform: world.platform().to_owned(), members: members.collect(), ambient }
}

fn member(world: &World<'_, '_>, instance: &resolve::Instance, used: bool, entries: &mut Entries) -> Member {
    let entry = instance.module.as_ref().map(|module| {
        let known = entries.entry(module.folder.clone());
        let name = &instance.module_name;
        known.or_insert_with(|| Rc::new(entry(&world.scope.catalog, name, module))).clone()
    });
    let origin = match instance.origin {
        resolve::Origin::Platform => Origin::Platform,
        resolve::Origin::File(index) => match world.system.instances.get(index) {
            Some(node) if !node.is_app => Origin::Module { on: node.on.as_ref().map(|on| on.value.clone()) },
            _ => Origin::App,
        },
        resolve::Origin::Default(index) => {
            Origin::Default { fields: literals(&world.facts.defaults[index].fields) }
        }
    };
    let fields = entry.as_ref().map(|entry| field::fields(world, instance, entry)).unwrap_or_default();
    Member { name: instance.name.clone(), module: instance.module_name.clone(), entry, origin, used, fields }
}

/// Fields with their values as literals of KDL.
pub(crate) fn literals(fields: &[system::Field]) -> Vec<(String, Vec<String>)> {
    let literals = |field: &system::Field| {
        let values = field.values.iter().map(|value| written(&value.value));
        (field.name.value.clone(), values.collect())
    };
    fields.iter().map(literals).collect()
}
