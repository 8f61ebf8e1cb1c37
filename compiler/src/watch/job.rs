//! A command of ours that works while we watch.

use crate::failure::Failure;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long a command may take to end when it is asked to: `run` gives a machine two seconds.
const GRACE: Duration = Duration::from_secs(10);

/// A running command; it is ended when it is dropped.
pub struct Job {
    child: Child,
    /// Whether it has a process group of its own, with all that it started in it.
    group: bool,
    ended: Option<ExitStatus>,
}

impl Job {
    /// Starts ourselves with these arguments. With `alone` it reads no input, and it is ended together with
    /// whatever it started; otherwise it has our terminal.
    pub fn start(arguments: &[OsString], alone: bool) -> Result<Self, Failure> {
        let cannot = |error: io::Error| {
            Failure::environment(
                format!("oscomp cannot be run again: {error}"),
                "if it was replaced meanwhile, begin again",
            )
        };
        let mut command = Command::new(std::env::current_exe().map_err(cannot)?);
        command.args(arguments);
        if alone {
            command.stdin(Stdio::null()).process_group(0);
        }
        Ok(Self { child: command.spawn().map_err(cannot)?, group: alone, ended: None })
    }

    /// How it has ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        if self.ended.is_none() {
            self.ended = self.child.try_wait().ok().flatten();
        }
        self.ended
    }

    fn send(&self, signal: Signal) {
        let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) else { return };
        // It may have ended meanwhile, which is as good.
        let _ = if self.group { kill_process_group(pid, signal) } else { kill_process(pid, signal) };
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        if self.ended().is_some() {
            return;
        }
        self.send(Signal::TERM);
        let begin = Instant::now();
        while begin.elapsed() < GRACE {
            if self.ended().is_some() {
                return;
            }
            thread::sleep(Duration::from_millis(5));
        }
        self.send(Signal::KILL);
        let _ = self.child.wait();
    }
}
