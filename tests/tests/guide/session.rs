//! The folder in which the blocks of one document are run, and the commands in it.

use crate::block::{Action, Session, Step, System};
use crate::expected::Expected;
use oscomp_tests::command::{oscomp, repository};
use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};
use std::{env, fs, io, thread};
use tempfile::TempDir;

/// How long one command may take: the first one that builds compiles everything.
const PATIENCE: Duration = Duration::from_secs(900);

/// Where a document's commands are run.
pub struct Place {
    /// The folder that commands begin in, outside of the repository: its catalog is not theirs.
    folder: TempDir,
    /// The folder that they are in now.
    here: PathBuf,
    /// What all documents share: caches, and the programs that are found first.
    shared: PathBuf,
    background: Option<Background>,
    /// A file that nothing has looked at yet.
    unused: Option<String>,
}

/// A command that runs on.
struct Background {
    child: Child,
    lines: mpsc::Receiver<String>,
    seen: Vec<String>,
    /// Addresses of the document, and those in their place.
    addresses: Vec<(String, String)>,
}

impl Place {
    /// An empty folder, or a copy of the repository, for a document.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new(in_repository: bool) -> io::Result<Self> {
        let shared = Path::new(env!("CARGO_TARGET_TMPDIR")).join("guide");
        programs(&shared.join("bin"))?;
        let folder = TempDir::with_prefix("oscomp-guide-")?;
        let here = folder.path().canonicalize()?;
        if in_repository {
            copy_repository(&here)?;
        }
        Ok(Self { here, folder, shared, background: None, unused: None })
    }

    /// Does what a block says.
    ///
    /// # Errors
    /// What is other than it says.
    pub fn run(&mut self, action: &Action) -> Result<(), String> {
        match action {
            Action::Nothing => Ok(()),
            Action::Session(session) => self.session(session),
            Action::Script(script) => {
                self.unused = None;
                let output = self.command(&format!("set -eu\n{script}"), 0)?;
                drop(output);
                Ok(())
            }
            Action::System(system) => self.check(system),
            Action::File { text, file } => {
                self.write(file, text)?;
                self.unused = Some(file.clone());
                Ok(())
            }
            Action::Part(text) => {
                kdl::KdlDocument::parse_v2(text).map(|_| ()).map_err(|error| format!("not KDL: {error:?}"))
            }
        }
    }

    /// Ends what still runs.
    ///
    /// # Errors
    /// When a file was written that no command came after.
    pub fn finish(mut self) -> Result<(), String> {
        self.end_background();
        match &self.unused {
            Some(file) => Err(format!("no command comes after the file {file}")),
            None => Ok(()),
        }
    }

    fn write(&self, file: &str, text: &str) -> Result<(), String> {
        let path = self.here.join(file);
        let folder = path.parent().unwrap_or(&self.here);
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&path, text))
            .map_err(|error| format!("{file}: {error}"))
    }

    /// Checks a system; it is sound, or refused with all of its codes and no others.
    fn check(&mut self, system: &System) -> Result<(), String> {
        let System { text, codes, file, folder } = system;
        let passing = format!("{}/checked-block.kdl", folder.as_deref().unwrap_or("."));
        let name = file.as_ref().unwrap_or(&passing);
        self.write(name, text)?;
        let output = Command::new(oscomp())
            .args(["check", "--format", "json", name])
            .stdin(Stdio::null())
            .current_dir(&self.here)
            .env("XDG_CACHE_HOME", self.shared.join("cache"))
            .output()
            .map_err(|error| error.to_string())?;
        if file.is_none() {
            fs::remove_file(self.here.join(name)).map_err(|error| error.to_string())?;
        }
        let report: serde_json::Value = serde_json::from_slice(&output.stdout)
            .map_err(|error| format!("{error}: {}", String::from_utf8_lossy(&output.stderr)))?;
        let mut found: Vec<String> = report
            .as_array()
            .ok_or_else(|| format!("no diagnostics: {report}"))?
            .iter()
            .filter_map(|finding| finding["code"].as_str().map(str::to_owned))
            .collect();
        found.sort();
        found.dedup();
        let mut wanted = codes.clone();
        wanted.sort();
        if found == wanted {
            return Ok(());
        }
        let wanted = if wanted.is_empty() { "nothing".to_owned() } else { wanted.join(", ") };
        Err(format!("expected that check finds {wanted}, found {report:#}"))
    }

    fn session(&mut self, session: &Session) -> Result<(), String> {
        self.unused = None;
        let last = session.steps.len() - 1;
        for (index, step) in session.steps.iter().enumerate() {
            if index == last && session.background {
                return self.begin(step, session.any_numbers);
            }
            let status = if index == last { session.status } else { 0 };
            let output = self.command(&step.command, status)?;
            compare(step, &output, session.any_numbers)?;
        }
        self.end_background();
        Ok(())
    }

    /// Runs a command to its end; what it printed, line by line.
    fn command(&mut self, command: &str, status: i32) -> Result<Vec<String>, String> {
        let command = self.addressed(command);
        let place = self.shared.join("place");
        // The next command is where this one went.
        let script = format!("{command}\nstatus=$?; pwd >{}; exit $status", quoted(&place));
        let mut child = self.spawn(&script).map_err(|error| error.to_string())?;
        let lines = reader(&mut child);
        let deadline = Instant::now() + PATIENCE;
        let mut output = Vec::new();
        loop {
            match lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => output.push(self.plain(&line)),
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
                Err(mpsc::RecvTimeoutError::Timeout) => {
                    end(&mut child);
                    return Err(format!("$ {command}\nnot over after {PATIENCE:?}:\n{}", output.join("\n")));
                }
            }
        }
        let ended = child.wait().map_err(|error| error.to_string())?;
        if ended.code() != Some(status) {
            return Err(format!("$ {command}\nended with {ended}, not {status}:\n{}", output.join("\n")));
        }
        if let Ok(here) = fs::read_to_string(&place) {
            self.here = PathBuf::from(here.trim_end());
        }
        Ok(output)
    }

    /// Starts a command that runs on; waits until it has printed what is expected.
    fn begin(&mut self, step: &Step, any_numbers: bool) -> Result<(), String> {
        self.end_background();
        let mut child = self.spawn(&format!("exec {}", step.command)).map_err(|error| error.to_string())?;
        let lines = reader(&mut child);
        let mut background = Background { child, lines, seen: Vec::new(), addresses: Vec::new() };
        let expected = Expected::new(&step.expected, any_numbers);
        let deadline = Instant::now() + PATIENCE;
        while !expected.begins(&background.seen) {
            match background.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => background.take(&line, &step.expected),
                Err(_) => {
                    end(&mut background.child);
                    return Err(difference(step, &background.seen));
                }
            }
        }
        self.background = Some(background);
        Ok(())
    }

    fn end_background(&mut self) {
        if let Some(mut background) = self.background.take() {
            end(&mut background.child);
        }
    }

    fn spawn(&self, script: &str) -> io::Result<Child> {
        if ["oscomp", "cargo"].iter().any(|program| script.contains(program)) {
            self.share_builds()?;
        }
        let mut path = OsString::from(self.shared.join("bin"));
        path.push(":");
        path.push(env::var_os("PATH").unwrap_or_default());
        // Where the programs are that make file systems, also of who is not root.
        path.push(":/usr/sbin:/sbin");
        Command::new("bash")
            // What a person sees: both streams, as they come.
            .args(["-c", &format!("exec 2>&1\n{script}")])
            .current_dir(&self.here)
            .env("PATH", path)
            .env("XDG_CACHE_HOME", self.shared.join("cache"))
            .env("CURL_HOME", self.shared.join("bin"))
            .env("NO_COLOR", "1")
            .env("CARGO_TERM_COLOR", "never")
            .env("CARGO_TERM_PROGRESS_WHEN", "never")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
    }

    /// A command with the ports that are really forwarded.
    fn addressed(&self, command: &str) -> String {
        let addresses = self.background.iter().flat_map(|background| &background.addresses);
        addresses.fold(command.to_owned(), |command, (shown, real)| command.replace(shown, real))
    }

    /// A line that was printed, as it is on the machine that the document tells of.
    fn plain(&self, line: &str) -> String {
        let addresses = self.background.iter().flat_map(|background| &background.addresses);
        let line = addresses.fold(line.to_owned(), |line, (shown, real)| line.replace(real, shown));
        line.trim_end().replace(" with kvm", " with tcg")
    }

    /// Has all projects share what is compiled, most of which is of the same crates.
    fn share_builds(&self) -> io::Result<()> {
        let root = self.folder.path().canonicalize()?;
        for folder in self.here.ancestors().take_while(|folder| folder.starts_with(&root)) {
            let target = folder.join("target");
            if folder.join("Cargo.toml").exists() && fs::symlink_metadata(&target).is_err() {
                let shared = self.shared.join("target");
                fs::create_dir_all(&shared)?;
                symlink(&shared, &target)?;
            }
        }
        Ok(())
    }
}

impl Background {
    /// Keeps a line that was printed; learns from it which port of this machine is in the place of the document's.
    fn take(&mut self, line: &str, expected: &[String]) {
        let mut line = line.trim_end().replace(" with kvm", " with tcg");
        if let Some((beginning, real)) = line.split_once(" of the image is ")
            && let Some(shown) = expected
                .iter()
                .find_map(|wanted| wanted.strip_prefix(&format!("{beginning} of the image is ")))
        {
            self.addresses.push((shown.to_owned(), real.to_owned()));
            line = format!("{beginning} of the image is {shown}");
        }
        self.seen.push(line);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.end_background();
    }
}

/// The programs that documents speak of: the command as it is built here, also by its name within the repository.
fn programs(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let cargo = env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from);
    let (command, cargo) = (quoted(oscomp()), quoted(&cargo));
    let oscomp = format!("#!/bin/sh\nexec {command} \"$@\"\n");
    let cargo =
        format!("#!/bin/sh\n[ \"$1\" = oscomp ] && shift && exec {command} \"$@\"\nexec {cargo} \"$@\"\n");
    for (name, text) in [("oscomp", oscomp), ("cargo", cargo)] {
        fs::write(folder.join(name), text)?;
        fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o755))?;
    }
    // As on a terminal, where curl shows no progress; a server may be about to listen.
    fs::write(folder.join(".curlrc"), "silent\nshow-error\nretry = 5\nretry-all-errors\n")
}

/// Copies what of the repository is kept, or would be.
fn copy_repository(folder: &Path) -> io::Result<()> {
    let listed = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(repository())
        .output()?;
    for name in listed.stdout.split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
        let name = String::from_utf8_lossy(name).into_owned();
        let (from, to) = (repository().join(&name), folder.join(&name));
        // One that was deleted and is not committed yet.
        if fs::symlink_metadata(&from).is_err() {
            continue;
        }
        fs::create_dir_all(to.parent().unwrap_or(folder))?;
        if from.is_symlink() {
            symlink(fs::read_link(&from)?, &to)?;
        } else {
            fs::copy(&from, &to)?;
        }
    }
    Ok(())
}

fn reader(child: &mut Child) -> mpsc::Receiver<String> {
    let (sender, lines) = mpsc::channel();
    if let Some(stdout) = child.stdout.take() {
        thread::spawn(move || {
            for line in BufReader::new(stdout).split(b'\n').map_while(Result::ok) {
                // Nobody may want to know it any more.
                let _ = sender.send(String::from_utf8_lossy(&line).into_owned());
            }
        });
    }
    lines
}

/// Asks a process to end, which ends its machine too, and waits for it.
fn end(child: &mut Child) {
    let _ = Command::new("kill").arg(child.id().to_string()).status();
    let _ = child.wait();
}

fn compare(step: &Step, output: &[String], any_numbers: bool) -> Result<(), String> {
    if Expected::new(&step.expected, any_numbers).is(output) { Ok(()) } else { Err(difference(step, output)) }
}

fn difference(step: &Step, output: &[String]) -> String {
    format!(
        "$ {}\n--- expected\n{}\n--- printed\n{}",
        step.command,
        step.expected.join("\n"),
        output.join("\n")
    )
}

fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}
