//! `oscomp fmt`: the layout of a system's file.

use super::{Global, SystemArgument};
use crate::catalog::Catalog;
use crate::edit::{replace, unified};
use crate::failure::{Exit, Failure};
use crate::output::{Format, Output};
use crate::report;
use crate::session::Session;
use clap::Args;
use oscomp_lang::check::Report;
use oscomp_lang::format::format;
use oscomp_lang::source::{SourcePath, Sources};
use std::env;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;

/// Arguments of `oscomp fmt`.
#[derive(Debug, Args)]
pub struct Fmt {
    // `-` is a text on stdin, which goes to stdout.
    #[command(flatten)]
    system: SystemArgument,
    /// Changes nothing; shows what would change, and ends with 1 if anything would
    #[arg(long)]
    check: bool,
}

impl Fmt {
    /// Lays the file out.
    pub fn run(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let is_stdin = self.system.positional.as_deref() == Some(Path::new("-"));
        let session = if is_stdin { stdin_session()? } else { Session::open(global, &self.system)? };
        let file = SourcePath::Project(session.file.clone());
        let text: Arc<str> = if is_stdin {
            let mut text = String::new();
            io::stdin().lock().read_to_string(&mut text).map_err(|error| {
                Failure::environment(format!("stdin cannot be read: {error}"), "expected text in UTF-8")
            })?;
            text.into()
        } else {
            session.read(&file).map_err(|problem| {
                Failure::environment(
                    format!("{} cannot be read: {problem}", session.shown),
                    "name the folder of a system, or its system.kdl",
                )
            })?
        };
        let formatted = match format(&file, &text) {
            Ok(formatted) => formatted,
            Err(diagnostics) => {
                let texts = [(file, text)].into();
                let report = Report { diagnostics, texts, ..Report::default() };
                report::note(&session, &report, output);
                return Ok(Exit::Refused);
            }
        };
        if self.check {
            let diff = unified(&session.shown, &text, &formatted);
            match output.format {
                Format::Json => output.json(&serde_json::json!({ "diff": diff })),
                _ => diff.lines().for_each(|line| output.line(line)),
            }
            return Ok(if diff.is_empty() { Exit::Sound } else { Exit::Refused });
        }
        if is_stdin {
            // That nobody reads it any more is not an error.
            let _ = io::stdout().lock().write_all(formatted.as_bytes());
        } else if *text != *formatted {
            replace(&session.folder.join(&session.file), &session.shown, &text, &formatted)?;
        }
        Ok(Exit::Sound)
    }
}

/// What stands for a system that has no file.
fn stdin_session() -> Result<Session, Failure> {
    let folder = env::current_dir().map_err(|error| {
        Failure::environment(format!("there is no current folder: {error}"), "go to one that exists")
    })?;
    let file = "<stdin>".to_owned();
    Ok(Session { folder, shown: file.clone(), file, catalog: Catalog::Embedded, platform: None })
}
