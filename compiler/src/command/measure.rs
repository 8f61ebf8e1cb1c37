//! `oscomp measure`: what an image costs at run time.

use super::{Global, SystemArgument};
use crate::build::{self, Profile};
use crate::failure::{Exit, Failure};
use crate::image;
use crate::measure::{self, Measured};
use crate::output::{Format, Output};
use crate::session::Session;
use clap::Args;
use serde::Serialize;
use std::fs;

/// Arguments of `oscomp measure`.
#[derive(Debug, Args)]
pub struct Measure {
    #[command(flatten)]
    system: SystemArgument,
}

#[derive(Serialize)]
struct Figures {
    system: String,
    platform: String,
    file: u64,
    loaded: u64,
    #[serde(flatten)]
    measured: Measured,
}

impl Measure {
    /// Builds each image and measures it.
    pub fn run(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let session = Session::open(global, &self.system)?;
        let plans = session.plans(output)?;
        build::can_build(&plans)?;
        let mut all = Vec::new();
        for plan in &plans {
            let built = build::build(&session, plan, Profile::Release, output)?;
            let linked = fs::read(&built.debug_file).map_err(|error| {
                Failure::environment(
                    format!("{} cannot be read: {error}", built.debug_file.display()),
                    "check its permissions; `oscomp build` makes it again",
                )
            })?;
            let finished = image::finish(&linked, plan.platform.environment).map_err(|error| {
                Failure::environment(error, "remove the image; `oscomp build` makes it again")
            })?;
            let measured = measure::measure(plan, &built.file, &linked)?;
            match output.format {
                Format::Json => all.push(Figures {
                    system: plan.system.clone(),
                    platform: plan.platform.name.clone(),
                    file: built.bytes,
                    loaded: finished.loaded,
                    measured,
                }),
                _ => measure::lines(plan, built.bytes, finished.loaded, &measured)
                    .iter()
                    .for_each(|line| output.line(line)),
            }
        }
        if output.format == Format::Json {
            output.json(&all);
        }
        Ok(Exit::Sound)
    }
}
