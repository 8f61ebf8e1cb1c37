//! QEMU with its log of what it executes on a pipe.

use super::code::Code;
use super::trace::{Count, Counter, Progress};
use crate::failure::Failure;
use crate::run::{self, CommandLine, Outside};
use oscomp_lang::plan::{Plan, Runner};
use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{fs, thread};

/// More instructions than any start takes.
pub const INSTRUCTIONS: u64 = 20_000_000;
/// How long a machine may do nothing before it is taken to have halted.
const STALL: Duration = Duration::from_secs(10);
/// How often that is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// One machine, ready to be started.
pub struct Machine<'a> {
    /// What it runs.
    pub plan: &'a Plan,
    /// The image.
    pub image: &'a Path,
    /// The image's code.
    pub code: &'a Code,
}

/// When a run is ended, and how closely it is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// This instruction is about to execute; each one before it is counted.
    Counted(u64),
    /// This instruction is about to execute.
    Reached(u64),
    /// It ends by itself.
    End,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// The instructions, if they were to be counted.
    pub count: Count,
    /// How it ended.
    pub how: How,
    /// The processor time that the machine took. Unlike the time on the clock it does not depend on what else
    /// the host does.
    pub effort: Duration,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// At the instruction that was waited for, and was ended there.
    Reached,
    /// At a limit, and was ended there.
    Limit,
    /// By itself, with this status of the image; none if the machine stopped without one.
    Status(Option<u8>),
    /// It executed nothing for a while, and was ended.
    Halted,
}

impl Machine<'_> {
    /// Runs the machine with `memory` KiB until it gets to where it is wanted, or has taken `effort`.
    pub fn run(&self, until: Until, memory: u64, effort: Duration) -> Result<Ended, Failure> {
        let line = self.command_line(until, memory)?;
        let broken = |error: std::io::Error| {
            Failure::environment(
                format!("{} cannot be run: {error}", line.program.display()),
                "`oscomp doctor` looks for what is missing",
            )
        };
        let mut child = Command::new(&line.program)
            .args(&line.arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(broken)?;
        let log = child.stderr.take();
        let child = Arc::new(Mutex::new(child));
        let watch = Watch::start(child.clone(), effort);
        let (goal, limit) = match until {
            Until::Counted(goal) => (Some(goal), INSTRUCTIONS),
            Until::Reached(goal) => (Some(goal), u64::MAX),
            Until::End => (None, u64::MAX),
        };
        let from_entry = matches!(until, Until::Counted(_));
        let mut counter = Counter::new(self.code, from_entry, goal, limit);
        let mut how = None;
        let mut complaint = String::new();
        if let Some(log) = log {
            let mut log = BufReader::with_capacity(1 << 16, log);
            let mut text = Vec::new();
            while log.read_until(b'\n', &mut text).map_err(broken)? > 0 {
                match counter.line(&text) {
                    Progress::Running => {}
                    Progress::Reached => how = Some(How::Reached),
                    Progress::Limit => how = Some(How::Limit),
                }
                if how.is_some() {
                    break;
                }
                if complaint.is_empty() && text.starts_with(b"qemu-system") {
                    complaint = String::from_utf8_lossy(&text).trim().to_owned();
                }
                text.clear();
            }
        }
        let (ended, effort) = watch.stop();
        let mut child = lock(&child);
        if how.is_some() {
            // It may have ended by itself meanwhile, which is as good.
            let _ = child.kill();
        }
        let status = child.wait().map_err(broken)?;
        let how = how.unwrap_or_else(|| {
            if let Some(why) = ended {
                return why;
            }
            let code = status.code().and_then(|code| u8::try_from(code).ok());
            How::Status(
                code.filter(|_| status.signal().is_none()).and_then(|code| run::status(self.plan, code)),
            )
        });
        let count = counter.finish();
        if count.instructions == 0 && !matches!(how, How::Status(Some(_))) && !complaint.is_empty() {
            return Err(Failure::environment(
                complaint,
                "`oscomp run --dry-run` prints the command line; `oscomp doctor` looks for what is missing",
            ));
        }
        Ok(Ended { count, how, effort })
    }

    fn command_line(&self, until: Until, memory: u64) -> Result<CommandLine, Failure> {
        let mut plan = self.plan.clone();
        plan.memory = memory * 1024;
        let accelerator = run::choose(&plan, Some("tcg"))?.cloned();
        let outside = Outside::closed(&plan, self.image);
        outside.make()?;
        let mut line = CommandLine::new(&plan, self.image, accelerator.as_ref(), &outside);
        if matches!(until, Until::Counted(_)) {
            if is_new(&line.program) {
                for argument in &mut line.arguments {
                    if argument == "tcg" {
                        argument.push(",one-insn-per-tb=on");
                    }
                }
            } else {
                line.arguments.push("-singlestep".into());
            }
        }
        // Time by the count of instructions makes every run alike, loops that wait included, and has the
        // translator execute repeated instructions as it does without a log: 128 ns for each.
        line.arguments.extend(["-icount", "shift=7,sleep=off"].map(OsString::from));
        let (log, filter) = match until {
            Until::Counted(_) => {
                let (first, last) = self.code.range();
                ("exec,nochain", format!("{first:#x}..{last:#x}"))
            }
            // A block is in the log when it executes for the first time, chained or not.
            Until::Reached(goal) => ("exec", format!("{goal:#x}..{goal:#x}")),
            Until::End => return Ok(line),
        };
        line.arguments.extend(["-d", log, "-dfilter", &filter].map(OsString::from));
        Ok(line)
    }
}

/// Whether a plan's images run in a machine whose instructions can be counted.
pub fn can_trace(runner: &Runner) -> bool {
    runner.program.starts_with("qemu-system-")
        && runner.accelerators.iter().any(|accelerator| accelerator.name == "tcg")
}

/// Whether QEMU is 8.1 or newer, where `-singlestep` is a property of the accelerator.
fn is_new(program: &OsString) -> bool {
    let said = Command::new(program).arg("--version").stdin(Stdio::null()).output();
    said.is_ok_and(|output| version(&String::from_utf8_lossy(&output.stdout)) >= (8, 1))
}

/// The number in `QEMU emulator version 7.2.22 (…)`.
fn version(text: &str) -> (u32, u32) {
    let mut parts = text.split("version ").nth(1).unwrap_or_default().split(['.', ' ', '\n']);
    let mut number = || parts.next().and_then(|part| part.parse().ok()).unwrap_or(0);
    (number(), number())
}

/// Ends a machine that has halted, or that takes too much.
struct Watch {
    done: Arc<AtomicBool>,
    thread: thread::JoinHandle<(Option<How>, Duration)>,
}

impl Watch {
    fn start(child: Arc<Mutex<Child>>, limit: Duration) -> Self {
        let done = Arc::new(AtomicBool::new(false));
        let over = done.clone();
        let thread = thread::spawn(move || {
            let id = lock(&child).id();
            let (mut effort, mut still) = (Duration::ZERO, Duration::ZERO);
            loop {
                // Once the machine has ended there is nothing to read.
                let now = processor_time(id).unwrap_or(effort);
                still = if now > effort { Duration::ZERO } else { still + LOOK };
                effort = now;
                if over.load(Ordering::Acquire) {
                    return (None, effort);
                }
                let why = (effort > limit).then_some(How::Limit).or((still >= STALL).then_some(How::Halted));
                if why.is_some() {
                    // It may just have ended by itself.
                    let mut child = lock(&child);
                    let killed = matches!(child.try_wait(), Ok(None)) && child.kill().is_ok();
                    return (why.filter(|_| killed), effort);
                }
                thread::park_timeout(LOOK);
            }
        });
        Self { done, thread }
    }

    /// Ends the watch; why it ended the machine, if it did, and what the machine took.
    fn stop(self) -> (Option<How>, Duration) {
        self.done.store(true, Ordering::Release);
        self.thread.thread().unpark();
        self.thread.join().unwrap_or_default()
    }
}

/// The processor time of a process, from `/proc` (proc(5)): fields 14 and 15 of `stat`, in hundredths of a
/// second. The second field is a name in parentheses, which may hold anything.
fn processor_time(id: u32) -> Option<Duration> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    Some(Duration::from_millis((ticks()? + ticks()?) * 10))
}

fn lock(child: &Mutex<Child>) -> MutexGuard<'_, Child> {
    child.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_has_taken_time() {
        let busy = std::time::Instant::now();
        while busy.elapsed() < Duration::from_millis(50) {}
        assert!(processor_time(std::process::id()).unwrap() > Duration::ZERO);
        assert_eq!(processor_time(u32::MAX), None);
    }

    #[test]
    fn versions_are_read() {
        assert_eq!(version("QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7)\n"), (7, 2));
        assert_eq!(version("QEMU emulator version 9.1.0\nCopyright"), (9, 1));
        assert_eq!(version("something else"), (0, 0));
    }
}
