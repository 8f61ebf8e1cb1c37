//! `oscomp graph`: the instances and what binds them.

use super::{Global, SystemArgument};
use crate::build::{Place, Profile};
use crate::failure::{Exit, Failure};
use crate::graph::html::{self, Shown};
use crate::graph::{Graph, svg, text};
use crate::output::{Format, Output};
use crate::page;
use crate::session::Session;
use crate::size;
use clap::Args;
use oscomp_lang::catalog::{ModuleEntry, describe};
use oscomp_lang::plan::Plan;
use oscomp_lang::source::SourcePath;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Arguments of `oscomp graph`.
#[derive(Debug, Args)]
pub struct Draw {
    #[command(flatten)]
    system: SystemArgument,
    /// Writes it to a file, instead of to stdout
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Shows it in the browser, as a page with everything that is known of each instance
    #[arg(long)]
    open: bool,
}

impl Draw {
    /// Prints the graph for each platform; a drawing shows one platform, a page all of them.
    pub fn run(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let format = match (self.open, output.format) {
            (true, Format::Human | Format::Html) => Format::Html,
            (true, other) => {
                return Err(Failure::environment(
                    format!("a browser is not shown a graph as {}", other.name()),
                    "leave `--format` out, or `--open`",
                ));
            }
            (false, format) => format,
        };
        let session = Session::open(global, &self.system)?;
        let plans = session.plans(output)?;
        let text = if format == Format::Html {
            let modules = modules(&session, &plans);
            let shown = plans.iter().map(|plan| {
                let last = size::of_last_build(&session, plan).unwrap_or_else(|failure| {
                    without_bytes(plan, &failure, output);
                    None
                });
                Shown { plan, modules: &modules, last }
            });
            html::page(&plans[0].system, &shown.collect::<Vec<_>>())
        } else {
            drawn(format, &plans)?
        };
        let file = match (&self.output, plans.first()) {
            (Some(file), _) => Some(file.clone()),
            (None, Some(plan)) if self.open => {
                Some(Place::of(&session, plan, Profile::Release)?.system().join("graph.html"))
            }
            _ => None,
        };
        let Some(file) = file else {
            output.line(text.trim_end());
            return Ok(Exit::Sound);
        };
        page::write(&file, &text, self.open, output)?;
        Ok(Exit::Sound)
    }
}

/// Says why the page has no bytes for a platform; it is a page all the same.
fn without_bytes(plan: &Plan, failure: &Failure, output: &Output) {
    if let Failure::Refused(message) | Failure::Environment(message) = failure {
        output.note(format!("without the bytes of {}: {}", plan.platform.name, message.what));
    }
}

/// The graphs in a form other than a page.
fn drawn(format: Format, plans: &[Plan]) -> Result<String, Failure> {
    let graphs: Vec<Graph> = plans.iter().map(Graph::of).collect();
    Ok(match (format, graphs.as_slice()) {
        (Format::Json, _) => serde_json::to_string_pretty(&graphs).unwrap_or_default(),
        (Format::Human, _) => {
            graphs.iter().map(|graph| text::tree(graph).join("\n")).collect::<Vec<_>>().join("\n\n")
        }
        (Format::Dot, [graph]) => text::dot(graph),
        (Format::Mermaid, [graph]) => text::mermaid(graph),
        (_, [graph]) => svg::draw(graph),
        (_, graphs) => {
            let names: Vec<&str> = graphs.iter().map(|graph| graph.platform.as_str()).collect();
            return Err(Failure::environment(
                format!("a drawing shows one platform, and the system has {}", graphs.len()),
                format!("choose one with `--platform`: {}", names.join(", ")),
            ));
        }
    })
}

/// What the sources say of the modules of some plans. What cannot be described is left out: the plans are sound
/// all the same.
fn modules(session: &Session, plans: &[Plan]) -> BTreeMap<SourcePath, ModuleEntry> {
    let mut modules = BTreeMap::new();
    for source in plans.iter().flat_map(|plan| &plan.instances).map(|instance| &instance.source) {
        if !modules.contains_key(source)
            && let Ok(entry) = describe(session, source)
        {
            modules.insert(source.clone(), entry);
        }
    }
    modules
}
