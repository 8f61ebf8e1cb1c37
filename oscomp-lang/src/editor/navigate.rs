//! From a place to what it names, and back.

use super::subject::SubjectKind;
use super::view::{Owner, Signature, signature};
use super::{Location, View};
use crate::catalog::{InterfaceId, Module};
use crate::resolve::Origin;
use crate::source::SourcePath;
use crate::value::Literal;
use std::collections::BTreeSet;
use std::ops::Range;

impl View<'_, '_> {
    /// Where what a place names is declared.
    #[must_use]
    pub fn definitions(&self, offset: usize) -> Vec<Location> {
        let Some(subject) = self.subject(offset) else { return Vec::new() };
        match subject.kind {
            SubjectKind::Keyword(_) => Vec::new(),
            SubjectKind::Platform(number) => self.platform_file(&self.platforms()[number].name.value),
            SubjectKind::OnlyOn(name) => {
                let platform = self.platforms().iter().find(|platform| platform.name.value == name);
                platform.map(|platform| Location::new(self.file(), &platform.name.span)).into_iter().collect()
            }
            SubjectKind::Module(number) | SubjectKind::Name(number) | SubjectKind::Path(number) => {
                let module = self.module(number);
                module.map(|module| Location::new(&module.file, &module.ident_span)).into_iter().collect()
            }
            SubjectKind::Field(owner, number) => {
                let Some(module) = self.module_of(owner) else { return Vec::new() };
                let name = &self.fields(owner)[number].name.value;
                match signature(&module, name) {
                    Some(Signature::Option(option)) => vec![Location::new(&module.file, &option.span)],
                    Some(Signature::Requirement(requirement)) => {
                        vec![Location::new(&module.file, &requirement.span)]
                    }
                    None => Vec::new(),
                }
            }
            SubjectKind::Value(owner, field, value) => self.value_definitions(owner, field, value),
        }
    }

    /// The interfaces that a place is about: what the module there provides, what the field there requires.
    #[must_use]
    pub fn type_definitions(&self, offset: usize) -> Vec<Location> {
        let interfaces = self.interfaces_at(offset);
        let interface = |id: &InterfaceId| {
            let interface = self.scope.catalog.interface(*id);
            Location::new(&interface.file, &interface.span)
        };
        interfaces.iter().map(interface).collect()
    }

    /// The modules of the catalog that provide what a place requires or provides.
    #[must_use]
    pub fn implementations(&self, offset: usize) -> Vec<Location> {
        let interfaces = self.interfaces_at(offset);
        if interfaces.is_empty() {
            return Vec::new();
        }
        let catalog = &self.scope.catalog;
        let names = catalog.candidates(|module| interfaces.iter().all(|id| module.provides(*id)));
        let modules =
            names.iter().filter_map(|name| catalog.module(catalog.modules().get(name)?.first()?).ok());
        modules.map(|module| Location::new(&module.file, &module.ident_span)).collect()
    }

    fn interfaces_at(&self, offset: usize) -> Vec<InterfaceId> {
        let ids = |interfaces: &[(InterfaceId, Range<usize>)]| interfaces.iter().map(|(id, _)| *id).collect();
        match self.subject(offset).map(|subject| subject.kind) {
            Some(SubjectKind::Module(number) | SubjectKind::Name(number) | SubjectKind::Path(number)) => {
                self.module(number).map(|module| ids(&module.provides)).unwrap_or_default()
            }
            Some(SubjectKind::Field(owner, field) | SubjectKind::Value(owner, field, _)) => {
                let name = &self.fields(owner)[field].name.value;
                let module = self.module_of(owner);
                let requirement = module.as_ref().and_then(|module| module.requirement(name));
                requirement.map(|(_, requirement)| ids(&requirement.interfaces)).unwrap_or_default()
            }
            _ => Vec::new(),
        }
    }

    fn platform_file(&self, name: &str) -> Vec<Location> {
        let facts = self.scope.catalog.platform(name);
        facts.map(|facts| vec![Location::new(&facts.file, &(0..0))]).unwrap_or_default()
    }

    fn value_definitions(&self, owner: Owner, field: usize, value: usize) -> Vec<Location> {
        let field = &self.fields(owner)[field];
        let Some(module) = self.module_of(owner) else { return Vec::new() };
        let Literal::String(text) = &field.values[value].value else { return Vec::new() };
        match signature(&module, &field.name.value) {
            Some(Signature::Requirement(..)) => self.instance_definitions(text),
            Some(Signature::Option(option)) => {
                let choice = option.choice.as_ref();
                if let Some(variant) =
                    choice.and_then(|choice| choice.variants.iter().find(|variant| variant.name == *text))
                {
                    return vec![Location::new(&module.file, &variant.ident.span().byte_range())];
                }
                // A device of a platform, or a file of the project.
                let mut found: Vec<Location> = Vec::new();
                for world in self.worlds {
                    let devices = &world.facts.platform.devices;
                    if option.signature.device.is_some()
                        && let Some(number) = devices.iter().position(|device| device.name == *text)
                    {
                        found.push(Location::new(&world.facts.file, &world.facts.device_spans[number]));
                    }
                }
                let path = SourcePath::Project(String::new()).join(text);
                if found.is_empty()
                    && option.element().is_path()
                    && self.scope.catalog.files.read(&path).is_ok()
                {
                    found.push(Location::new(&path, &(0..0)));
                }
                found.dedup();
                found
            }
            None => Vec::new(),
        }
    }

    /// Where instances of that name are: in the file, else among the defaults of the platforms.
    fn instance_definitions(&self, name: &str) -> Vec<Location> {
        let named = self.instances().iter().filter(|node| node.name.value == name);
        let found: Vec<Location> = named.map(|node| Location::new(self.file(), &node.name.span)).collect();
        if !found.is_empty() {
            return found;
        }
        let defaults = self.worlds.iter().filter_map(|world| {
            let instance = world.instances.iter().find(|instance| instance.name == name)?;
            match instance.origin {
                Origin::Default(_) => Some(Location::new(&instance.spot.file, &instance.spot.span)),
                _ => None,
            }
        });
        defaults.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Every place of the file that names the same as a place does; its declaration is among them if
    /// `declaration`.
    #[must_use]
    pub fn references(&self, offset: usize, declaration: bool) -> Vec<Location> {
        let Some(subject) = self.subject(offset) else { return Vec::new() };
        let spans = match subject.kind {
            SubjectKind::Keyword(_) | SubjectKind::Path(_) => Vec::new(),
            SubjectKind::Platform(number) => {
                self.platform_places(&self.platforms()[number].name.value, declaration)
            }
            SubjectKind::OnlyOn(name) => self.platform_places(&name, declaration),
            SubjectKind::Module(number) if self.instances()[number].name.span != subject.span => {
                self.module_places(number)
            }
            SubjectKind::Module(number) | SubjectKind::Name(number) => {
                self.instance_places(&self.instances()[number].name.value, declaration)
            }
            SubjectKind::Field(owner, field) => {
                let name = &self.fields(owner)[field].name.value;
                self.module_of(owner).map(|module| self.field_places(&module, name)).unwrap_or_default()
            }
            SubjectKind::Value(owner, field, value) => {
                let field = &self.fields(owner)[field];
                let module = self.module_of(owner);
                let bound = module.is_some_and(|module| module.requirement(&field.name.value).is_some());
                match &field.values[value].value {
                    Literal::String(name) if bound => self.instance_places(name, declaration),
                    _ => Vec::new(),
                }
            }
        };
        spans.iter().map(|span| Location::new(self.file(), span)).collect()
    }

    /// Where a platform of the file is named.
    fn platform_places(&self, name: &str, declaration: bool) -> Vec<Range<usize>> {
        let own = self.platforms().iter().filter(|platform| declaration && platform.name.value == name);
        let own = own.map(|platform| platform.name.span.clone());
        let on = self.instances().iter().flat_map(|node| {
            let fields = node.fields.iter().filter_map(|field| field.on.as_ref());
            node.on.iter().chain(fields)
        });
        sorted(own.chain(on.filter(|on| on.value == name).map(|on| on.span.clone())).collect())
    }

    /// Where instances of the same module name it.
    fn module_places(&self, number: usize) -> Vec<Range<usize>> {
        let Some(folder) = self.module(number).map(|module| &module.folder) else { return Vec::new() };
        self.of_folder(folder).map(|number| self.instances()[number].module.span.clone()).collect()
    }

    /// The instances of the file whose module is in that folder.
    pub(super) fn of_folder<'v>(&'v self, folder: &'v SourcePath) -> impl Iterator<Item = usize> + 'v {
        (0..self.instances().len())
            .filter(move |number| self.module(*number).is_some_and(|module| module.folder == *folder))
    }

    /// Where an instance is named: by itself and by who is bound to it.
    pub(super) fn instance_places(&self, name: &str, declaration: bool) -> Vec<Range<usize>> {
        let named = self.instances().iter().filter(|node| declaration && node.name.value == name);
        let mut places: Vec<Range<usize>> = named.map(|node| node.name.span.clone()).collect();
        let platforms = (0..self.platforms().len()).map(Owner::Platform);
        for owner in (0..self.instances().len()).map(Owner::Instance).chain(platforms) {
            let Some(module) = self.module_of(owner) else { continue };
            for field in
                self.fields(owner).iter().filter(|field| module.requirement(&field.name.value).is_some())
            {
                let values = field.values.iter();
                let naming =
                    values.filter(|value| matches!(&value.value, Literal::String(text) if text == name));
                places.extend(naming.map(|value| value.span.clone()));
            }
        }
        sorted(places)
    }

    /// Where a field of a module is set.
    pub(super) fn field_places(&self, module: &Module, name: &str) -> Vec<Range<usize>> {
        let instances = self.of_folder(&module.folder).map(Owner::Instance);
        let platforms = (0..self.platforms().len())
            .map(Owner::Platform)
            .filter(|owner| self.module_of(*owner).is_some_and(|other| other.folder == module.folder));
        let fields = instances.chain(platforms).flat_map(|owner| self.fields(owner));
        sorted(fields.filter(|field| field.name.value == name).map(|field| field.name.span.clone()).collect())
    }
}

fn sorted(mut places: Vec<Range<usize>>) -> Vec<Range<usize>> {
    places.sort_by_key(|span| (span.start, span.end));
    places.dedup();
    places
}
