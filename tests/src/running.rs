//! A system that `oscomp run` runs, with the ports that it tells.

use crate::client::Protocol;
use std::io::{self, BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::Instant;

/// A system that runs; ended when it is dropped.
pub struct Running {
    child: Option<Child>,
    /// What comes on stderr, line by line.
    lines: mpsc::Receiver<String>,
    /// The lines so far.
    seen: Vec<String>,
    reader: Option<JoinHandle<Vec<u8>>>,
    /// Whether it is a process of this machine, whose ports are the system's own.
    hosted: bool,
}

impl Running {
    /// Starts a command that is `oscomp run`, or ends in it.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(command: &mut Command, platform: &str) -> io::Result<Self> {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let (sender, lines) = mpsc::channel();
        let stderr = child.stderr.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let reader = thread::spawn(move || {
            let mut text = Vec::new();
            for line in BufReader::new(stderr).split(b'\n').map_while(Result::ok) {
                let shown = String::from_utf8_lossy(&line).into_owned();
                text.extend(line);
                text.push(b'\n');
                // Nobody may want to know it any more.
                let _ = sender.send(shown);
            }
            text
        });
        let hosted = platform == "hosted";
        Ok(Self { child: Some(child), lines, seen: Vec::new(), reader: Some(reader), hosted })
    }

    /// Where a port of the system is reached, once that is said.
    ///
    /// # Errors
    /// When it is not said before the deadline.
    pub fn address(
        &mut self,
        protocol: Protocol,
        port: u16,
        deadline: Instant,
    ) -> Result<SocketAddr, String> {
        if self.hosted {
            return Ok((Ipv4Addr::LOCALHOST, port).into());
        }
        let beginning = format!("{protocol} port {port} of the image is ");
        loop {
            if let Some(address) = self.seen.iter().find_map(|line| line.strip_prefix(&beginning)) {
                return address.parse().map_err(|_| format!("{beginning}{address}"));
            }
            let patience = deadline.saturating_duration_since(Instant::now());
            let line = self.lines.recv_timeout(patience).map_err(|_| format!("nobody says: {beginning}"))?;
            self.seen.push(line);
        }
    }

    /// Asks it to end, which ends its machine too.
    pub fn stop(&mut self) {
        if let Some(child) = &self.child {
            let _ = Command::new("kill").arg(child.id().to_string()).status();
        }
    }

    /// Waits for its end; what it wrote.
    ///
    /// # Errors
    /// When its output cannot be read.
    pub fn output(mut self) -> io::Result<Output> {
        let child = self.child.take().ok_or(io::ErrorKind::NotFound)?;
        let mut output = child.wait_with_output()?;
        if let Some(stderr) = self.reader.take().and_then(|reader| reader.join().ok()) {
            output.stderr = stderr;
        }
        Ok(output)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
        if let Some(mut child) = self.child.take() {
            // It may be full of what nobody reads.
            drop(child.stdout.take());
            let _ = child.wait();
        }
    }
}
