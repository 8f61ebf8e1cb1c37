//! An image that runs with a test at the other end of its wire.

use super::Wire;
use crate::command::{oscomp, repository};
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use std::{fs, thread};

/// An image that runs; ended with its machine when it is dropped.
pub struct Guest {
    machine: Child,
    console: Arc<Mutex<String>>,
}

impl Guest {
    /// Builds a system, its path relative to the repository, and boots it on a platform.
    ///
    /// # Errors
    /// What `oscomp` says when it does not build.
    pub fn boot(system: &str, platform: &str, wire: &Wire) -> Result<Self, String> {
        let path = repository().join(system);
        let oscomp = |arguments: &[&str]| {
            let mut command = Command::new(oscomp());
            let output = command.args(arguments).arg(&path).args(["--platform", platform]).output();
            let output = output.map_err(|error| format!("oscomp does not run: {error}"))?;
            if !output.status.success() {
                return Err(String::from_utf8_lossy(&output.stderr).into_owned());
            }
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        };
        oscomp(&["build"])?;
        let line = oscomp(&["run", "--dry-run"])?;
        let begins = line.find("-netdev user").ok_or("the image has no network device")? + "-netdev ".len();
        let ends = line[begins..].find(",id=").ok_or("the network device has no name")? + begins;
        let backend = wire.backend().map_err(|error| format!("no wire: {error}"))?;
        let line = format!("exec {}{backend}{}", &line[..begins], &line[ends..]);
        let mut machine = Command::new("sh")
            .args(["-c", line.trim_end()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{line}: {error}"))?;
        let console = Arc::new(Mutex::new(String::new()));
        let streams: [Option<Box<dyn Read + Send>>; 2] = [
            machine.stdout.take().map(|stream| Box::new(stream) as _),
            machine.stderr.take().map(|stream| Box::new(stream) as _),
        ];
        for stream in streams.into_iter().flatten() {
            let console = Arc::clone(&console);
            thread::spawn(move || {
                for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
                    let mut console = console.lock().unwrap_or_else(PoisonError::into_inner);
                    console.push_str(&String::from_utf8_lossy(&line));
                    console.push('\n');
                }
            });
        }
        Ok(Self { machine, console })
    }

    /// Whether it still runs.
    pub fn is_alive(&mut self) -> bool {
        matches!(self.machine.try_wait(), Ok(None))
    }

    /// How long the processors of this machine have been busy with it.
    ///
    /// # Errors
    /// When this machine does not say.
    pub fn processor_time(&self) -> Result<Duration, String> {
        let path = format!("/proc/{}/stat", self.machine.id());
        let text = fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
        // proc_pid_stat(5): the fields after the program's name, which may have spaces; user and system time, in
        // hundredths of a second.
        let fields = text.rsplit(") ").next().unwrap_or_default().split(' ');
        let ticks: u64 = fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
        Ok(Duration::from_millis(ticks * 10))
    }

    /// What it has written so far.
    #[must_use]
    pub fn console(&self) -> String {
        self.console.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let _ = self.machine.kill();
        let _ = self.machine.wait();
    }
}
