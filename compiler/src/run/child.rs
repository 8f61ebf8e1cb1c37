//! The process that runs an image: signals reach it, and it does not outlive us.

use super::{CommandLine, firmware};
use crate::failure::Failure;
use oscomp_lang::plan::Runner;
use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use std::{mem, thread};

/// How long a process may take to end when it is asked to.
const GRACE: Duration = Duration::from_secs(2);

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// By itself, with this status.
    Status(u8),
    /// The runner said why it could not run the image.
    Runner(String),
    /// By a signal of its own: a crash.
    Signal(i32),
    /// Somebody sent us this signal, and we ended it.
    Interrupted(i32),
    /// The time was over, and we ended it.
    Timeout,
}

/// Runs a command with our streams until it ends, a signal comes or the time is over.
///
/// `runner`, if it is one: what it writes to stderr under its own name is its complaint, not the image's, and
/// what its machine's firmware prints is left out.
pub fn run(line: &CommandLine, runner: Option<&Runner>, timeout: Option<Duration>) -> Result<End, Failure> {
    let broken = |error: io::Error| {
        Failure::environment(
            format!("{} cannot be run: {error}", line.program.display()),
            "`oscomp doctor` looks for what is missing",
        )
    };
    let firmware_ends = runner.and_then(|runner| runner.firmware_ends.clone());
    // Before the child is there, so that no signal is lost.
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP, SIGCHLD]).map_err(broken)?;
    let _terminal = Terminal::keep();
    let mut child = Command::new(&line.program)
        .args(&line.arguments)
        .stdout(if firmware_ends.is_some() { Stdio::piped() } else { Stdio::inherit() })
        .stderr(if runner.is_some() { Stdio::piped() } else { Stdio::inherit() })
        .spawn()
        .map_err(broken)?;
    let complaint = child.stderr.take().map(|stderr| {
        let name = line.program.to_string_lossy().into_owned();
        thread::spawn(move || forward(stderr, &name))
    });
    let output =
        child.stdout.take().zip(firmware_ends).map(|(stdout, last)| {
            thread::spawn(move || firmware::skip(stdout, io::stdout(), last.as_bytes()))
        });
    let handle = signals.handle();
    let expired = Arc::new(AtomicBool::new(false));
    if let Some(timeout) = timeout {
        let expired = expired.clone();
        thread::spawn(move || {
            thread::sleep(timeout);
            expired.store(true, Ordering::SeqCst);
            // Wakes the loop below, which looks at the clock.
            let _ = signal_hook::low_level::raise(SIGCHLD);
        });
    }
    let mut end = None;
    for signal in signals.forever() {
        if let Some(status) = child.try_wait().map_err(broken)? {
            end = Some(ended(status));
            break;
        }
        if signal != SIGCHLD {
            end_child(&mut child).map_err(broken)?;
            end = Some(End::Interrupted(signal));
            break;
        }
        if expired.load(Ordering::SeqCst) {
            end_child(&mut child).map_err(broken)?;
            end = Some(End::Timeout);
            break;
        }
    }
    handle.close();
    let complaint = complaint.and_then(|thread| thread.join().ok()).flatten();
    // That nobody reads what it prints is no matter here.
    let _ = output.map(thread::JoinHandle::join);
    Ok(match (end, complaint) {
        (Some(End::Status(1)), Some(complaint)) => End::Runner(complaint),
        (Some(end), _) => end,
        (None, _) => ended(child.wait().map_err(broken)?),
    })
}

fn ended(status: ExitStatus) -> End {
    match (status.code(), status.signal()) {
        (Some(code), _) => End::Status(u8::try_from(code & 0xff).unwrap_or(u8::MAX)),
        (None, signal) => End::Signal(signal.unwrap_or(0)),
    }
}

/// Asks a process to end, and makes it if it does not.
fn end_child(child: &mut Child) -> io::Result<()> {
    if let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        // It may have ended meanwhile, which is as good.
        let _ = kill_process(pid, Signal::TERM);
    }
    let begin = Instant::now();
    while begin.elapsed() < GRACE {
        if child.try_wait()?.is_some() {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(5));
    }
    child.kill()?;
    child.wait().map(|_| ())
}

/// Copies what a runner writes to stderr to ours, and keeps the last line that it writes in its own name.
fn forward(stderr: ChildStderr, name: &str) -> Option<String> {
    let prefix = format!("{name}: ");
    let ending = format!("{prefix}terminating on signal");
    let mut complaint = None;
    let mut reader = BufReader::new(stderr);
    let mut line = Vec::new();
    loop {
        // A guest may write a prompt there: what is buffered goes out at once, not line by line.
        let chunk = match reader.fill_buf() {
            Ok([]) | Err(_) => return complaint,
            Ok(chunk) => chunk.to_vec(),
        };
        // That QEMU ends because we end it is no news.
        if !chunk.starts_with(ending.as_bytes()) {
            let _ = io::stderr().lock().write_all(&chunk);
        }
        reader.consume(chunk.len());
        for byte in chunk {
            if byte != b'\n' {
                line.push(byte);
                continue;
            }
            let text = String::from_utf8_lossy(&mem::take(&mut line)).into_owned();
            if let Some(text) = text.strip_prefix(&prefix)
                && !text.starts_with("warning:")
                && !text.starts_with("terminating on signal")
            {
                complaint = Some(text.to_owned());
            }
        }
    }
}

/// The terminal's settings, which come back when this is dropped: a runner that is killed leaves its own.
struct Terminal(Option<Termios>);

impl Terminal {
    fn keep() -> Self {
        Self(tcgetattr(io::stdin()).ok())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if let Some(settings) = &self.0 {
            // Nothing more can be done about it at the end.
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, settings);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oscomp_lang::plan::RunnerStatus;

    fn shell(script: &str) -> CommandLine {
        CommandLine { program: "sh".into(), arguments: vec!["-c".into(), script.into()] }
    }

    // One test: the signals are the process's, so two runs at once would wake each other.
    #[test]
    fn ends_are_told_apart() {
        let runner = Runner {
            program: "sh".into(),
            arguments: Vec::new(),
            accelerators: Vec::new(),
            status: RunnerStatus::Plain,
            file: None,
            firmware_ends: None,
        };
        assert_eq!(run(&shell("exit 7"), None, None), Ok(End::Status(7)));
        assert_eq!(run(&shell("kill -ABRT $$"), None, None), Ok(End::Signal(6)));
        let begin = Instant::now();
        assert_eq!(run(&shell("exec sleep 30"), None, Some(Duration::from_millis(100))), Ok(End::Timeout));
        assert!(begin.elapsed() < Duration::from_secs(10));
        assert_eq!(
            run(&shell("echo 'sh: no such machine' >&2; exit 1"), Some(&runner), None),
            Ok(End::Runner("no such machine".into()))
        );
        assert_eq!(
            run(&shell("echo 'sh: warning: old' >&2; exit 1"), Some(&runner), None),
            Ok(End::Status(1))
        );
    }
}
