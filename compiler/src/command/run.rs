//! `oscomp run`: builds an image and boots it.

use super::{Global, SystemArgument};
use crate::build::{self, Place, Profile};
use crate::failure::{Exit, Failure};
use crate::output::{Format, Output};
use crate::run::{self, Behind, CommandLine, End, Kind, Network, Outside};
use crate::session::Session;
use clap::Args;
use oscomp_lang::plan::Plan;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The status when the time is over, as `timeout` has it.
const TIMEOUT: u8 = 124;

/// Arguments of `oscomp run`.
#[derive(Debug, Args)]
#[command(after_help = "Exit status: the image's own; 124 when the time is over, 128 + N after signal N.")]
pub struct Run {
    #[command(flatten)]
    system: SystemArgument,
    /// How to build
    #[arg(long, value_enum, default_value_t, value_name = "PROFILE")]
    profile: Profile,
    /// The accelerator to use, instead of the best that works
    #[arg(long, value_name = "NAME")]
    accelerator: Option<String>,
    /// Ends the image after that long
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    timeout: Option<Duration>,
    /// A tap device of this machine for the image's network device, instead of a network of its own with
    /// forwarded ports
    #[arg(long, value_name = "NAME")]
    tap: Vec<String>,
    /// A file for the image's block device, instead of one beside the image that is kept from run to run
    #[arg(long, value_name = "FILE")]
    disk: Vec<PathBuf>,
    /// A folder of this machine for the image's share, which may read and write all of it, instead of one beside the
    /// image that is kept from run to run
    #[arg(long, value_name = "FOLDER")]
    share: Vec<PathBuf>,
    /// Only prints the command line
    #[arg(long)]
    dry_run: bool,
    /// Further arguments for what runs the image
    #[arg(last = true, value_name = "ARGUMENT")]
    further: Vec<OsString>,
    /// Waits for a debugger before the first instruction
    #[arg(long)]
    gdb: bool,
}

impl Run {
    /// Builds the image of the first platform that is asked for, and runs it.
    pub fn run(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let session = Session::open(global, &self.system)?;
        let plans = session.plans(output)?;
        let Some(plan) = plans.first() else {
            return Err(Failure::refused(
                format!("{} has no platform to run on", session.shown),
                "add one to system.kdl: platform \"qemu-microvm\"",
            ));
        };
        if let Some(runner) = &plan.platform.runner
            && !self.dry_run
            && run::find(&runner.program).is_none()
        {
            return Err(run::missing(&runner.program));
        }
        let accelerator = run::choose(plan, self.accelerator.as_deref())?;
        let (image, debug_image) = if self.dry_run {
            let place = Place::of(&session, plan, self.profile)?;
            (place.image(), place.debug_image())
        } else {
            let image = build::build(&session, plan, self.profile, output)?;
            (image.file, image.debug_file)
        };
        let outside = Outside {
            network: Network::new(plan, &self.tap)?,
            disks: Behind::new(Kind::Disk, plan, &image, &self.disk)?,
            shares: Behind::new(Kind::Share, plan, &image, &self.share)?,
        };
        let mut line = CommandLine::new(plan, &image, accelerator, &outside);
        line.arguments.extend(self.further.iter().cloned());
        if self.gdb {
            line = with_gdb(line, plan, &debug_image, output)?;
        }
        if self.dry_run {
            output.line(run::quoted(&line));
            return Ok(Exit::Sound);
        }
        if output.format == Format::Human {
            let how = accelerator.map_or(String::new(), |accelerator| format!(" with {}", accelerator.name));
            let others = if plans.len() > 1 && global.platform.is_none() {
                let names: Vec<&str> = plans[1..].iter().map(|plan| plan.platform.name.as_str()).collect();
                format!(" (others: --platform {})", names.join(", "))
            } else {
                String::new()
            };
            output.note(format!("running {} on {}{how}{others}", plan.system, plan.platform.name));
        }
        outside.network.announce(output);
        outside.make()?;
        if let Some((path, text)) = run::file(plan, &image, &outside) {
            build::write_changed(&path, text.as_bytes())?;
        }
        self.decode(plan, &line, output)
    }

    fn decode(&self, plan: &Plan, line: &CommandLine, output: &Output) -> Result<Exit, Failure> {
        match run::run(line, plan.platform.runner.as_ref(), self.timeout)? {
            End::Status(code) => run::status(plan, code).map(Exit::Image).ok_or_else(|| {
                Failure::environment(
                    format!(
                        "the machine stopped without a status ({} ended with {code})",
                        line.program.display()
                    ),
                    "the image reset or halted the machine by itself; `oscomp run --gdb` shows where",
                )
            }),
            End::Runner(complaint) => Err(Failure::environment(
                format!("{}: {complaint}", line.program.display()),
                "`oscomp run --dry-run` prints its command line; `oscomp doctor` looks for what is missing",
            )),
            End::Signal(signal) => {
                output.note(format!("{} was ended by signal {signal}", plan.system));
                Ok(Exit::Image(after_signal(signal)))
            }
            End::Interrupted(signal) => Ok(Exit::Image(after_signal(signal))),
            End::Timeout => {
                let seconds = self.timeout.unwrap_or_default().as_secs_f64();
                output.note(format!("{} was ended after {seconds} seconds", plan.system));
                Ok(Exit::Image(TIMEOUT))
            }
        }
    }
}

/// The status of a process that a signal ended, as shells have it.
fn after_signal(signal: i32) -> u8 {
    u8::try_from(128 + signal).unwrap_or(u8::MAX)
}

/// The command line with QEMU waiting for a debugger; says how to attach one.
fn with_gdb(
    mut line: CommandLine,
    plan: &Plan,
    debug_image: &Path,
    output: &Output,
) -> Result<CommandLine, Failure> {
    if plan.platform.runner.is_none() {
        line.arguments = vec!["--args".into(), debug_image.into()];
        line.program = "gdb".into();
        return Ok(line);
    }
    line.arguments.extend(["-s".into(), "-S".into()]);
    let attach = CommandLine {
        program: "gdb".into(),
        arguments: vec![debug_image.into(), "-ex".into(), "target remote :1234".into()],
    };
    output.note(format!("waiting for a debugger: {}", run::quoted(&attach)));
    Ok(line)
}

fn seconds(text: &str) -> Result<Duration, String> {
    let number: f64 = text.parse().map_err(|_| format!("`{text}` is not a number of seconds"))?;
    Duration::try_from_secs_f64(number)
        .map_err(|_| format!("`{text}` is not a number of seconds that can be waited"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_may_be_fractions() {
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        assert!(seconds("-1").is_err() && seconds("soon").is_err());
    }
}
