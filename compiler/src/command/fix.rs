//! `oscomp fix`: makes the changes that a report offers.

use super::{Global, SystemArgument};
use crate::edit::Editing;
use crate::failure::{Exit, Failure};
use crate::output::{Format, Output};
use crate::report;
use clap::Args;
use oscomp_lang::check::Report;
use oscomp_lang::diagnostic::{Edit, Fix as Change};
use oscomp_lang::source::SourcePath;
use std::collections::HashSet;
use std::sync::Arc;

/// Arguments of `oscomp fix`.
#[derive(Debug, Args)]
pub struct Fix {
    #[command(flatten)]
    system: SystemArgument,
    /// Shows what would change, and changes nothing
    #[arg(long)]
    dry_run: bool,
}

/// Times that a file is checked and changed at the most: one mistake can hide another, but not that many.
const ROUNDS: usize = 64;

impl Fix {
    /// Changes the file until no finding has one clear remedy, and says what is left.
    pub fn run(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let mut editing = Editing::open(global, &self.system)?;
        let mut report = editing.check();
        let mut made = Vec::new();
        let mut seen: HashSet<Arc<str>> = HashSet::from([editing.text()]);
        for _ in 0..ROUNDS {
            let (titles, edits) = chosen(&report, &editing.file);
            if edits.is_empty() {
                break;
            }
            editing.apply(&edits)?;
            // Remedies that undo each other are none.
            if !seen.insert(editing.text()) {
                break;
            }
            made.extend(titles);
            report = editing.check();
        }
        let is_sound = report.is_sound();
        if output.format == Format::Json {
            let diff = crate::edit::unified(&editing.session.shown, editing.saved(), &editing.text());
            if !self.dry_run {
                editing.write(false, output)?;
            }
            output.json(&serde_json::json!({ "fixes": made, "diff": diff, "sound": is_sound }));
        } else {
            editing.write(self.dry_run, output)?;
            if !self.dry_run {
                made.iter().for_each(|title| output.line(format!("fixed: {title}")));
                report::print(&editing.session, &report, output);
            }
        }
        Ok(if is_sound { Exit::Sound } else { Exit::Refused })
    }
}

/// The changes of one round: those that are the only remedy of their finding, are in the system's own file, and do not get
/// into each other's way. What is inserted is checked before more is, since it can be the remedy of several findings.
fn chosen(report: &Report, file: &SourcePath) -> (Vec<String>, Vec<Edit>) {
    let (mut titles, mut edits): (Vec<String>, Vec<Edit>) = (Vec::new(), Vec::new());
    let mut inserts = false;
    for diagnostic in &report.diagnostics {
        let [change]: &[Change; 1] = match diagnostic.fixes.as_slice().try_into() {
            Ok(only) => only,
            Err(_) => continue,
        };
        let is_insertion = change.edits.iter().any(|edit| edit.span.is_empty());
        let overlaps = |edit: &Edit| {
            edits.iter().any(|other| edit.span.start <= other.span.end && other.span.start <= edit.span.end)
        };
        let is_own = change.edits.iter().all(|edit| edit.file == *file);
        if !is_own || change.edits.is_empty() || is_insertion && inserts || change.edits.iter().any(overlaps)
        {
            continue;
        }
        inserts |= is_insertion;
        titles.push(format!("{}: {}", diagnostic.message, change.title));
        edits.extend(change.edits.iter().cloned());
    }
    (titles, edits)
}
