//! Changes that are offered at a place.

use super::subject::SubjectKind;
use super::view::Owner;
use super::{Span, View};
use crate::catalog::{Module, ModuleRequirement};
use crate::check::Report;
use crate::diagnostic::{Edit, Fix};
use crate::resolve::{Instance, Origin, World, example};
use crate::syntax::{Node, insertion};
use crate::system::Field;
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
                let providers = self.providers(Some(Owner::Instance(number)), requirement);
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
        for (name, line) in self.defaults_of(number) {
            let title = format!("make the default `{name}` an instance of the file: `{line}`");
            let edits = vec![self.lines(&system.node, &[line])];
            actions.push(action(ActionKind::Extract, Fix { title, edits }));
        }
        actions
    }

    /// The defaults of platforms that an instance is bound to, each with the line that says the same: only
    /// those that one platform has, or all of them alike.
    fn defaults_of(&self, number: usize) -> Vec<(String, String)> {
        let mut found: Vec<(String, String, Vec<&str>)> = Vec::new();
        for (world, instance) in self.resolved(Owner::Instance(number)) {
            for binding in instance.bindings.iter().flatten() {
                let target = &world.instances[binding.target];
                let Origin::Default(default) = target.origin else { continue };
                let fields = default_fields(&world.facts.defaults[default].fields);
                let known = found.iter_mut().find(|(name, line, _)| (name, line) == (&target.name, &fields));
                match known {
                    Some((.., platforms)) => platforms.push(world.platform()),
                    None => found.push((target.name.clone(), fields, vec![world.platform()])),
                }
            }
        }
        let mut lines = Vec::new();
        for (name, fields, platforms) in &found {
            let module = self.worlds.iter().find_map(|world| {
                let here = world.platform() == platforms[0];
                let mut instances = world.instances.iter();
                here.then(|| instances.find(|instance| instance.name == *name))?
            });
            let Some(module) = module.map(|instance| &instance.module_name) else { continue };
            let alias = if module == name { String::new() } else { format!(" as={name:?}") };
            let on = match (platforms.as_slice(), self.worlds.len()) {
                (all, worlds) if all.len() == worlds => String::new(),
                ([only], _) => format!(" on={only:?}"),
                _ => continue,
            };
            lines.push((name.clone(), format!("module {module:?}{alias}{on}{fields}")));
        }
        lines
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
            .providers(Some(owner), requirement)
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
        let names = self.scope.catalog.candidates(able);
        names
            .into_iter()
            .take(OFFERED)
            .map(|name| {
                let mut written = format!("{name:?}");
                // Without a name of its own it would be called as its module is.
                if node.name.span == node.module.span {
                    written += &format!(" as={:?}", node.name.value);
                }
                let mut edits = vec![self.edit(&node.module.span, written)];
                edits.extend(self.without_fields(&name, node.node.children()));
                let title = format!("make `{}` an instance of `{name}`", node.name.value);
                action(ActionKind::Choose, Fix { title, edits })
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

    /// Takes out the fields that a module does not have.
    fn without_fields(&self, module: &str, children: &[Node]) -> Vec<Edit> {
        let catalog = &self.scope.catalog;
        let folder = catalog.modules().get(module).and_then(|folders| folders.first());
        let Some(module) = folder.and_then(|folder| catalog.module(folder).ok()) else { return Vec::new() };
        let gone = children.iter().filter(|node| module.field_names().all(|name| name != node.name.value));
        gone.map(|node| self.edit(&whole_line(self.text(), &node.span), String::new())).collect()
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

    /// Every change that mends a finding and is the only one that does, none of them in another's way.
    #[must_use]
    pub fn mend_all(&self, report: &Report) -> Vec<Edit> {
        let mut edits: Vec<Edit> = Vec::new();
        for finding in report.diagnostics.iter().filter(|finding| finding.fixes.len() == 1) {
            let fix = &finding.fixes[0];
            let free = |edit: &Edit| {
                edit.file == *self.file()
                    && edits
                        .iter()
                        .all(|other| edit.span.end < other.span.start || other.span.end < edit.span.start)
            };
            if fix.edits.iter().all(free) {
                edits.extend(fix.edits.iter().cloned());
            }
        }
        edits.sort_by_key(|edit| edit.span.start);
        edits
    }

    /// The nodes of the system that can be built: the whole, and each platform by name.
    #[must_use]
    pub fn images(&self) -> Vec<(Span, Option<String>)> {
        let Some(system) = self.system else { return Vec::new() };
        let span = |span: &Range<usize>| Span { start: span.start, end: span.end };
        let whole = (span(&system.head), None);
        let platforms = system
            .platforms
            .iter()
            .map(|platform| (span(&platform.node.head()), Some(platform.name.value.clone())));
        std::iter::once(whole).chain(platforms).collect()
    }
}

const fn action(kind: ActionKind, fix: Fix) -> Action {
    Action { kind, fix, mends: None, preferred: false }
}

/// The fields of a default as they would be written in braces.
fn default_fields(fields: &[Field]) -> String {
    let shown = fields.iter().map(|field| {
        let values = field.values.iter().map(|value| value.value.shown());
        std::iter::once(field.name.value.clone()).chain(values).collect::<Vec<_>>().join(" ")
    });
    let shown: Vec<String> = shown.collect();
    if shown.is_empty() { String::new() } else { format!(" {{ {} }}", shown.join("; ")) }
}

fn is_bound(instance: &Instance, module: &Rc<Module>, requirement: &ModuleRequirement) -> bool {
    let number = module.requirement(&requirement.name).map(|(number, _)| number);
    number.is_some_and(|number| instance.bindings.get(number).is_some_and(Option::is_some))
}

/// A node with the white space before it, if it has its line to itself, else with the semicolon behind it.
fn whole_line(text: &str, span: &Range<usize>) -> Range<usize> {
    let start = text[..span.start].trim_end_matches([' ', '\t']).len();
    let behind = &text[span.end..];
    let line_ends = behind.trim_start_matches([' ', '\t']).starts_with(['\n', '\r']);
    if text[..start].ends_with('\n') && line_ends {
        return start - 1..span.end;
    }
    let spaces = behind.len() - behind.trim_start_matches([' ', '\t']).len();
    let semicolon = behind[spaces..].starts_with(';');
    if semicolon { span.start..span.end + spaces + 1 } else { span.clone() }
}
