//! `oscomp check`: is the system sound?

use super::{Global, SystemArgument};
use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::report;
use crate::session::Session;
use clap::Args;

/// Arguments of `oscomp check`.
#[derive(Debug, Args)]
pub struct Check {
    #[command(flatten)]
    system: SystemArgument,
}

impl Check {
    /// Prints every diagnostic and a line that sums them up.
    pub fn run(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let session = Session::open(global, &self.system)?;
        let report = session.check();
        report::print(&session, &report, output);
        Ok(if report.is_sound() { Exit::Sound } else { Exit::Refused })
    }
}
