//! `oscomp watch`, with real changes of real files.
#![forbid(unsafe_code)]

use oscomp_tests::command::oscomp;
use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long one step may take, building included.
const PATIENCE: Duration = Duration::from_secs(240);

/// A system of this test's own, as `oscomp new` makes it, for this machine alone.
struct System(TempDir);

impl System {
    fn new() -> Self {
        let system = Self(tempfile::tempdir().expect("a folder can be made"));
        let made = command(&["new", "watched"], oscomp())
            .current_dir(system.0.path())
            .status()
            .expect("oscomp runs");
        assert!(made.success());
        system.write("Hello");
        system
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().canonicalize().expect("the folder is there").join("watched").join(path)
    }

    fn write(&self, greeting: &str) {
        let text = format!(
            "system \"watched\" {{\n    platform \"hosted\"\n    app \"watched\" {{ greeting \"{greeting}\" }}\n}}\n"
        );
        fs::write(self.path("system.kdl"), text).expect("it can be written");
    }

    fn source(&self) -> String {
        fs::read_to_string(self.path("src/lib.rs")).expect("it can be read")
    }

    fn write_source(&self, text: &str) {
        fs::write(self.path("src/lib.rs"), text).expect("it can be written");
    }
}

/// A command, with a cache of these tests' own.
fn command(arguments: &[&str], program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("watch-cache");
    command.args(arguments).env("NO_COLOR", "1").env("XDG_CACHE_HOME", cache).stdin(Stdio::null());
    command
}

/// A command that watches; it is ended when this is dropped.
struct Watching {
    child: Child,
    lines: Receiver<String>,
    seen: Vec<String>,
}

impl Watching {
    fn start(what: &str, system: &System) -> Self {
        // Both streams through one pipe, so that what is said keeps its order.
        let mut child = command(&["-c", "exec \"$0\" watch \"$1\" 2>&1"], "sh")
            .args([oscomp().as_os_str(), what.as_ref()])
            .current_dir(system.path(""))
            .stdout(Stdio::piped())
            .spawn()
            .expect("oscomp runs");
        let (sender, lines) = channel();
        forward(child.stdout.take().expect("it is piped"), sender);
        Self { child, lines, seen: Vec::new() }
    }

    /// Waits for a line that has this text.
    fn says(&mut self, text: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    self.seen.push(line);
                    if self.seen.last().is_some_and(|line| line.contains(text)) {
                        return;
                    }
                }
                Err(RecvTimeoutError::Timeout) => panic!("no `{text}` in time: {:#?}", self.seen),
                Err(RecvTimeoutError::Disconnected) => panic!("it ended without `{text}`: {:#?}", self.seen),
            }
        }
    }

    /// That nothing more is said for a while.
    fn is_quiet(&mut self, time: Duration) {
        if let Ok(line) = self.lines.recv_timeout(time) {
            panic!("it says `{line}`: {:#?}", self.seen);
        }
    }

    /// Ends it as Ctrl-C does; its status.
    fn interrupt(mut self) -> Option<i32> {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-INT", &pid]).status().expect("kill runs");
        assert!(sent.success());
        let deadline = Instant::now() + Duration::from_secs(60);
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().expect("it can be waited for") {
                return status.code();
            }
            thread::sleep(Duration::from_millis(20));
        }
        panic!("it does not end: {:#?}", self.seen);
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        // By itself it would end what it has started; this is for a test that has failed.
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
            for _ in 0..600 {
                if !matches!(self.child.try_wait(), Ok(None)) {
                    return;
                }
                thread::sleep(Duration::from_millis(20));
            }
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

fn forward(from: impl Read + Send + 'static, to: Sender<String>) {
    thread::spawn(move || {
        for line in BufReader::new(from).lines() {
            let Ok(line) = line else { return };
            if to.send(line).is_err() {
                return;
            }
        }
    });
}

#[test]
fn check_follows_every_change() {
    let system = System::new();
    let mut watching = Watching::start("check", &system);
    watching.says(": sound: hosted");
    watching.says("watching ");
    // A mistake, and its end.
    system.write("Hello\" \"again");
    watching.says("system.kdl has changed");
    watching.says(": refused: 1 error");
    system.write("Hello");
    watching.says(": sound: hosted");
    watching.says("watching ");
    // In the Rust source of the app.
    let text = system.source();
    let other = text.replace("greeting", "salute");
    assert_ne!(text, other);
    system.write_source(&other);
    watching.says("src/lib.rs has changed");
    watching.says("`watched` has no field `greeting`");
    watching.says(": refused: ");
    watching.says("watching ");
    // As editors do it: another file takes its place.
    fs::write(system.path("src/lib.rs.new"), &text).expect("it can be written");
    fs::rename(system.path("src/lib.rs.new"), system.path("src/lib.rs")).expect("it can be renamed");
    watching.says(": sound: hosted");
    watching.says("watching ");
    // The file goes, the whole folder of sources goes, and all comes again.
    fs::remove_file(system.path("system.kdl")).expect("it can be removed");
    watching.says("there is no system");
    watching.says("watching ");
    fs::remove_dir_all(system.path("src")).expect("it can be removed");
    watching.says("has changed");
    watching.says("watching ");
    system.write("Hello");
    watching.says(": refused: ");
    watching.says("watching ");
    fs::create_dir(system.path("src")).expect("it can be made");
    system.write_source(&text);
    watching.says(": sound: hosted");
    watching.says("watching ");
    // A library beside the system, once it depends on that.
    let library = system.path("../library");
    fs::create_dir_all(library.join("src")).expect("it can be made");
    let manifest = "[package]\nname = \"library\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n";
    fs::write(library.join("Cargo.toml"), manifest).expect("it can be written");
    fs::write(library.join("src/lib.rs"), "").expect("it can be written");
    let manifest = fs::read_to_string(system.path("Cargo.toml")).expect("it can be read");
    let depends = "[dependencies]\nlibrary = { path = \"../library\" }";
    let manifest = manifest.replacen("[dependencies]", depends, 1);
    assert!(manifest.contains(depends));
    fs::write(system.path("Cargo.toml"), manifest).expect("it can be written");
    watching.says("Cargo.toml has changed");
    watching.says("watching ");
    fs::write(library.join("src/lib.rs"), "//! It does nothing.\n").expect("it can be written");
    watching.says("library/src/lib.rs has changed");
    watching.says(": sound: hosted");
    // What has nothing to do with the system is no change, nor is reading.
    watching.says("watching ");
    fs::write(system.path("notes.txt"), "x").expect("it can be written");
    system.source();
    watching.is_quiet(Duration::from_secs(3));
    assert_eq!(watching.interrupt(), Some(0));
}

/// Whether a process runs that file.
fn runs(image: &Path) -> bool {
    let processes = fs::read_dir("/proc").expect("/proc is there");
    processes
        .flatten()
        .any(|process| fs::read_link(process.path().join("exe")).is_ok_and(|path| path == image))
}

#[test]
fn run_begins_again_and_ends_what_it_runs() {
    let system = System::new();
    // It greets and stays, so that it has to be ended.
    let text = system.source();
    let stays = text.replace("Status::SUCCESS\n", "loop { core::hint::spin_loop() }\n");
    assert_ne!(text, stays);
    system.write_source(&stays);
    let image = system.path("target/oscomp/watched/hosted/watched.elf");
    let mut watching = Watching::start("run", &system);
    watching.says("Hello");
    assert!(runs(&image));
    system.write("Good morning");
    watching.says("system.kdl has changed");
    watching.says("Good morning");
    assert!(runs(&image));
    // What does not compile ends nothing but the image.
    system.write_source(&stays.replace("loop {", "loop { nonsense;"));
    watching.says("nonsense");
    watching.says("watching ");
    assert!(!runs(&image));
    system.write_source(&stays);
    watching.says("Good morning");
    assert!(runs(&image));
    assert_eq!(watching.interrupt(), Some(0));
    assert!(!runs(&image), "the image outlives the command");
}

#[test]
fn there_has_to_be_a_system_to_begin_with() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let status = command(&["watch"], oscomp()).current_dir(folder.path()).status().expect("oscomp runs");
    assert_eq!(status.code(), Some(2));
}
