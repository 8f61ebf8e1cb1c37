//! `oscomp watch`: checks, builds or runs again whenever something changes.

use super::{Global, SystemArgument};
use crate::build::Profile;
use crate::failure::{Exit, Failure};
use crate::output::{Format, Output};
use crate::report::{self, counted};
use crate::session::{Session, relative};
use crate::watch::{Changes, Event, Job, Recorder};
use clap::{Args, ValueEnum};
use oscomp_lang::plan::Plan;
use std::ffi::OsString;

/// Arguments of `oscomp watch`.
#[derive(Debug, Args)]
#[command(after_help = "It ends at Ctrl-C, and with it what it has started.")]
pub struct Watch {
    /// What to do after each change
    #[arg(value_enum, value_name = "WHAT", default_value_t)]
    what: What,
    #[command(flatten)]
    system: SystemArgument,
    /// How to build
    #[arg(long, value_enum, default_value_t, value_name = "PROFILE")]
    profile: Profile,
    /// Further arguments for `oscomp build` or `oscomp run`
    #[arg(last = true, value_name = "ARGUMENT")]
    further: Vec<OsString>,
}

/// What to do after each change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
enum What {
    /// Says whether the system is sound
    #[default]
    Check,
    /// Builds the image of each platform too
    Build,
    /// Builds the image of the first platform, and runs it
    Run,
}

impl Watch {
    /// Watches until a signal comes.
    pub fn run(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        // That there is no system at the beginning is a mistake; later it may come again.
        Session::open(global, &self.system)?;
        let mut changes = Changes::new()?;
        loop {
            let plans = match Session::open(global, &self.system) {
                Ok(session) => {
                    let recorder = Recorder::new(&session);
                    let report = session.check_with(&recorder);
                    let watched = recorder.finish(&report.plans);
                    if watched != *changes.watched() {
                        // Again, so that no change between reading and watching is missed.
                        changes.watch(&watched);
                        continue;
                    }
                    if self.what == What::Check || !report.is_sound() {
                        report::print(&session, &report, output);
                    }
                    report.plans
                }
                Err(failure) => {
                    output.failure(&failure);
                    Vec::new()
                }
            };
            if let Some(exit) = self.until_a_change(&mut changes, self.commands(global, &plans), output)? {
                return Ok(exit);
            }
        }
    }

    /// What has to be run, one after the other; each with whether it needs no terminal.
    fn commands(&self, global: &Global, plans: &[Plan]) -> Vec<(Vec<OsString>, bool)> {
        let Some(first) = plans.first() else { return Vec::new() };
        let mut commands = Vec::new();
        for (what, name) in [(What::Build, "build"), (What::Run, "run")] {
            if self.what < what {
                continue;
            }
            let mut arguments: Vec<OsString> = vec![name.into()];
            let system = self.system.positional.as_ref().or(global.system.as_ref());
            arguments.extend(system.map(|system| system.clone().into()));
            if let Some(catalog) = &global.catalog {
                arguments.extend(["--catalog".into(), catalog.into()]);
            }
            // `run` takes the first platform alone.
            let platform =
                global.platform.as_ref().or((self.what == What::Run).then_some(&first.platform.name));
            if let Some(platform) = platform {
                arguments.extend(["--platform".into(), platform.into()]);
            }
            if let Some(profile) = self.profile.to_possible_value() {
                arguments.extend(["--profile".into(), profile.get_name().into()]);
            }
            arguments.extend(["--format".into(), global.format.name().into()]);
            if self.what == what {
                arguments.extend(self.further.iter().cloned());
            }
            commands.push((arguments, what == What::Build));
        }
        commands
    }

    /// Runs the commands and waits for a change, which ends them. Gives the status to end with if a signal comes.
    fn until_a_change(
        &self,
        changes: &mut Changes,
        commands: Vec<(Vec<OsString>, bool)>,
        output: &Output,
    ) -> Result<Option<Exit>, Failure> {
        let watched = changes.watched();
        let sources = counted(watched.files.len() + watched.folders.len(), "source");
        let waiting = |output: &Output| {
            if output.format == Format::Human {
                output.note(format!("watching {sources}"));
            }
        };
        let mut commands = commands.into_iter();
        let mut start =
            || commands.next().map(|(arguments, alone)| Job::start(&arguments, alone)).transpose();
        let mut job = start()?;
        if job.is_none() {
            waiting(output);
        }
        loop {
            match changes.next() {
                Event::Changed(path) => {
                    drop(job);
                    if output.format == Format::Human {
                        output.note(format!("\n{} has changed", relative(&path)));
                    }
                    return Ok(None);
                }
                Event::Signal(_) => {
                    drop(job);
                    return Ok(Some(Exit::Sound));
                }
                Event::Child => {
                    let Some(status) = job.as_mut().and_then(Job::ended) else { continue };
                    job = if status.success() { start()? } else { None };
                    if job.is_none() {
                        waiting(output);
                    }
                }
            }
        }
    }
}
