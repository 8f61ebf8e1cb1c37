//! `oscomp check`: is the system sound?

use super::{Global, SystemArgument};
use crate::failure::{Exit, Failure};
use crate::output::{Format, Output};
use crate::session::Session;
use crate::{matrix, report};
use clap::Args;

/// Arguments of `oscomp check`.
#[derive(Debug, Args)]
#[command(after_help = "One form more: `--format sarif`, for services that show findings beside changes.")]
pub struct Check {
    #[command(flatten)]
    system: SystemArgument,

    /// Checks it on every platform of the catalog, and with every module that could take another's place
    #[arg(long, conflicts_with = "platform")]
    matrix: bool,
}

impl Check {
    /// Prints every diagnostic and a line that sums them up.
    pub fn run(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let session = Session::open(global, &self.system)?;
        if self.matrix && output.format == Format::Sarif {
            return Err(Failure::environment(
                "a matrix has no form `sarif`: it is no list of findings",
                "use `--format json`, or leave `--matrix` out",
            ));
        }
        if self.matrix {
            return match session.matrix() {
                Ok(matrix) => {
                    matrix::print(&matrix, output);
                    Ok(if matrix::is_sound(&matrix) { Exit::Sound } else { Exit::Refused })
                }
                Err(report) => {
                    report::print(&session, &report, output);
                    Ok(Exit::Refused)
                }
            };
        }
        let report = session.check();
        report::print(&session, &report, output);
        Ok(if report.is_sound() { Exit::Sound } else { Exit::Refused })
    }
}
