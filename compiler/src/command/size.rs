//! `oscomp size`: where the bytes of an image come from.

use super::{Global, SystemArgument};
use crate::build::{self, Image, Place, Profile};
use crate::failure::{Exit, Failure};
use crate::output::{Format, Output};
use crate::page;
use crate::session::Session;
use crate::size::{self, Removed, Sizes, html};
use clap::Args;
use oscomp_lang::plan::Plan;
use serde::Serialize;
use std::path::PathBuf;

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
    /// A page: a map of the image by instance, crate and symbol; the same as `--format html`
    #[arg(long, conflicts_with_all = ["removed", "format"])]
    html: bool,
    /// Writes it to a file, instead of to stdout
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Shows the page in the browser
    #[arg(long, conflicts_with_all = ["removed", "format"])]
    open: bool,
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
        let (text, page) = match output.format {
            Format::Json => (serde_json::to_string_pretty(&all).unwrap_or_default(), false),
            Format::Human if !self.html && !self.open => (self.text(&all), false),
            _ => {
                let sizes: Vec<&Sizes> = all.iter().map(|counted| &counted.sizes).collect();
                (html::page(&plans[0].system, &sizes), true)
            }
        };
        let file = match (&self.output, page) {
            (Some(file), _) => file.clone(),
            (None, true) if self.html || self.open => {
                Place::of(&session, &plans[0], Profile::Release)?.system().join("size.html")
            }
            _ => {
                output.line(text);
                return Ok(Exit::Sound);
            }
        };
        page::write(&file, &text, self.open, output)?;
        Ok(Exit::Sound)
    }

    fn text(&self, all: &[Counted]) -> String {
        let parts = all.iter().map(|counted| {
            let mut lines = size::lines(&counted.sizes, self.symbols);
            if let Some(removed) = &counted.removed {
                lines.push(String::new());
                lines.extend(size::removed_lines(removed));
            }
            lines.join("\n")
        });
        parts.collect::<Vec<_>>().join("\n\n")
    }
}

fn count(plan: &Plan, image: &Image) -> Result<Sizes, Failure> {
    size::of_files(plan, &image.debug_file, &image.file)
}
