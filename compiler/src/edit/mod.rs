//! Changing a system's file: what is asked for is tried on the text first, checked, and then written or not.

mod diff;
mod unsaved;
mod write;

pub use diff::unified;
pub use write::replace;

use crate::command::{Global, SystemArgument};
use crate::failure::{Exit, Failure};
use crate::output::{Format, Output};
use crate::report;
use crate::session::Session;
use clap::Args;
use oscomp_lang::check::Report;
use oscomp_lang::diagnostic::{Diagnostic, Edit, Fix, Severity};
use oscomp_lang::edit::{Refusal, SystemText, apply};
use oscomp_lang::editor::Workspace;
use oscomp_lang::inventory::Inventory;
use oscomp_lang::source::{SourcePath, Sources};
use std::collections::HashSet;
use std::sync::Arc;
use unsaved::{Text, Unsaved};

/// What every command takes that changes a system's file.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct Writing {
    /// Shows what would change, and changes nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Changes the file even if the system is refused then
    #[arg(long)]
    pub force: bool,
}

/// A system's file and the text that it may get.
pub struct Editing {
    /// The system.
    pub session: Session,
    /// Its file.
    pub file: SourcePath,
    /// What is in the file.
    saved: Arc<str>,
    text: Text,
    workspace: Workspace,
}

impl Editing {
    /// Reads the file of the system that the command line names.
    pub fn open(global: &Global, argument: &SystemArgument) -> Result<Self, Failure> {
        Self::of(Session::open(global, argument)?)
    }

    /// Reads a system's file.
    pub fn of(session: Session) -> Result<Self, Failure> {
        let file = SourcePath::Project(session.file.clone());
        let saved = session.read(&file).map_err(|problem| {
            Failure::environment(
                format!("{} cannot be read: {problem}", session.shown),
                "name the folder of a system, or its system.kdl",
            )
        })?;
        let text = Text::new(&saved);
        let workspace = Workspace::new(Unsaved::new(session.clone(), &text));
        Ok(Self { session, file, saved, text, workspace })
    }

    /// The text as it is now.
    pub fn text(&self) -> Arc<str> {
        self.text.get()
    }

    /// What is in the file, as it was read or written last.
    pub fn saved(&self) -> &Arc<str> {
        &self.saved
    }

    /// Gives it another text; nothing is written.
    pub fn set_text(&mut self, text: Arc<str>) {
        self.text.set(text);
        self.workspace.changed(&self.file);
    }

    /// Checks the text as it is now.
    pub fn check(&self) -> Report {
        self.workspace.check(&self.file)
    }

    /// What the system has as the text is now.
    pub fn inventory(&self) -> Inventory {
        self.workspace.look(&self.file, |view| view.inventory()).unwrap_or_default()
    }

    /// Answers a question of the text; if it has mistakes of syntax the report is printed.
    pub fn read<T>(&self, output: &Output, answer: impl FnOnce(&SystemText<'_>) -> T) -> Result<T, Failure> {
        let text = self.text();
        match SystemText::read(&self.file, &text) {
            Ok(system) => Ok(answer(&system)),
            Err(_) => {
                report::print(&self.session, &self.check(), output);
                Err(Failure::Reported)
            }
        }
    }

    /// What a change would be; if the text has mistakes of syntax the report is printed.
    pub fn change(
        &self,
        output: &Output,
        change: impl FnOnce(&SystemText<'_>) -> Result<Fix, Refusal>,
    ) -> Result<Fix, Failure> {
        self.read(output, change)?.map_err(|refusal| {
            let help = help(&refusal);
            Failure::environment(refusal, help)
        })
    }

    /// Applies a change to the text.
    pub fn apply(&mut self, edits: &[Edit]) -> Result<(), Failure> {
        let changed = apply(&self.text(), edits).map_err(|misfit| {
            Failure::environment(format!("{}: {misfit}", self.session.shown), "run the command again")
        })?;
        self.set_text(changed.into());
        Ok(())
    }

    /// Makes a change, checks what it comes to, and writes the file, unless that brings new errors or only a look at
    /// it is asked for.
    pub fn finish(&mut self, fix: &Fix, writing: Writing, output: &Output) -> Result<Exit, Failure> {
        let before = self.check();
        self.apply(&fix.edits)?;
        let after = self.check();
        if !writing.force && brings_errors(&before, &after) {
            report::print(&self.session, &after, output);
            output.note(format!("nothing is written: {} would be refused", self.session.shown));
            return Ok(Exit::Refused);
        }
        self.write(writing.dry_run, output)?;
        if !writing.dry_run {
            report::print(&self.session, &after, output);
        }
        Ok(if after.is_sound() { Exit::Sound } else { Exit::Refused })
    }

    /// Writes the text to the file, or shows what would change.
    pub fn write(&mut self, dry_run: bool, output: &Output) -> Result<(), Failure> {
        let text = self.text();
        if dry_run {
            let diff = unified(&self.session.shown, &self.saved, &text);
            match output.format {
                Format::Json => output.json(&serde_json::json!({ "diff": diff })),
                _ => diff.lines().for_each(|line| output.line(line)),
            }
            return Ok(());
        }
        self.save()
    }

    /// Writes the text to the file.
    pub fn save(&mut self) -> Result<(), Failure> {
        let text = self.text();
        if text != self.saved {
            let path = self.session.folder.join(&self.session.file);
            replace(&path, &self.session.shown, &self.saved, &text)?;
            self.saved = text;
        }
        Ok(())
    }
}

/// What can be done about a refusal.
fn help(refusal: &Refusal) -> String {
    match refusal {
        Refusal::NeedsPlatform { platforms, .. } => {
            format!("name one of them with `--platform`: {}", platforms.join(", "))
        }
        Refusal::SetByPlatform { .. } => "name the platform with `--platform`".to_owned(),
        Refusal::Several { .. } => "name the platform of the one that is meant with `--platform`".to_owned(),
        Refusal::SetForAll { .. } => {
            "leave `--platform` out to change it for all, or limit what is there with `on=\"…\"` first"
                .to_owned()
        }
        Refusal::Taken { .. } => "give it another name with `--as`".to_owned(),
        Refusal::NoInstance { .. } => "what the platform has by default is not in the file".to_owned(),
        Refusal::NoField { .. } => "`oscomp why` says where its value comes from".to_owned(),
        Refusal::App { .. } => "name another app in the file instead".to_owned(),
        _ => "`oscomp check` says more".to_owned(),
    }
}

/// Whether a report has errors that another one does not have.
pub fn brings_errors(before: &Report, after: &Report) -> bool {
    new_errors(before, after).next().is_some()
}

/// The errors of a report that another one does not have, or has for another text at their place.
pub fn new_errors<'a>(before: &'a Report, after: &'a Report) -> impl Iterator<Item = &'a Diagnostic> {
    let known: HashSet<_> = before.diagnostics.iter().map(|found| identity(before, found)).collect();
    let is_error = |found: &&Diagnostic| found.severity == Severity::Error;
    after.diagnostics.iter().filter(is_error).filter(move |found| !known.contains(&identity(after, found)))
}

/// What makes a finding the same in another text: what it says, and what it says it of.
fn identity<'a>(report: &'a Report, found: &'a Diagnostic) -> (&'static str, &'a str, &'a str) {
    let label = found.labels.first();
    let at = label.and_then(|label| report.texts.get(&label.file)?.get(label.span.clone()));
    (found.code, &found.message, at.unwrap_or_default())
}
