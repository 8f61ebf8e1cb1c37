//! Changes that are offered at a place.

use super::View;
use super::subject::SubjectKind;
use super::view::Owner;
use crate::catalog::{Module, ModuleRequirement};
use crate::check::Report;
use crate::diagnostic::{Edit, Fix};
use crate::edit::NewInstance;
use crate::inventory::literals;
use crate::resolve::{Instance, Origin, World, example};
use crate::syntax::{Node, insertion};
use std::ops::Range;
use std::rc::Rc;

/// How many modules are offered in the place of another.
const OFFERED: usize = 8;

/// A change that is offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// What it is for.
    pub kind: ActionKind,
    /// The change.
    pub fix: Fix,
    /// The finding that it mends, by its number in the report.
    pub mends: Option<usize>,
    /// Whether it is the only way to mend it.
    pub preferred: bool,
}

/// What a change is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActionKind {
    /// It mends a finding.
    Mend,
    /// It adds what is missing.
    Complete,
    /// It writes out what was filled in.
    Extract,
    /// It takes another instance or module.
    Choose,
}

impl View<'_, '_> {
    /// The changes that are offered for a part of the file, with what check found in it.
    #[must_use]
    pub fn actions(&self, report: &Report, part: Range<usize>) -> Vec<Action> {
        let mut actions = self.mending(report, &part);
        actions.extend(self.completing(&part));
        actions.extend(self.extracting(&part));
        actions.extend(self.choosing(&part));
        // The same change is offered once, for the sake of the finding.
        let mut once: Vec<Action> = Vec::new();
        for action in actions {
            if once.iter().all(|other| other.fix.edits != action.fix.edits || other.mends != action.mends) {
                once.push(action);
            }
        }
        once
    }

    fn mending(&self, report: &Report, part: &Range<usize>) -> Vec<Action> {
        let mut actions = Vec::new();
        for (number, finding) in report.diagnostics.iter().enumerate() {
            let here = |span: &Range<usize>| span.start <= part.end && part.start <= span.end;
            let own = finding.labels.iter().find(|label| label.file == *self.file());
            if !own.is_some_and(|label| here(&label.span)) {
                continue;
            }
            let preferred = finding.fixes.len() == 1;
            actions.extend(finding.fixes.iter().map(|fix| Action {
                kind: ActionKind::Mend,
                fix: fix.clone(),
                mends: Some(number),
                preferred,
            }));
        }
        actions
    }

    /// All required options of an instance at once.
    fn completing(&self, part: &Range<usize>) -> Vec<Action> {
        let Some(number) = self.instance_at(part.start) else { return Vec::new() };
        let Some(module) = self.module(number) else { return Vec::new() };
        let node = &self.instances()[number];
        let set = |name: &str| node.fields.iter().any(|field| field.name.value == name);
        let missing = module
            .options
            .iter()
            .filter(|option| option.is_required() && !set(&option.signature.name))
            .map(|option| format!("{} {}", option.signature.name, example(option)));
        let unbound =
            module.requirements().filter(|requirement| !set(&requirement.name)).filter_map(|requirement| {
                let bound = self
                    .resolved(Owner::Instance(number))
                    .all(|(_, instance)| is_bound(instance, module, requirement));
                let providers = self.providers(Owner::Instance(number), requirement);
                let first = providers.first().filter(|_| !bound)?;
                Some(format!("{} {:?}", requirement.name, first.name))
            });
        let lines: Vec<String> = unbound.chain(missing).collect();
        let title = match lines.as_slice() {
            [] => return Vec::new(),
            [only] => format!("add the missing field: `{only}`"),
            several => format!("add the {} missing fields of `{}`", several.len(), node.name.value),
        };
        vec![action(ActionKind::Complete, Fix { title, edits: vec![self.lines(&node.node, &lines)] })]
    }

    /// What was filled in, as text: a binding as a line, the default of a platform as an instance.
    fn extracting(&self, part: &Range<usize>) -> Vec<Action> {
        let Some(number) = self.instance_at(part.start) else { return Vec::new() };
        let (Some(system), Some(module)) = (self.system, self.module(number)) else { return Vec::new() };
        let node = &self.instances()[number];
        let mut actions = Vec::new();
        for (place, requirement) in module.requirements().enumerate() {
            if node.fields.iter().any(|field| field.name.value == requirement.name) {
                continue;
            }
            let mut bound: Vec<&str> = self
                .resolved(Owner::Instance(number))
                .filter_map(|(world, instance)| {
                    let binding = instance.bindings.get(place)?.as_ref()?;
                    Some(world.instances[binding.target].name.as_str())
                })
                .collect();
            bound.dedup();
            if let [only] = bound.as_slice() {
                let line = format!("{} {only:?}", requirement.name);
                let title = format!("write out `{line}`");
                let edits = vec![self.lines(&node.node, &[line])];
                actions.push(action(ActionKind::Extract, Fix { title, edits }));
            }
        }
        for new in self.defaults_of(number) {
            let (name, line) = (new.name.as_deref().unwrap_or_default(), new.one_line());
            let title = format!("make the default `{name}` an instance of the file: `{line}`");
            let edits = vec![self.lines(&system.node, &[line])];
            actions.push(action(ActionKind::Extract, Fix { title, edits }));
        }
        actions
    }

    /// The defaults of platforms that an instance is bound to, as instances of the file: only those that one
    /// platform has, or all of them alike.
    fn defaults_of(&self, number: usize) -> Vec<NewInstance> {
        let mut found: Vec<(NewInstance, Vec<&str>)> = Vec::new();
        for (world, instance) in self.resolved(Owner::Instance(number)) {
            for binding in instance.bindings.iter().flatten() {
                let target = &world.instances[binding.target];
                let Origin::Default(default) = target.origin else { continue };
                let new = NewInstance {
                    module: target.module_name.clone(),
                    name: Some(target.name.clone()),
                    fields: literals(&world.facts.defaults[default].fields),
                    ..NewInstance::default()
                };
                match found.iter_mut().find(|(known, _)| *known == new) {
                    Some((_, platforms)) => platforms.push(world.platform()),
                    None => found.push((new, vec![world.platform()])),
                }
            }
        }
        let limited = |(new, platforms): (NewInstance, Vec<&str>)| match platforms.as_slice() {
            all if all.len() == self.worlds.len() => Some(new),
            [only] => Some(NewInstance { on: Some((*only).to_owned()), ..new }),
            _ => None,
        };
        found.into_iter().filter_map(limited).collect()
    }

    /// Another instance for a requirement, another module for an instance.
    fn choosing(&self, part: &Range<usize>) -> Vec<Action> {
        match self.subject(part.start).map(|subject| subject.kind) {
            Some(SubjectKind::Field(owner, field) | SubjectKind::Value(owner, field, _)) => {
                self.other_instances(owner, field)
            }
            Some(SubjectKind::Module(number) | SubjectKind::Name(number)) => self.other_modules(number),
            _ => Vec::new(),
        }
    }

    fn other_instances(&self, owner: Owner, field: usize) -> Vec<Action> {
        let field = &self.fields(owner)[field];
        let Some(module) = self.module_of(owner) else { return Vec::new() };
        let Some((_, requirement)) = module.requirement(&field.name.value) else { return Vec::new() };
        let [value] = field.values.as_slice() else { return Vec::new() };
        let bound = &self.text()[value.span.clone()];
        let mut actions: Vec<Action> = self
            .providers(owner, requirement)
            .iter()
            .map(|provider| (provider, format!("{:?}", provider.name)))
            .filter(|(_, written)| written != bound)
            .map(|(provider, written)| {
                let title = format!("bind `{}` to `{}`", field.name.value, provider.name);
                action(ActionKind::Choose, Fix { title, edits: vec![self.edit(&value.span, written)] })
            })
            .collect();
        let Some(system) = self.system else { return actions };
        for name in self.candidates(requirement) {
            if self.instances().iter().any(|node| node.name.value == name) {
                continue;
            }
            let line = format!("module {name:?}");
            let title = format!("bind `{}` to a new instance: `{line}`", field.name.value);
            let edits = vec![self.lines(&system.node, &[line]), self.edit(&value.span, format!("{name:?}"))];
            actions.push(action(ActionKind::Choose, Fix { title, edits }));
        }
        actions
    }

    /// Modules of the catalog that provide what is required.
    fn candidates(&self, requirement: &ModuleRequirement) -> Vec<String> {
        let able = |module: &Module| {
            self.fits_all(module) && requirement.interfaces.iter().all(|(id, _)| module.provides(*id))
        };
        let mut names = self.scope.catalog.candidates(able);
        names.truncate(OFFERED);
        names
    }

    fn fits_all(&self, module: &Module) -> bool {
        self.worlds.iter().all(|world| world.fits(module))
    }

    /// Modules that provide everything that others use an instance for. It keeps its name.
    fn other_modules(&self, number: usize) -> Vec<Action> {
        let node = &self.instances()[number];
        let Some(module) = self.module(number).filter(|_| !node.is_app && node.path.is_none()) else {
            return Vec::new();
        };
        let used = self.used_for(number, module);
        if used.is_empty() {
            return Vec::new();
        }
        let platforms: Vec<&World<'_, '_>> =
            self.worlds.iter().filter(|world| node.holds_on(world.platform())).collect();
        let able = |other: &Module| {
            other.folder != module.folder
                && used.iter().all(|id| other.provides(*id))
                && platforms.iter().all(|world| world.fits(other))
        };
        let Some(system) = self.system_text() else { return Vec::new() };
        let catalog = &self.scope.catalog;
        let names = catalog.candidates(able);
        let modules = names.into_iter().take(OFFERED).filter_map(|name| {
            let module = catalog.module(catalog.modules().get(&name)?.first()?).ok()?;
            Some((name, module))
        });
        modules
            .map(|(name, module)| {
                let keeps = |field: &str| module.field_names().any(|name| name == field);
                action(ActionKind::Choose, system.with_module(node, &name, &keeps))
            })
            .collect()
    }

    /// The interfaces of an instance that somebody requires or every image needs.
    fn used_for(&self, number: usize, module: &Module) -> Vec<crate::catalog::InterfaceId> {
        let mut used = Vec::new();
        for (world, _) in self.resolved(Owner::Instance(number)) {
            let own = world.instances.iter().position(|instance| instance.origin == Origin::File(number));
            for user in &world.instances {
                let Some(module) = &user.module else { continue };
                for (requirement, binding) in module.requirements().zip(&user.bindings) {
                    if binding.as_ref().is_some_and(|binding| Some(binding.target) == own) {
                        used.extend(requirement.interfaces.iter().map(|(id, _)| *id));
                    }
                }
            }
            let ambient = world.ambient.iter().filter(|(_, ambient)| Some(ambient.target) == own);
            used.extend(ambient.map(|(id, _)| *id).filter(|id| module.provides(*id)));
        }
        used.sort_unstable();
        used.dedup();
        used
    }

    fn edit(&self, span: &Range<usize>, text: String) -> Edit {
        Edit { file: self.file().clone(), span: span.clone(), text }
    }

    /// Lines that become children of a node.
    fn lines(&self, node: &Node, lines: &[String]) -> Edit {
        let (span, text) = match lines {
            [first, rest @ ..] => {
                let (span, text) = insertion(self.text(), node, first);
                // What stands before the first line stands before each.
                let before = &text[..text.find(first.as_str()).unwrap_or(0)];
                let separator = if before.contains('\n') {
                    before[before.rfind('\n').unwrap_or(0)..].to_owned()
                } else {
                    "; ".to_owned()
                };
                let all = rest.iter().fold(first.clone(), |all, line| all + &separator + line);
                (span, text.replacen(first.as_str(), &all, 1))
            }
            [] => (node.span.end..node.span.end, String::new()),
        };
        self.edit(&span, text)
    }
}

const fn action(kind: ActionKind, fix: Fix) -> Action {
    Action { kind, fix, mends: None, preferred: false }
}

fn is_bound(instance: &Instance, module: &Rc<Module>, requirement: &ModuleRequirement) -> bool {
    let number = module.requirement(&requirement.name).map(|(number, _)| number);
    number.is_some_and(|number| instance.bindings.get(number).is_some_and(Option::is_some))
}
