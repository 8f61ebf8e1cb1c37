//! Which module each instance of `system.kdl` is of.

use super::Scope;
use super::fields::{Fields, Reading};
use crate::catalog::{Loaded, Module};
use crate::diagnostic::Diagnostic;
use crate::source::SourcePath;
use crate::suggest::{listing, nearest};
use crate::syntax::did_you_mean_string;
use crate::system::{InstanceNode, SystemFile};
use std::collections::HashSet;
use std::rc::Rc;

/// An instance of the file with its module looked up.
pub(crate) struct Prepared {
    /// None where there is a mistake in it.
    pub module: Option<Rc<Module>>,
    pub fields: Rc<Fields>,
}

/// Looks the modules of all instances up and reads their fields.
pub(crate) fn prepare(
    scope: &Scope<'_>,
    system: &SystemFile,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Prepared> {
    let mut broken: HashSet<SourcePath> = HashSet::new();
    let mut prepared = Vec::with_capacity(system.instances.len());
    for node in &system.instances {
        let module = find(scope, node, diagnostics).and_then(|folder| {
            let module = scope.catalog.module(&folder);
            if module.is_err() && broken.insert(folder) {
                report(scope, node, &module, diagnostics);
            }
            module.ok()
        });
        if let (true, Some(module)) = (node.is_app, &module) {
            is_app(scope, node, module, diagnostics);
        }
        let fields = module.as_ref().map(|module| {
            let mut reading = Reading {
                scope,
                file: &scope.file,
                module,
                instance: &node.name.value,
                others: &[],
                diagnostics,
            };
            reading.read(&node.fields)
        });
        prepared.push(Prepared { module, fields: Rc::new(fields.unwrap_or_default()) });
    }
    prepared
}

/// Reports what is wrong with a module, with the place that names it.
fn report(
    scope: &Scope<'_>,
    node: &InstanceNode,
    module: &Loaded<Module>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let Err(problems) = module else { return };
    for problem in problems.iter() {
        let problem = problem.clone();
        let span = node.path.as_ref().map_or(&node.module.span, |path| &path.span);
        diagnostics.push(problem.at(&scope.file, span, "the module is named here"));
    }
}

/// The folder of an instance's module.
fn find(scope: &Scope<'_>, node: &InstanceNode, diagnostics: &mut Vec<Diagnostic>) -> Option<SourcePath> {
    let project = SourcePath::Project(String::new());
    if let Some(path) = &node.path {
        let folder = project.join(&path.value);
        if path.value.starts_with('/') {
            diagnostics.push(
                Diagnostic::error("E0208", format!("`{}` is not a path within the project", path.value))
                    .at(&scope.file, &path.span, "expected a path relative to the folder of this file")
                    .help("write it relative to system.kdl, such as `path=\"modules/mine\"`"),
            );
            return None;
        }
        if scope.catalog.files.list(&folder).is_err() {
            diagnostics.push(
                Diagnostic::error("E0208", format!("there is no folder `{}`", path.value))
                    .at(&scope.file, &path.span, "expected the folder of the module's crate")
                    .help("the path is relative to the folder of system.kdl"),
            );
            return None;
        }
        return Some(folder);
    }
    let name = &node.module;
    // The app may be the project's own crate.
    if node.is_app && scope.catalog.files.read(&project.join("Cargo.toml")).is_ok() {
        match scope.catalog.package(&project) {
            Ok(package) if package.name == name.value => return Some(project),
            Ok(_) => {}
            // Loading it says what is wrong with it.
            Err(_) if !scope.catalog.modules().contains_key(&name.value) => return Some(project),
            Err(_) => {}
        }
    }
    match scope.catalog.modules().get(&name.value).map(Vec::as_slice) {
        Some([folder]) => return Some(folder.clone()),
        Some([first, second, ..]) => {
            diagnostics.push(
                Diagnostic::error("E0221", format!("the catalog has two modules called `{}`", name.value))
                    .at(&scope.file, &name.span, "either could be meant")
                    .help(format!("they are in `{first}` and `{second}`: rename one of the folders")),
            );
            return Some(first.clone());
        }
        _ => {}
    }
    // An app that is nothing but sources in C is called what its author likes.
    if node.is_app
        && node.fields.iter().any(|field| field.name.value == "sources")
        && let Some([folder]) = scope.catalog.modules().get(C_PROGRAM).map(Vec::as_slice)
    {
        return Some(folder.clone());
    }
    unknown(scope, node, diagnostics)
}

/// The module of a program in C.
const C_PROGRAM: &str = "c-program";

/// Reports a module that is not there, and gives the one that was probably meant.
fn unknown(scope: &Scope<'_>, node: &InstanceNode, diagnostics: &mut Vec<Diagnostic>) -> Option<SourcePath> {
    let name = &node.module;
    let known = || scope.catalog.modules().keys().map(String::as_str);
    let project = SourcePath::Project(String::new());
    let own = node
        .is_app
        .then(|| scope.catalog.files.read(&project.join("Cargo.toml")).ok())
        .flatten()
        .and_then(|_| scope.catalog.package(&project).ok())
        .map(|package| package.name.clone());
    let what = if node.is_app { "app" } else { "module" };
    let diagnostic = Diagnostic::error("E0208", format!("there is no {what} `{}`", name.value)).at(
        &scope.file,
        &name.span,
        "not known",
    );
    if let Some(own) = own.filter(|own| nearest(&name.value, [own.as_str()]).is_some()) {
        diagnostics.push(did_you_mean_string(diagnostic, &scope.file, name, &own));
        return Some(project);
    }
    match nearest(&name.value, known()) {
        Some(near) => {
            diagnostics.push(did_you_mean_string(diagnostic, &scope.file, name, near));
            scope.catalog.modules().get(near).and_then(|folders| folders.first()).cloned()
        }
        None => {
            let part = known().filter(|known| known.contains(name.value.as_str()) && !name.value.is_empty());
            let part: Vec<&str> = part.collect();
            let help = if node.is_app {
                format!(
                    "an app is the crate beside system.kdl if its package is called `{}`, the crate at a `path=\"…\"`, or a module of the catalog",
                    name.value
                )
            } else if scope.catalog.platforms().contains(&name.value) {
                format!("`{0}` is a platform: write `platform \"{0}\"`", name.value)
            } else if let Some(help) = instead(scope, node) {
                help
            } else if part.is_empty() {
                "`oscomp list` names the modules of the catalog; a module of the project has a `path=\"…\"`"
                    .to_owned()
            } else {
                format!("the catalog has {}", listing(part))
            };
            diagnostics.push(diagnostic.help(help));
            None
        }
    }
}

/// What could stand in the place of a default, by whose name an instance is called.
fn instead(scope: &Scope<'_>, node: &InstanceNode) -> Option<String> {
    let interface = scope.catalog.platforms().iter().find_map(|platform| {
        let facts = scope.catalog.platform(platform).ok()?;
        let default = facts.defaults.iter().find(|default| default.name.value == node.name.value)?;
        Some(default.interface.value.clone())
    })?;
    let id = scope.catalog.known_interface(&interface)?;
    let modules = scope.catalog.candidates(|module| module.provides(id));
    let modules = listing(modules.iter().map(String::as_str));
    Some(format!("`{}` is what provides `{interface}`: modules that do are {modules}", node.name.value))
}

/// The app is what the image runs.
fn is_app(scope: &Scope<'_>, node: &InstanceNode, module: &Module, diagnostics: &mut Vec<Diagnostic>) {
    let Some(app) = scope.catalog.known_interface("App") else { return };
    if module.provides(app) {
        return;
    }
    let interface = scope.catalog.interface(app);
    let apps = scope.catalog.candidates(|module| module.provides(app));
    let help = if apps.is_empty() {
        "make it a `module`, and name an app that uses it".to_owned()
    } else {
        format!("make it a `module`; apps of the catalog: {}", listing(apps.iter().map(String::as_str)))
    };
    diagnostics.push(
        Diagnostic::error("E0218", format!("`{}` is not an app", node.module.value))
            .at(&scope.file, &node.module.span, "named as the app here")
            .at(&module.file, &module.ident_span, "its module does not provide `App`")
            .at(&interface.file, &interface.span, "what an app provides")
            .help(help),
    );
}
