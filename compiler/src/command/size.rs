//! `oscomp size`: where the bytes of an image come from.

use super::{Global, SystemArgument};
use crate::build::{self, Image, Profile};
use crate::failure::{Exit, Failure};
use crate::output::{Format, Output};
use crate::session::Session;
use crate::size::{self, Removed, Sizes};
use clap::Args;
use oscomp_lang::plan::Plan;
use serde::Serialize;

/// Arguments of `oscomp size`.
#[derive(Debug, Args)]
pub struct Size {
    #[command(flatten)]
    system: SystemArgument,
    /// How many symbols to show
    #[arg(long, value_name = "N", default_value_t = 15)]
    symbols: usize,
    /// Counts the image linked whole: without optimisation across crates, nothing dropped
    #[arg(long)]
    no_lto: bool,
    /// Also builds the image linked whole, and says what was removed, by crate
    #[arg(long, conflicts_with = "no_lto")]
    removed: bool,
}

#[derive(Serialize)]
struct Counted {
    #[serde(flatten)]
    sizes: Sizes,
    #[serde(skip_serializing_if = "Option::is_none")]
    removed: Option<Vec<Removed>>,
}

impl Size {
    /// Builds each image and counts it.
    pub fn run(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let session = Session::open(global, &self.system)?;
        let plans = session.plans(output)?;
        build::can_build(&plans)?;
        let mut all = Vec::new();
        for plan in &plans {
            let profile = if self.no_lto { Profile::Whole } else { Profile::Release };
            let sizes = count(plan, &build::build(&session, plan, profile, output)?)?;
            let removed = if self.removed {
                let whole = count(plan, &build::build(&session, plan, Profile::Whole, output)?)?;
                Some(size::removed(&whole, &sizes))
            } else {
                None
            };
            all.push(Counted { sizes, removed });
        }
        if output.format == Format::Json {
            output.json(&all);
            return Ok(Exit::Sound);
        }
        for (index, counted) in all.iter().enumerate() {
            if index > 0 {
                output.line("");
            }
            let mut lines = size::lines(&counted.sizes, self.symbols);
            if let Some(removed) = &counted.removed {
                lines.push(String::new());
                lines.extend(size::removed_lines(removed));
            }
            lines.iter().for_each(|line| output.line(line));
        }
        Ok(Exit::Sound)
    }
}

fn count(plan: &Plan, image: &Image) -> Result<Sizes, Failure> {
    size::of_files(plan, &image.debug_file, &image.file)
}
