//! What checking found, printed.

use crate::output::Output;
use crate::session::Session;
use oscomp_lang::diagnostic::{Diagnostic, Severity};
use oscomp_lang::plan::Plan;

/// What checking found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The findings.
    pub diagnostics: Vec<Diagnostic>,
    /// One plan for each platform, if the system is sound.
    pub plans: Vec<Plan>,
}

impl Report {
    /// Whether nothing refuses the composition.
    pub fn is_sound(&self) -> bool {
        self.diagnostics.iter().all(|diagnostic| diagnostic.severity != Severity::Error)
    }
}

/// Prints every finding and a line that sums them up.
pub fn print(session: &Session, report: &Report, output: &Output) {
    for diagnostic in &report.diagnostics {
        output.line(format!("{}: {}", diagnostic.code, diagnostic.message));
    }
    output.note(format!("{}: {} platforms", session.shown, report.plans.len()));
}
