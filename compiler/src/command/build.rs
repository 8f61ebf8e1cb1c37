//! `oscomp build`: makes the images of a system.

use super::{Global, SystemArgument};
use crate::build::{self, Image, Profile};
use crate::failure::{Exit, Failure};
use crate::output::{Format, Output};
use crate::phrase;
use crate::session::{Session, relative};
use clap::Args;
use oscomp_lang::plan::Plan;
use serde_json::json;

/// Arguments of `oscomp build`.
#[derive(Debug, Args)]
pub struct Build {
    #[command(flatten)]
    system: SystemArgument,
    /// How to build
    #[arg(long, value_enum, default_value_t, value_name = "PROFILE")]
    profile: Profile,
}

impl Build {
    /// Builds an image for each platform and says where it is.
    pub fn run(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let session = Session::open(global, &self.system)?;
        let plans = session.plans(output)?;
        build::can_build(&plans)?;
        let mut images = Vec::new();
        for plan in &plans {
            let image = build::build(&session, plan, self.profile, output)?;
            match output.format {
                Format::Json => images.push(json!({
                    "platform": plan.platform.name,
                    "image": image.file,
                    "debug": image.debug_file,
                    "bytes": image.bytes,
                    "seconds": image.elapsed.as_secs_f64(),
                    "fresh": image.fresh,
                })),
                _ => output.line(line(plan, &image)),
            }
        }
        if output.format == Format::Json {
            output.json(&images);
        }
        Ok(Exit::Sound)
    }
}

fn line(plan: &Plan, image: &Image) -> String {
    let seconds = image.elapsed.as_secs_f64();
    let how = if image.fresh { "unchanged".to_owned() } else { format!("{seconds:.1} s") };
    format!(
        "{}: {} ({} bytes, {how})",
        plan.platform.name,
        relative(&image.file),
        phrase::thousands(image.bytes)
    )
}
