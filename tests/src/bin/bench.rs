//! The figures of the project, each with its bound: `cargo run --release -p oscomp-tests --bin bench`.
//!
//! Bytes, instructions and memory are the same in each run, so they are judged: the exit status is 1 when
//! one is above its bound. Times depend on the machine and on what else it does; they are only printed.
#![forbid(unsafe_code)]

use oscomp_tests::command::{oscomp, repository};
use serde::Deserialize;
use std::fmt::Write as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output};
use std::time::{Duration, Instant};
use std::{fs, io};

/// The platform that figures are about.
const PLATFORM: &str = "qemu-microvm";

/// What hello may take at the most. The least of other systems, measured on the same emulator: 27,881 bytes
/// of text, a file of 54,592, 25,120 instructions, 1,180 KiB.
const LOADED: u64 = 10_240;
const FILE: u64 = 12_288;
const INSTRUCTIONS: u64 = 4_000;
const MEMORY: u64 = 1_152;

/// What a person waits for, in milliseconds, on a machine that does nothing else.
const CHECK_20: u64 = 10;
const CHECK_1000: u64 = 250;
const BUILD_NOTHING: u64 = 300;
const BUILD_OPTION: u64 = 3_000;

fn main() -> ExitCode {
    match figures() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(problem) => {
            eprintln!("error: {problem}");
            ExitCode::from(2)
        }
    }
}

/// Prints the figures; whether those that are judged hold.
fn figures() -> io::Result<bool> {
    if cfg!(debug_assertions) {
        println!("note: built without optimisation: times mean little; use `cargo run --release`");
    }
    let mut table = Table { holds: true };
    let hello = measure("systems/hello")?;
    table.judge("hello: bytes loaded", hello.loaded, LOADED);
    table.judge("hello: bytes of file", hello.file, FILE);
    let working = hello.start.instructions - hello.start.waiting;
    table.judge("hello: instructions from the first to the app", working, INSTRUCTIONS);
    table.judge("hello: least memory, KiB", hello.memory.kib, MEMORY);

    for (count, times, bound) in [(20, 21, CHECK_20), (1000, 5, CHECK_1000)] {
        let folder = tempfile::tempdir()?;
        let (catalog, system) = write_composition(folder.path(), count)?;
        let check = || {
            let mut command = Command::new(oscomp());
            run(command.arg("check").arg(&system).arg("--catalog").arg(&catalog))
        };
        // Once for the operating system's caches.
        check()?;
        table.time(
            &format!("check: {count} instances of {count} modules, median of {times}"),
            median(times, check)?,
            bound,
        );
    }

    let mut system = Variation::new()?;
    system.write("A")?;
    system.build()?;
    table.time("build: nothing changed, median of 5", median(5, || system.build())?, BUILD_NOTHING);
    let mut greeting = 0;
    let changed = median(3, || {
        greeting += 1;
        system.write(&format!("greeting {greeting}"))?;
        system.build()
    })?;
    table.time("build: one option changed, median of 3", changed, BUILD_OPTION);
    Ok(table.holds)
}

struct Table {
    holds: bool,
}

impl Table {
    fn judge(&mut self, what: &str, figure: u64, bound: u64) {
        let verdict = if figure <= bound { "holds" } else { "DOES NOT HOLD" };
        self.holds &= figure <= bound;
        println!("{what:<56} {figure:>9}  at most {bound:>6}  {verdict}");
    }

    fn time(&self, what: &str, time: Duration, bound: u64) {
        let milliseconds = time.as_secs_f64() * 1000.0;
        println!("{what:<56} {milliseconds:>6.1} ms  at most {bound:>6}  (not judged)");
    }
}

/// What `oscomp measure` says.
#[derive(Deserialize)]
struct Measured {
    file: u64,
    loaded: u64,
    start: Start,
    memory: Memory,
}

#[derive(Deserialize)]
struct Start {
    instructions: u64,
    waiting: u64,
}

#[derive(Deserialize)]
struct Memory {
    kib: u64,
}

fn measure(system: &str) -> io::Result<Measured> {
    let mut command = Command::new(oscomp());
    command.arg("measure").arg(repository().join(system)).args(["--platform", PLATFORM, "--format", "json"]);
    let output = run(&mut command)?;
    let mut measured: Vec<Measured> = serde_json::from_slice(&output.stdout)?;
    measured.pop().ok_or_else(|| io::Error::other("oscomp measure said nothing"))
}

/// Runs a command that has to succeed.
fn run(command: &mut Command) -> io::Result<Output> {
    let output = command.current_dir(repository()).output()?;
    if output.status.success() {
        Ok(output)
    } else {
        let said = String::from_utf8_lossy(&output.stderr);
        let printed = String::from_utf8_lossy(&output.stdout);
        Err(io::Error::other(format!("{command:?} ended with {}:\n{printed}{said}", output.status)))
    }
}

fn median<T>(times: usize, mut work: impl FnMut() -> io::Result<T>) -> io::Result<Duration> {
    let mut all = Vec::with_capacity(times);
    for _ in 0..times {
        let begin = Instant::now();
        work()?;
        all.push(begin.elapsed());
    }
    all.sort();
    Ok(all[times / 2])
}

/// Writes a catalog that has `count` modules more than that of the repository, and a system of an
/// instance of each, in a chain that ends at the platform's console. Gives the two folders.
fn write_composition(folder: &Path, count: usize) -> io::Result<(PathBuf, PathBuf)> {
    let (catalog, system) = (folder.join("catalog"), folder.join("system"));
    let modules = catalog.join("modules");
    fs::create_dir_all(&modules)?;
    fs::create_dir_all(system.join("src"))?;
    for name in ["Cargo.toml", "Cargo.lock", "oscomp-lang", "oscomp-macros"] {
        symlink(repository().join(name), catalog.join(name))?;
    }
    for family in fs::read_dir(repository().join("modules"))? {
        let family = family?;
        symlink(family.path(), modules.join(family.file_name()))?;
    }
    for index in 0..count {
        let module = modules.join(format!("synthetic/relay-{index}"));
        fs::create_dir_all(module.join("src"))?;
        fs::write(module.join("Cargo.toml"), manifest(&format!("oscomp-relay-{index}")))?;
        fs::write(module.join("src/lib.rs"), source(&format!("Relay{index}"), "Console", "impl Console"))?;
    }
    let mut text = String::from(
        "system \"large\" {\n    platform \"qemu-microvm\"\n    app \"large\" { next \"relay-0\" }\n",
    );
    for index in 0..count {
        let next = if index + 1 < count { format!("relay-{}", index + 1) } else { "console".to_owned() };
        let _ = writeln!(
            text,
            "    module \"relay-{index}\" {{ next {next:?}; least {}; name \"number {index}\" }}",
            index % 64 + 1
        );
    }
    text.push_str("}\n");
    fs::write(system.join("system.kdl"), text)?;
    fs::write(system.join("Cargo.toml"), manifest("large"))?;
    let app = source("Large", "App", "impl App")
        .replace("    /// What it is called.\n    pub name: &'static str,\n", "");
    fs::write(system.join("src/lib.rs"), app)?;
    Ok((catalog, system))
}

fn manifest(package: &str) -> String {
    format!(
        "[package]\nname = {package:?}\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n\
         oscomp-abi = \"0.1\"\noscomp-interfaces = \"0.1\"\noscomp-macros = \"0.1\"\n"
    )
}

/// A module of ordinary length: a signature, three options with a condition, and some code.
fn source(name: &str, provides: &str, heading: &str) -> String {
    let code = "\nfn step(x: u32) -> u32 {\n    match x {\n        0 => 1,\n        x if x % 2 == 0 => step(x / 2),\n        \
                x => step(x - 1) + 1,\n    }\n}\n"
        .repeat(20);
    format!(
        "//! {heading}.\n#![no_std]\n\nuse oscomp_abi::{{Config, StartError}};\nuse oscomp_interfaces::{{App, Console}};\n\
         use oscomp_macros::{{Options, module}};\n\n/// Hands on what it is given.\n#[module(provides({provides}))]\n\
         pub struct {name}<\n    /// Where it goes.\n    Next: Console,\n    Settings: Config<Options>,\n> {{\n    next: Next,\n    \
         settings: core::marker::PhantomData<Settings>,\n}}\n\n/// What can be set.\n#[derive(Options)]\n\
         #[options(require(least <= most, \"the least is not above the most\"))]\npub struct Options {{\n    \
         /// The least.\n    #[option(default = 1, range = 1..=64)]\n    pub least: u16,\n    /// The most.\n    \
         #[option(default = 64)]\n    pub most: u16,\n    /// What it is called.\n    pub name: &'static str,\n}}\n\n\
         impl<Next: Console, Settings: Config<Options>> {name}<Next, Settings> {{\n    /// Starts.\n    \
         pub fn start(next: Next) -> Result<Self, StartError> {{\n        \
         Ok(Self {{ next, settings: core::marker::PhantomData }})\n    }}\n}}\n{code}"
    )
}

/// The system hello with another greeting, beside the original; removed in the end.
struct Variation {
    path: PathBuf,
    original: String,
}

impl Variation {
    fn new() -> io::Result<Self> {
        let folder = repository().join("systems/hello");
        let original = fs::read_to_string(folder.join("system.kdl"))?;
        Ok(Self { path: folder.join(format!("bench-{}.kdl", std::process::id())), original })
    }

    fn write(&mut self, greeting: &str) -> io::Result<()> {
        let text = self
            .original
            .replace("system \"hello\"", "system \"hello-bench\"")
            .replace("app \"hello\"", &format!("app \"hello\" {{ greeting {greeting:?} }}"));
        if !text.contains(greeting) {
            return Err(io::Error::other("systems/hello/system.kdl has no line `app \"hello\"`"));
        }
        fs::write(&self.path, text)
    }

    fn build(&self) -> io::Result<Output> {
        run(Command::new(oscomp()).arg("build").arg(&self.path).args(["--platform", PLATFORM]))
    }
}

impl Drop for Variation {
    fn drop(&mut self) {
        // What cannot be removed is named like what it is.
        let _ = fs::remove_file(&self.path);
    }
}
