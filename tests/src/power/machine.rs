//! A machine with a database, which can be killed, and a client of the database.

use super::Trouble;
use crate::command::oscomp;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long a machine may take until it serves.
const BOOT: Duration = Duration::from_secs(60);
/// How long an answer may take.
pub const ANSWER: Duration = Duration::from_secs(60);
/// What the image says when it serves.
const SERVES: &str = "serving SQL on TCP port";
/// How long the first answer may take until it is tried again.
const FIRST: Duration = Duration::from_millis(300);
/// How often it is looked whether it does.
const LOOK: Duration = Duration::from_millis(5);

/// How a machine is started.
pub struct Start {
    /// For a shell.
    line: String,
    address: SocketAddr,
    console: PathBuf,
}

impl Start {
    /// Builds the image of a system; `disk` is the file behind its disk, which has to be there.
    ///
    /// # Errors
    /// When the image cannot be built.
    pub fn build(system: &Path, platform: &str, disk: &Path) -> Result<Self, Trouble> {
        let build = oscomp_of("build", system, platform);
        said(build)?;
        let mut run = oscomp_of("run", system, platform);
        run.arg("--disk").arg(disk).arg("--dry-run");
        let line = said(run)?.trim().to_owned();
        // What is killed is the machine and not its host, which has what was written; that need not reach a disk.
        let line = line.replacen("format=raw", "format=raw,cache=unsafe", 1);
        // QEMU's own network leads to the image from an address of this machine.
        let port = line.split("hostfwd=tcp:127.0.0.1:").nth(1).and_then(|rest| rest.split('-').next());
        let port = port.and_then(|port| port.parse().ok());
        let port = port.ok_or_else(|| Trouble::Other(format!("no port in: {line}")))?;
        let address = (Ipv4Addr::LOCALHOST, port).into();
        Ok(Self { line, address, console: disk.with_extension("console") })
    }

    /// What the image wrote on its console last.
    #[must_use]
    pub fn console(&self) -> String {
        text(&self.console)
    }
}

/// What is in a file, as far as it is text.
fn text(path: &Path) -> String {
    fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

fn oscomp_of(what: &str, system: &Path, platform: &str) -> Command {
    let mut command = Command::new(oscomp());
    command.arg(what).arg(system).args(["--platform", platform]).stdin(Stdio::null());
    command
}

/// What a command writes, if it succeeds.
fn said(mut command: Command) -> Result<String, Trouble> {
    let output = command.output().map_err(|error| Trouble::Other(format!("oscomp does not run: {error}")))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(Trouble::Other(String::from_utf8_lossy(&output.stderr).into_owned()))
    }
}

/// Why there is no answer.
#[derive(Debug)]
pub enum Silence {
    /// There is none in time; how what was asked begins, and the console.
    Late(String),
    /// The connection is over; the same.
    Over(String),
    /// The database refuses, and says why.
    Refusal(String),
}

/// A machine that runs; killed when it is dropped.
pub struct Machine {
    child: Child,
}

impl Machine {
    /// Starts one.
    ///
    /// # Errors
    /// When that cannot be done.
    pub fn start(start: &Start) -> Result<Self, Trouble> {
        let broken = |error: io::Error| Trouble::Other(format!("the machine cannot be started: {error}"));
        let console = File::create(&start.console).map_err(broken)?;
        // It takes the place of the shell, so that what is killed is the machine.
        let child = Command::new("sh")
            .args(["-c", &format!("exec {}", start.line)])
            .stdin(Stdio::null())
            .stdout(console.try_clone().map_err(broken)?)
            .stderr(console)
            .spawn()
            .map_err(broken)?;
        Ok(Self { child })
    }

    /// Waits until the database serves.
    ///
    /// # Errors
    /// When it does not.
    pub fn client(&mut self, start: &Start) -> Result<Client, Trouble> {
        let deadline = Instant::now() + BOOT;
        while !start.console().contains(SERVES) {
            let has_ended = self.child.try_wait().is_ok_and(|status| status.is_some());
            if has_ended {
                return Err(Trouble::Ended(start.console()));
            }
            if Instant::now() > deadline {
                return Err(Trouble::Other(format!("the machine does not serve\n{}", start.console())));
            }
            thread::sleep(LOOK);
        }
        // Who connects before the image listens is heard only after seconds.
        loop {
            let first =
                Client::connect(start).and_then(|mut client| client.ask_within("", FIRST).map(|_| client));
            match first {
                Ok(client) => return Ok(client),
                Err(silence) if Instant::now() > deadline => return Err(silence.into()),
                Err(_) => {}
            }
        }
    }

    /// Has it end at once, whatever it does.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A connection to the database.
pub struct Client {
    stream: TcpStream,
    /// Where the image's console goes.
    console: PathBuf,
    asked: String,
    /// What has come and is not answered yet.
    received: Vec<u8>,
}

impl Client {
    fn connect(start: &Start) -> Result<Self, Silence> {
        let connect = || {
            let stream = TcpStream::connect_timeout(&start.address, ANSWER)?;
            stream.set_nodelay(true)?;
            stream.set_write_timeout(Some(ANSWER))?;
            Ok(Self { stream, console: start.console.clone(), asked: String::new(), received: Vec::new() })
        };
        connect().map_err(|error: io::Error| Silence::Over(error.to_string()))
    }

    fn silence(&self, error: &io::Error) -> Silence {
        let told = format!("{}\nthe console:\n{}", self.asked, text(&self.console));
        match error.kind() {
            // Unix has the former for a timeout of a socket.
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Silence::Late(told),
            _ => Silence::Over(told),
        }
    }

    /// Sends a line.
    ///
    /// # Errors
    /// When there is nobody any more.
    pub fn send(&mut self, sql: &str) -> Result<(), Silence> {
        self.asked = sql.chars().take(60).collect();
        self.stream.write_all(format!("{sql}\n").as_bytes()).map_err(|error| self.silence(&error))
    }

    /// The rows that answer a line.
    ///
    /// # Errors
    /// When there is no answer before the deadline; another call goes on waiting for it.
    pub fn receive(&mut self, deadline: Instant) -> Result<Vec<String>, Silence> {
        loop {
            if let Some(answer) = self.answer() {
                return answer;
            }
            let patience = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
            let mut part = [0; 1 << 16];
            let count = self
                .stream
                .set_read_timeout(Some(patience))
                .and_then(|()| self.stream.read(&mut part))
                .map_err(|error| self.silence(&error))?;
            if count == 0 {
                return Err(self.silence(&io::ErrorKind::UnexpectedEof.into()));
            }
            self.received.extend_from_slice(&part[..count]);
        }
    }

    /// An answer that has come whole, taken.
    fn answer(&mut self) -> Option<Result<Vec<String>, Silence>> {
        if self.received.last() != Some(&b'\n') {
            return None;
        }
        // One line is asked at a time, so what ends the answer is at the end.
        let text = String::from_utf8_lossy(&self.received);
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let last = lines.pop()?;
        let answer = match last.as_str() {
            "OK" => Ok(lines),
            error if error.starts_with("ERROR ") => Err(Silence::Refusal(last)),
            _ => return None,
        };
        self.received.clear();
        Some(answer)
    }

    /// Asks, and waits for the answer.
    ///
    /// # Errors
    /// When there is none in time.
    pub fn ask(&mut self, sql: &str) -> Result<Vec<String>, Silence> {
        self.ask_within(sql, ANSWER)
    }

    fn ask_within(&mut self, sql: &str, patience: Duration) -> Result<Vec<String>, Silence> {
        self.send(sql)?;
        self.receive(Instant::now() + patience)
    }
}
