//! `oscomp diff`: what differs between two systems, or between two platforms of one.

use super::{Global, SystemArgument};
use crate::diff::{self, Comparison, Difference};
use crate::failure::{Exit, Failure};
use crate::output::{Format, Output};
use crate::session::Session;
use crate::size::{self, Sizes};
use clap::Args;
use oscomp_lang::plan::Plan;
use std::path::{Path, PathBuf};

/// Arguments of `oscomp diff`.
#[derive(Debug, Args)]
#[command(after_help = "Exit status: 0 the same, 1 different, 2 one of them cannot be told.")]
pub struct Diff {
    /// The one: its file, or the folder that holds its system.kdl
    #[arg(value_name = "SYSTEM", conflicts_with = "system")]
    from: PathBuf,
    /// The other; the same one when left out, on the platform of `--against`
    #[arg(value_name = "OTHER", required_unless_present = "against")]
    to: Option<PathBuf>,
    /// The platform of the other, to compare with that of `--platform`
    #[arg(long, value_name = "NAME", requires = "platform")]
    against: Option<String>,
}

/// One side.
struct Side {
    session: Session,
    plans: Vec<Plan>,
}

impl Side {
    fn open(
        global: &Global,
        system: &Path,
        platform: Option<&String>,
        output: &Output,
    ) -> Result<Self, Failure> {
        let global = Global { platform: platform.cloned(), ..global.clone() };
        let session = Session::open(&global, &SystemArgument { positional: Some(system.to_owned()) })?;
        let plans = session.plans(output)?;
        Ok(Self { session, plans })
    }

    /// The plan for a platform.
    fn on(&self, platform: &str) -> Option<&Plan> {
        self.plans.iter().find(|plan| plan.platform.name == platform)
    }

    /// The platforms that the other is not for.
    fn beside(&self, other: &Self) -> Vec<String> {
        let names = self.plans.iter().map(|plan| &plan.platform.name);
        names.filter(|name| other.on(name).is_none()).cloned().collect()
    }

    /// The bytes of the image that was built of a plan.
    fn sizes(&self, plan: &Plan) -> Result<Option<Sizes>, Failure> {
        let last = size::of_last_build(&self.session, plan)?;
        Ok(last.filter(|last| last.same_plan).map(|last| last.sizes))
    }
}

impl Diff {
    /// Prints what differs, for each platform that both have; a platform that one of them has alone is a difference
    /// too.
    pub fn run(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        match self.compare(global, output) {
            Ok(comparison) => {
                match output.format {
                    Format::Json => output.json(&comparison),
                    _ => print(&comparison, output),
                }
                Ok(if comparison.is_empty() { Exit::Sound } else { Exit::Refused })
            }
            // The status 1 says that they differ, which is not known.
            Err(Failure::Reported) => Ok(Exit::Environment),
            Err(Failure::Refused(message)) => Err(Failure::Environment(message)),
            Err(failure) => Err(failure),
        }
    }

    fn compare(&self, global: &Global, output: &Output) -> Result<Comparison, Failure> {
        let platform = global.platform.as_ref();
        let from = Side::open(global, &self.from, platform, output)?;
        let other = self.to.as_ref().unwrap_or(&self.from);
        let to = Side::open(global, other, self.against.as_ref().or(platform), output)?;
        let difference = |one: &Plan, another: &Plan| -> Result<Difference, Failure> {
            let (before, after) = (from.sizes(one)?, to.sizes(another)?);
            Ok(Difference::of((one, before.as_ref()), (another, after.as_ref())))
        };
        if let ([one], [another]) = (from.plans.as_slice(), to.plans.as_slice()) {
            let differences = vec![difference(one, another)?];
            return Ok(Comparison { differences, ..Comparison::default() });
        }
        let mut comparison = Comparison { only_to: to.beside(&from), ..Comparison::default() };
        for one in &from.plans {
            match to.on(&one.platform.name) {
                Some(another) => comparison.differences.push(difference(one, another)?),
                None => comparison.only_from.push(one.platform.name.clone()),
            }
        }
        Ok(comparison)
    }
}

fn print(comparison: &Comparison, output: &Output) {
    for line in diff::lines(comparison) {
        match line.as_bytes().first() {
            Some(b'-') => output.line(output.paint(&line, "31")),
            Some(b'+') => output.line(output.paint(&line, "32")),
            _ => output.line(line),
        }
    }
}
