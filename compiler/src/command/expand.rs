//! `oscomp expand`: the glue that a system is compiled with.

use super::{Global, SystemArgument};
use crate::expand;
use crate::failure::{Exit, Failure};
use crate::output::{Format, Output};
use crate::session::Session;
use clap::Args;
use serde::Serialize;

/// Arguments of `oscomp expand`.
#[derive(Debug, Args)]
pub struct Expand {
    #[command(flatten)]
    system: SystemArgument,
}

#[derive(Serialize)]
struct Expanded {
    system: String,
    platform: String,
    glue: String,
}

impl Expand {
    /// Prints the glue for each platform.
    pub fn run(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let session = Session::open(global, &self.system)?;
        let mut all = Vec::new();
        for plan in session.plans(output)? {
            let glue = expand::text(&plan).map_err(|problem| {
                Failure::refused(
                    format!("the glue for {} is not Rust: {problem}", plan.platform.name),
                    "this is a mistake in oscomp: report it together with the system",
                )
            })?;
            all.push(Expanded { system: plan.system, platform: plan.platform.name, glue });
        }
        match output.format {
            Format::Json => output.json(&all),
            _ => all.iter().for_each(|expanded| output.line(&expanded.glue)),
        }
        Ok(Exit::Sound)
    }
}
