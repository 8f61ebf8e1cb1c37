//! The head of a node of the system: `platform "…"`, `app "…"`, `module "…" as="…"`.

use super::{Completion, CompletionKind, Place};
use crate::catalog::{InterfaceId, Module};
use crate::editor::describe;
use crate::source::SourcePath;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

impl Place<'_, '_, '_> {
    pub(super) fn head(&self, node: &str) -> Vec<Completion> {
        if let Some((name, span)) = self.property() {
            return match (node, name) {
                ("app" | "module", "as") => self.names(&span),
                ("app" | "module", "path") => self.paths(&span, |name, folder| folder && name != "target"),
                ("module", "on") => self.system_platforms(&span),
                _ => Vec::new(),
            };
        }
        let first = self.arguments().next().is_none();
        match node {
            "platform" if first => self.platforms(),
            "app" | "module" if first => self.modules(node == "app"),
            "app" => self.properties(&["as", "path"]),
            "module" => self.properties(&["as", "on", "path"]),
            _ => Vec::new(),
        }
    }

    /// Properties that the node does not have.
    pub(super) fn properties(&self, names: &[&str]) -> Vec<Completion> {
        if self.text[self.cursor.word.clone()].starts_with('"') {
            return Vec::new();
        }
        let missing = names.iter().filter(|name| !self.has_property(name));
        let item = |name: &&str| Completion {
            insert: format!("{name}="),
            snippet: Some(format!("{name}=\"$1\"$0")),
            ..self.item(name, CompletionKind::Keyword, self.cursor.word.clone())
        };
        missing.map(item).collect()
    }

    /// Platforms of the catalog that the system does not name.
    fn platforms(&self) -> Vec<Completion> {
        let named = |name: &&String| self.view.platforms().iter().all(|node| node.name.value != **name);
        let catalog = &self.view.scope.catalog;
        let item = |name: &String| {
            let facts = catalog.platform(name).ok();
            let item = self.quoted(name, CompletionKind::Platform, self.cursor.word.clone());
            match facts {
                Some(facts) => Completion {
                    detail: format!("{}, {}", facts.platform.arch, facts.platform.environment.name()),
                    text: describe::platform(&facts),
                    ..item
                },
                None => item,
            }
        };
        catalog.platforms().iter().filter(named).map(item).collect()
    }

    /// Platforms that the system has.
    pub(super) fn system_platforms(&self, span: &std::ops::Range<usize>) -> Vec<Completion> {
        let names = self.view.platforms().iter().map(|node| node.name.value.as_str());
        names.map(|name| self.quoted(name, CompletionKind::Platform, span.clone())).collect()
    }

    /// Modules of the catalog, and the project's own app; those first that provide what is missing.
    fn modules(&self, apps: bool) -> Vec<Completion> {
        let catalog = &self.view.scope.catalog;
        let app = catalog.known_interface("App");
        let missing = self.missing();
        let own = SourcePath::Project(String::new());
        let own = catalog.files.read(&own.join("Cargo.toml")).ok().and_then(|_| {
            let package = catalog.package(&own).ok()?;
            Some((package.name.clone(), catalog.module(&own).ok()?))
        });
        let all = catalog.modules().iter().filter_map(|(name, folders)| {
            // A library that modules of a family share is none.
            Some((name.clone(), catalog.module(folders.first()?).ok()?))
        });
        let mut found = Vec::new();
        for (number, (name, module)) in own.into_iter().map(Some).chain(all.map(Some)).flatten().enumerate() {
            let is_app = app.is_some_and(|app| module.provides(app));
            if is_app != apps || !self.fits(&module) {
                continue;
            }
            let provides = &module.provides;
            let wanted = provides.iter().any(|(id, _)| missing.contains(id));
            let used = self.view.instances().iter().any(|node| node.module.value == name);
            let project = number == 0 && module.folder == SourcePath::Project(String::new());
            found.push(Completion {
                detail: self.view.interface_names(provides),
                text: describe::module(self.view, &name, &module),
                rank: if wanted || project { 0 } else { 1 + usize::from(used) },
                ..self.quoted(&name, CompletionKind::Module, self.cursor.word.clone())
            });
        }
        found
    }

    /// Whether a module can be part of one of the system's images.
    pub(super) fn fits(&self, module: &Module) -> bool {
        self.view.worlds.is_empty() || self.view.worlds.iter().any(|world| world.fits(module))
    }

    /// The interfaces that something requires and nothing provides.
    fn missing(&self) -> BTreeSet<InterfaceId> {
        let mut missing = BTreeSet::new();
        for instance in self.view.worlds.iter().flat_map(|world| &world.instances) {
            let Some(module) = &instance.module else { continue };
            for (requirement, binding) in module.requirements().zip(&instance.bindings) {
                if binding.is_none() {
                    missing.extend(requirement.interfaces.iter().map(|(id, _)| *id));
                }
            }
        }
        missing
    }

    /// Names for an instance: those that others are bound to already, and those of defaults that it could
    /// take the place of.
    fn names(&self, span: &std::ops::Range<usize>) -> Vec<Completion> {
        let module = self.arguments().next().and_then(|name| self.catalog_module(name));
        let taken = |name: &str| self.view.instances().iter().any(|node| node.name.value == name);
        let mut names: BTreeMap<String, (usize, String)> = BTreeMap::new();
        for (number, node) in self.view.instances().iter().enumerate() {
            let Some(own) = self.view.module(number) else { continue };
            for field in &node.fields {
                let Some((_, requirement)) = own.requirement(&field.name.value) else { continue };
                let able = module
                    .as_ref()
                    .is_none_or(|module| requirement.interfaces.iter().all(|(id, _)| module.provides(*id)));
                for value in &field.values {
                    if let crate::value::Literal::String(name) = &value.value
                        && able
                        && !taken(name)
                    {
                        let user = format!("wanted by {}.{}", node.name.value, field.name.value);
                        names.entry(name.clone()).or_insert((0, user));
                    }
                }
            }
        }
        for default in self.view.worlds.iter().flat_map(|world| &world.facts.defaults) {
            let provided = self.view.scope.catalog.interfaces_named(&default.interface.value);
            let able = module.as_ref().is_some_and(|module| provided.iter().any(|id| module.provides(*id)));
            if able && !taken(&default.name.value) {
                let why = format!("in the place of the default for {}", default.interface.value);
                names.entry(default.name.value.clone()).or_insert((1, why));
            }
        }
        let item = |(name, (rank, detail)): (String, (usize, String))| Completion {
            detail,
            rank,
            ..self.quoted(&name, CompletionKind::Instance, span.clone())
        };
        names.into_iter().map(item).collect()
    }

    /// The module of the catalog that is called so.
    fn catalog_module(&self, name: &str) -> Option<Rc<Module>> {
        let catalog = &self.view.scope.catalog;
        catalog.module(catalog.modules().get(name)?.first()?).ok()
    }
}
