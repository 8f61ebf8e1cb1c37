//! Checking: from the text of `system.kdl` to a report and, if the system is sound, one plan per platform.

pub(crate) mod fields;
mod instances;
mod matrix;
pub(crate) mod modules;
mod plans;
mod resources;

pub use matrix::{Alternative, Column, Matrix, Verdict, matrix};

use crate::catalog::Catalog;
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::files::Files;
use crate::order::order;
use crate::plan::Plan;
use crate::platform::PlatformFile;
use crate::resolve::{World, resolve};
use crate::source::{ReadError, SourcePath, Sources};
use crate::suggest::{listing, nearest};
use crate::syntax::{self, Mistake, did_you_mean_string};
use crate::system::{self, PlatformNode, SystemFile};
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

/// How to check.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckOptions {
    /// The only platforms to check, of those that the system names; none for all.
    pub platforms: Option<Vec<String>>,
}

/// What checking found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The system's name, if it could be read.
    pub system: Option<String>,
    /// The findings, in the order of the file.
    pub diagnostics: Vec<Diagnostic>,
    /// One plan for each platform, in the order of the file; none at all if there is an error.
    pub plans: Vec<Plan>,
    /// The text of `system.kdl` and of every file that a finding mentions.
    pub texts: BTreeMap<SourcePath, Arc<str>>,
}

impl Report {
    /// Whether nothing refuses the composition.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.diagnostics.iter().all(|diagnostic| diagnostic.severity != Severity::Error)
    }
}

/// What every step of a run shares.
pub(crate) struct Scope<'s> {
    pub catalog: Rc<Catalog<'s>>,
    /// The system's file.
    pub file: SourcePath,
    pub text: Arc<str>,
}

/// Checks a system against the catalog that `sources` has.
///
/// Frees the source maps of `proc-macro2` on this thread when it is done: spans that the caller has from
/// elsewhere are of no use afterwards. Not for use within a procedural macro.
#[must_use]
pub fn check(sources: &dyn Sources, system: &SourcePath, options: &CheckOptions) -> Report {
    let report = check_in(Rc::new(Catalog::new(Files::new(sources))), system, options);
    proc_macro2::extra::invalidate_current_thread_spans();
    report
}

/// Checks a system with what a catalog has read already.
pub(crate) fn check_in(catalog: Rc<Catalog<'_>>, file: &SourcePath, options: &CheckOptions) -> Report {
    let text = match readable(&catalog.files, file) {
        Ok(text) => text,
        Err(diagnostic) => return Report { diagnostics: vec![diagnostic], ..Report::default() },
    };
    let scope = Scope { catalog, file: file.clone(), text };
    let report = run_in(&scope, options);
    let mentioned =
        report.diagnostics.iter().flat_map(|diagnostic| &diagnostic.labels).map(|label| &label.file);
    let texts = scope.catalog.files.texts(std::iter::once(file).chain(mentioned));
    Report { texts, ..report }
}

/// The report without the texts.
fn run_in(scope: &Scope<'_>, options: &CheckOptions) -> Report {
    let (file, text, mut report) = (&scope.file, &scope.text, Report::default());
    let (nodes, mistakes) = scope.catalog.parse(text);
    // A type annotation is a mistake that hides nothing.
    let broken: Vec<Range<usize>> =
        mistakes.iter().filter(|found| found.code != "E0220").map(|found| found.span.clone()).collect();
    let mut diagnostics: Vec<Diagnostic> = mistakes.into_iter().map(|found| mistake(file, found)).collect();
    if let Some(system) = system::read(file, text, nodes, &broken, &mut diagnostics) {
        report.system = Some(system.name.clone());
        report.plans = check_system(scope, &system, options, &mut diagnostics);
    }
    finish(scope, &mut diagnostics);
    report.diagnostics = diagnostics;
    if !report.is_sound() {
        report.plans.clear();
    }
    report
}

/// The text of the system's file.
pub(crate) fn readable(files: &Files<'_>, file: &SourcePath) -> Result<Arc<str>, Diagnostic> {
    let error = |code, message: String, help: &str| Err(Diagnostic::error(code, message).help(help));
    match files.read(file) {
        Ok(text) if text.len() > syntax::LIMIT => error(
            "E0103",
            format!("`{file}` has {} bytes, more than the {} that are read", text.len(), syntax::LIMIT),
            "is it the right file?",
        ),
        Ok(text) => Ok(text),
        Err(ReadError::NotText { offset }) => error(
            "E0102",
            format!("`{file}` is not UTF-8 text from byte {offset} on"),
            "save it as UTF-8; if it is a binary file, name another one",
        ),
        Err(problem @ ReadError::TooLarge { .. }) => {
            error("E0103", format!("`{file}` is too large: {problem}"), "is it the right file?")
        }
        Err(problem) => error(
            "E0101",
            format!("`{file}` cannot be read: {problem}"),
            "name the folder of a system, or its system.kdl",
        ),
    }
}

/// A mistake of syntax as a finding.
pub(crate) fn mistake(file: &SourcePath, mistake: Mistake) -> Diagnostic {
    let diagnostic = Diagnostic::error(mistake.code, mistake.message).at(file, &mistake.span, mistake.label);
    let diagnostic = match mistake.help {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    };
    match mistake.fix {
        Some((title, text)) => diagnostic.fix(title, file, &mistake.span, text),
        None => diagnostic,
    }
}

fn check_system(
    scope: &Scope<'_>,
    system: &SystemFile,
    options: &CheckOptions,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Plan> {
    let prepared = modules::prepare(scope, system, diagnostics);
    let wanted = wanted(scope, system, options, diagnostics);
    let mut plans = Vec::new();
    let mut found = Vec::new();
    for (node, facts) in &wanted {
        let mut world = resolve(scope, system, &prepared, node, facts);
        let (plan, findings) = check_world(&mut world);
        plans.extend(plan);
        found.push((node.name.value.as_str(), findings));
    }
    merge(found, system.platforms.len(), diagnostics);
    // Whether an instance is used cannot be said while there is a mistake in its own node.
    let spoilt = |span: &Range<usize>| {
        let node = system.instances.iter().find(|instance| instance.name.span == *span);
        node.is_some_and(|node| {
            let mut own = diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
            own.any(|diagnostic| {
                let mut labels = diagnostic.labels.iter().filter(|label| label.file == scope.file);
                labels.any(|label| node.node.span.contains(&label.span.start))
            })
        })
    };
    let noise: Vec<bool> = diagnostics
        .iter()
        .map(|diagnostic| {
            diagnostic.code == "W0101" && diagnostic.labels.first().is_some_and(|label| spoilt(&label.span))
        })
        .collect();
    let mut noise = noise.into_iter();
    diagnostics.retain(|_| !noise.next().unwrap_or(false));
    plans
}

/// The platforms to check, with their facts.
pub(crate) fn wanted<'a>(
    scope: &Scope<'_>,
    system: &'a SystemFile,
    options: &CheckOptions,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<(&'a PlatformNode, Rc<PlatformFile>)> {
    let known = || system.platforms.iter().map(|platform| platform.name.value.as_str());
    for asked in options.platforms.iter().flatten() {
        if known().all(|known| known != asked) && !system.platforms.is_empty() {
            let first = &system.platforms[0].name.span;
            diagnostics.push(
                Diagnostic::error("E0222", format!("system `{}` has no platform `{asked}`", system.name))
                    .at(&scope.file, first, "its platforms are named here")
                    .help(format!(
                        "its platforms are {}; to add one, write `platform \"{asked}\"`",
                        listing(known())
                    )),
            );
        }
    }
    let mut wanted = Vec::new();
    for node in &system.platforms {
        let name = &node.name;
        if options.platforms.as_ref().is_some_and(|platforms| !platforms.contains(&name.value)) {
            continue;
        }
        let mut name_known = name.value.as_str();
        let all = scope.catalog.platforms();
        if all.iter().all(|platform| *platform != name.value) {
            let diagnostic = Diagnostic::error("E0209", format!("there is no platform `{}`", name.value)).at(
                &scope.file,
                &name.span,
                "not known",
            );
            let near = nearest(&name.value, all.iter().map(String::as_str));
            diagnostics.push(match near {
                Some(near) => did_you_mean_string(diagnostic, &scope.file, name, near),
                None => {
                    diagnostic.help(format!("the platforms are {}", listing(all.iter().map(String::as_str))))
                }
            });
            match near {
                // The rest is checked as if it were written right, unless that platform is there too.
                Some(near) if known().all(|known| known != near) => name_known = near,
                _ => continue,
            }
        }
        match scope.catalog.platform(name_known) {
            Ok(facts) => wanted.push((node, facts)),
            Err(problems) => {
                let labelled = problems
                    .iter()
                    .map(|problem| problem.clone().at(&scope.file, &name.span, "the platform is named here"));
                diagnostics.extend(labelled);
            }
        }
    }
    wanted
}

fn check_world(world: &mut World<'_, '_>) -> (Option<Plan>, Vec<Diagnostic>) {
    let mut diagnostics = std::mem::take(&mut world.diagnostics);
    for diagnostic in &mut diagnostics {
        // A mistake of the platform's is one of whoever names it.
        if diagnostic.labels.iter().all(|label| label.file != world.scope.file) {
            let text = "the platform is named here".to_owned();
            let span = world.node.name.span.clone();
            diagnostic.labels.push(crate::diagnostic::Label { file: world.scope.file.clone(), span, text });
        }
    }
    let used = world.used();
    instances::unused(world, &used, &mut diagnostics);
    instances::support(world, &mut diagnostics);
    instances::c_sources(world, &mut diagnostics);
    instances::conditions(world, &mut diagnostics);
    let order = order(world, &used, &mut diagnostics);
    resources::leftover(world, &order, &mut diagnostics);
    let resources = resources::claims(world, &used, &mut diagnostics);
    resources::functions(world, &used, &mut diagnostics);
    let memory = resources::memory(world, &used, &mut diagnostics);
    let sound = diagnostics.iter().all(|diagnostic| diagnostic.severity != Severity::Error);
    let plan = sound.then(|| plans::plan(world, &used, &order, resources, memory)).flatten();
    (plan, diagnostics)
}

/// The findings of all platforms: one that several have is reported once, and one that not all have says
/// which.
fn merge(found: Vec<(&str, Vec<Diagnostic>)>, platforms: usize, diagnostics: &mut Vec<Diagnostic>) {
    let checked = found.len();
    let mut merged: Vec<(Diagnostic, Vec<&str>)> = Vec::new();
    let mut index: HashMap<String, usize> = HashMap::new();
    for (platform, findings) in found {
        for finding in findings {
            let key = format!("{} {} {:?}", finding.code, finding.message, finding.labels.first());
            let at = *index.entry(key).or_insert(merged.len());
            match merged.get_mut(at) {
                Some((_, on)) if on.last() != Some(&platform) => on.push(platform),
                Some(_) => {}
                None => merged.push((finding, vec![platform])),
            }
        }
    }
    for (mut finding, on) in merged {
        let says_so = on.iter().all(|platform| finding.message.contains(&format!("`{platform}`")));
        if platforms > 1 && on.len() < checked && !says_so {
            finding.message = format!("{} (on {})", finding.message, listing(on));
        }
        diagnostics.push(finding);
    }
}

/// Brings the findings into the order of the file, each once, with places that surely exist.
fn finish(scope: &Scope<'_>, diagnostics: &mut Vec<Diagnostic>) {
    for diagnostic in diagnostics.iter_mut() {
        for label in &mut diagnostic.labels {
            label.span = syntax::clamp(&scope.catalog.files.text(&label.file), label.span.clone());
        }
    }
    let place = |diagnostic: &Diagnostic| {
        let own = diagnostic.labels.iter().find(|label| label.file == scope.file);
        own.map_or(usize::MAX, |label| label.span.start)
    };
    diagnostics.sort_by_key(|diagnostic| (place(diagnostic), diagnostic.code));
    // A mistake in a source that several instances name is one mistake.
    let mut seen: HashMap<(&'static str, String, Option<Label>), usize> = HashMap::new();
    let mut once: Vec<Diagnostic> = Vec::with_capacity(diagnostics.len());
    for diagnostic in diagnostics.drain(..) {
        let first = diagnostic.labels.first().filter(|label| label.file != scope.file);
        let key = (diagnostic.code, diagnostic.message.clone(), first.cloned());
        match seen.get(&key).and_then(|at| once.get_mut(*at)) {
            Some(known) if first.is_some() => {
                for label in diagnostic.labels {
                    if !known.labels.contains(&label) {
                        known.labels.push(label);
                    }
                }
            }
            _ => {
                seen.insert(key, once.len());
                once.push(diagnostic);
            }
        }
    }
    *diagnostics = once;
    diagnostics.dedup();
}
