//! QEMU with its log of executed blocks on a pipe.

use super::code::Code;
use super::trace::{Count, Counter, Progress};
use crate::failure::Failure;
use crate::run::{self, CommandLine};
use oscomp_lang::plan::{Plan, Runner};
use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// How long a machine may execute nothing before it is taken to have halted.
const STALL: Duration = Duration::from_secs(10);

/// One machine, ready to be started.
pub struct Machine<'a> {
    /// What it runs.
    pub plan: &'a Plan,
    /// The image.
    pub image: &'a Path,
    /// The image's code.
    pub code: &'a Code,
}

/// How closely QEMU looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Each instruction.
    Instruction,
    /// Each block, up to a jump.
    Block,
}

/// How a traced run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// What was counted, in the unit that was asked for.
    pub count: Count,
    /// How it ended.
    pub how: How,
}

/// How a traced run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// At the goal, and was ended there.
    Reached,
    /// At the limit, and was ended there.
    Limit,
    /// By itself, with this status of the image; none if the machine stopped without one.
    Status(Option<u8>),
    /// It executed nothing for a while, and was ended.
    Halted,
}

impl Machine<'_> {
    /// Runs the machine with `memory` KiB until `goal` is about to execute, `limit` units have, or it ends.
    pub fn trace(&self, unit: Unit, memory: u64, goal: Option<u64>, limit: u64) -> Result<Ended, Failure> {
        let line = self.command_line(unit, memory)?;
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
        let watch = Watch::start(child.clone());
        let mut counter = Counter::new(self.code, goal, limit);
        let mut how = None;
        let mut complaint = String::new();
        if let Some(log) = log {
            let mut log = BufReader::with_capacity(1 << 16, log);
            let mut text = Vec::new();
            while log.read_until(b'\n', &mut text).map_err(broken)? > 0 {
                watch.alive();
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
        let halted = watch.stop();
        let mut child = lock(&child);
        if how.is_some() {
            // It may have ended by itself meanwhile, which is as good.
            let _ = child.kill();
        }
        let status = child.wait().map_err(broken)?;
        let how = how.unwrap_or_else(|| {
            if halted {
                return How::Halted;
            }
            let code = status.code().and_then(|code| u8::try_from(code).ok());
            How::Status(
                code.filter(|_| status.signal().is_none()).and_then(|code| run::status(self.plan, code)),
            )
        });
        let count = counter.finish();
        if count.instructions == 0 && !complaint.is_empty() {
            return Err(Failure::environment(
                complaint,
                "`oscomp run --dry-run` prints the command line; `oscomp doctor` looks for what is missing",
            ));
        }
        Ok(Ended { count, how })
    }

    fn command_line(&self, unit: Unit, memory: u64) -> Result<CommandLine, Failure> {
        let mut plan = self.plan.clone();
        plan.memory = memory * 1024;
        let accelerator = run::choose(&plan, Some("tcg"))?.cloned();
        let mut line = CommandLine::new(&plan, self.image, accelerator.as_ref());
        let (first, last) = self.code.range();
        if unit == Unit::Instruction {
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
        let filter = format!("{first:#x}..{last:#x}");
        line.arguments.extend(["-d", "exec,nochain", "-dfilter", &filter].map(OsString::from));
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

/// Ends a machine that executes nothing: one that has halted says nothing about it.
struct Watch {
    lines: Arc<AtomicU64>,
    done: Arc<AtomicBool>,
    thread: thread::JoinHandle<bool>,
}

impl Watch {
    fn start(child: Arc<Mutex<Child>>) -> Self {
        let (lines, done) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        let (seen, over) = (lines.clone(), done.clone());
        let thread = thread::spawn(move || {
            let mut last = 0;
            loop {
                thread::park_timeout(STALL);
                if over.load(Ordering::Acquire) {
                    return false;
                }
                let now = seen.load(Ordering::Relaxed);
                if now == last {
                    // It may just have ended by itself.
                    let mut child = lock(&child);
                    return matches!(child.try_wait(), Ok(None)) && child.kill().is_ok();
                }
                last = now;
            }
        });
        Self { lines, done, thread }
    }

    fn alive(&self) {
        self.lines.fetch_add(1, Ordering::Relaxed);
    }

    /// Ends the watch; whether it ended the machine.
    fn stop(self) -> bool {
        self.done.store(true, Ordering::Release);
        self.thread.thread().unpark();
        self.thread.join().unwrap_or(false)
    }
}

fn lock(child: &Mutex<Child>) -> MutexGuard<'_, Child> {
    child.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn versions_are_read() {
        assert_eq!(version("QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7)\n"), (7, 2));
        assert_eq!(version("QEMU emulator version 9.1.0\nCopyright"), (9, 1));
        assert_eq!(version("something else"), (0, 0));
    }
}
