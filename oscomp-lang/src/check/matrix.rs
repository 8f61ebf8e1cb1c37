//! What else a system could be: on every platform of the catalog, and with every module in the place of
//! another that provides the same.

use super::{CheckOptions, Report, Scope, readable, run_in};
use crate::catalog::Catalog;
use crate::diagnostic::{Diagnostic, Severity};
use crate::files::Files;
use crate::plan::{Instance, Parameter, Plan};
use crate::source::{SourcePath, Sources};
use crate::syntax;
use crate::system::{self, InstanceNode, SystemFile};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

/// A system on every platform, as it is written and with other modules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Matrix {
    /// The system.
    pub system: String,
    /// Every platform of the catalog: the columns.
    pub platforms: Vec<Column>,
    /// Every module that could take the place of another: the rows.
    pub alternatives: Vec<Alternative>,
}

/// A platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Column {
    /// The platform.
    pub platform: String,
    /// Whether the system names it.
    pub named: bool,
    /// Whether the system is sound there as it is written.
    pub verdict: Verdict,
}

/// A module in the place of that of an instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Alternative {
    /// The instance.
    pub instance: String,
    /// The module that it would be of.
    pub module: String,
    /// One for each platform.
    pub verdicts: Vec<Verdict>,
}

/// What check says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum Verdict {
    /// It is sound.
    Sound,
    /// It is refused; the first reason.
    Refused {
        /// The code of the finding.
        code: &'static str,
        /// What it says.
        message: String,
    },
    /// It is what is written.
    Written,
    /// The platform has no such instance, or the system is refused there in any case.
    Absent,
}

impl Verdict {
    fn of(report: &Report) -> Self {
        let refusal = report.diagnostics.iter().find(|found| found.severity == Severity::Error);
        refusal
            .map_or(Self::Sound, |found| Self::Refused { code: found.code, message: found.message.clone() })
    }
}

/// Checks a system on every platform of the catalog, and with every module that could take another's place.
///
/// # Errors
/// The findings, where the file cannot be read as a system at all.
pub fn matrix(sources: &dyn Sources, file: &SourcePath) -> Result<Matrix, Box<Report>> {
    let matrix = vary(sources, file);
    proc_macro2::extra::invalidate_current_thread_spans();
    matrix
}

fn vary(sources: &dyn Sources, file: &SourcePath) -> Result<Matrix, Box<Report>> {
    let unreadable =
        |found: Vec<Diagnostic>, texts| Box::new(Report { diagnostics: found, texts, ..Report::default() });
    let files = Files::new(sources);
    let text = readable(&files, file).map_err(|found| unreadable(vec![found], BTreeMap::new()))?;
    let mut scope = Scope { catalog: Rc::new(Catalog::new(files)), file: file.clone(), text: text.clone() };
    let (nodes, mistakes) = syntax::parse(&text);
    let mut found: Vec<Diagnostic> = mistakes.into_iter().map(|found| super::mistake(file, found)).collect();
    let system = system::read(file, &text, nodes, &[], &mut found);
    let system = match system {
        Some(system) if found.iter().all(|found| found.severity != Severity::Error) => system,
        _ => return Err(unreadable(found, BTreeMap::from([(file.clone(), text.clone())]))),
    };

    let mut check = |text: &str, platform: &str| {
        scope.text = Arc::from(text);
        run_in(&scope, &CheckOptions { platforms: Some(vec![platform.to_owned()]) })
    };
    let names: Vec<String> = Catalog::new(Files::new(sources)).platforms().to_vec();
    let bases: Vec<Report> =
        names.iter().map(|platform| check(&on(&text, &system, platform), platform)).collect();
    let platforms = names
        .iter()
        .zip(&bases)
        .map(|(name, report)| Column {
            platform: name.clone(),
            named: system.platforms.iter().any(|platform| platform.name.value == *name),
            verdict: Verdict::of(report),
        })
        .collect();

    let providers = providers(&Catalog::new(Files::new(sources)));
    let plans: Vec<Option<&Plan>> = bases.iter().map(|report| report.plans.first()).collect();
    let mut instances: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for plan in plans.iter().flatten() {
        for instance in &plan.instances {
            let used = used(plan, &instance.name);
            if used.is_empty() || instance.name == plan.app || instance.name == "platform" {
                continue;
            }
            let able = providers.iter().filter(|(_, provided)| used.is_subset(provided));
            let names = able.map(|(name, _)| name.clone());
            instances.entry(&instance.name).or_default().extend(names);
        }
    }
    let mut alternatives = Vec::new();
    for (instance, modules) in &instances {
        for module in modules {
            let verdicts: Vec<Verdict> = names
                .iter()
                .zip(&plans)
                .map(|(platform, plan)| {
                    let there = plan.and_then(|plan| plan.instance(instance));
                    match there {
                        None => Verdict::Absent,
                        Some(there) if there.module == *module => Verdict::Written,
                        Some(there) => {
                            let text = with(&text, &system, there, module, platform);
                            Verdict::of(&check(&text, platform))
                        }
                    }
                })
                .collect();
            let is_other = |verdict: &Verdict| matches!(verdict, Verdict::Sound | Verdict::Refused { .. });
            if verdicts.iter().any(is_other) {
                let (instance, module) = ((*instance).to_owned(), module.clone());
                alternatives.push(Alternative { instance, module, verdicts });
            }
        }
    }
    Ok(Matrix { system: system.name, platforms, alternatives })
}

/// The modules that are not apps, with the names of the interfaces that they provide.
fn providers(catalog: &Catalog<'_>) -> Vec<(String, BTreeSet<String>)> {
    let mut providers = Vec::new();
    for (name, folders) in catalog.modules() {
        let [folder] = folders.as_slice() else { continue };
        let Ok(module) = catalog.module(folder) else { continue };
        let provided = module.provides.iter().map(|(id, _)| catalog.interface(*id).path.ident.clone());
        providers.push((name.clone(), provided.collect()));
    }
    providers
}

/// The names of the interfaces for which an instance is needed.
fn used(plan: &Plan, instance: &str) -> BTreeSet<String> {
    let bindings = plan.instances.iter().flat_map(|user| &user.parameters);
    let wired = bindings.filter_map(|parameter| match parameter {
        Parameter::Binding { instance: bound, interfaces, .. } if bound == instance => Some(interfaces),
        _ => None,
    });
    let ambient = plan.ambient.iter().filter(|binding| binding.instance == instance);
    wired
        .flatten()
        .chain(ambient.map(|binding| &binding.interface))
        .map(|interface| interface.ident.clone())
        .collect()
}

/// The text, with that platform among its own.
fn on(text: &str, system: &SystemFile, platform: &str) -> String {
    edited(text, platform_added(system, platform).into_iter().collect())
}

/// The text, with that platform and with another module for an instance.
fn with(text: &str, system: &SystemFile, instance: &Instance, module: &str, platform: &str) -> String {
    let is_it = |node: &&InstanceNode| node.name.value == instance.name && node.holds_on(platform);
    let change = match system.instances.iter().find(is_it) {
        None => added(system, &format!("module \"{module}\" as=\"{}\"", instance.name)),
        Some(node) if node.name.span == node.module.span => {
            // The instance has the module's name, by which others may know it.
            (node.module.span.clone(), format!("\"{module}\" as=\"{}\"", instance.name))
        }
        Some(node) => (node.module.span.clone(), format!("\"{module}\"")),
    };
    edited(text, platform_added(system, platform).into_iter().chain([change]).collect())
}

fn platform_added(system: &SystemFile, platform: &str) -> Option<(Range<usize>, String)> {
    let is_named = system.platforms.iter().any(|named| named.name.value == platform);
    (!is_named).then(|| added(system, &format!("platform \"{platform}\"")))
}

/// A node more, behind the platforms.
fn added(system: &SystemFile, node: &str) -> (Range<usize>, String) {
    let at = system.platforms.last().map_or(system.head.end, |platform| platform.node.span.end);
    (at..at, format!("\n    {node};"))
}

/// The text with pieces replaced, which do not overlap.
fn edited(text: &str, mut changes: Vec<(Range<usize>, String)>) -> String {
    changes.sort_by_key(|(place, _)| std::cmp::Reverse(place.start));
    let mut text = text.to_owned();
    for (place, replacement) in changes {
        text.replace_range(place, &replacement);
    }
    text
}
