//! `oscomp fix`: makes the changes that a report offers.

use super::{Global, SystemArgument};
use crate::edit::Editing;
use crate::failure::{Exit, Failure};
use crate::output::{Format, Output};
use crate::report;
use clap::Args;
use oscomp_lang::diagnostic::Edit;
use oscomp_lang::edit::remedies;
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
            let chosen = remedies(&report, &editing.file);
            if chosen.is_empty() {
                break;
            }
            let titles: Vec<String> =
                chosen.iter().map(|(found, fix)| format!("{}: {}", found.message, fix.title)).collect();
            let edits: Vec<Edit> = chosen.iter().flat_map(|(_, fix)| fix.edits.clone()).collect();
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
