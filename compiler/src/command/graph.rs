//! `oscomp graph`: the instances and what binds them.

use super::{Global, SystemArgument};
use crate::failure::{Exit, Failure};
use crate::graph::{Graph, svg, text};
use crate::output::{Format, Output};
use crate::session::Session;
use clap::Args;

/// Arguments of `oscomp graph`.
#[derive(Debug, Args)]
pub struct Draw {
    #[command(flatten)]
    system: SystemArgument,
}

impl Draw {
    /// Prints the graph for each platform; a drawing shows one platform.
    pub fn run(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let session = Session::open(global, &self.system)?;
        let graphs: Vec<Graph> = session.plans(output)?.iter().map(Graph::of).collect();
        match (output.format, graphs.as_slice()) {
            (Format::Json, _) => output.json(&graphs),
            (Format::Human, _) => {
                for (index, graph) in graphs.iter().enumerate() {
                    if index > 0 {
                        output.line("");
                    }
                    text::tree(graph).iter().for_each(|line| output.line(line));
                }
            }
            (Format::Dot, [graph]) => output.line(text::dot(graph).trim_end()),
            (Format::Mermaid, [graph]) => output.line(text::mermaid(graph).trim_end()),
            (Format::Svg, [graph]) => output.line(svg::draw(graph).trim_end()),
            (_, graphs) => {
                let names: Vec<&str> = graphs.iter().map(|graph| graph.platform.as_str()).collect();
                return Err(Failure::environment(
                    format!("a drawing shows one platform, and the system has {}", graphs.len()),
                    format!("choose one with `--platform`: {}", names.join(", ")),
                ));
            }
        }
        Ok(Exit::Sound)
    }
}
