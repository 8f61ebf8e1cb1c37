//! `oscomp doctor`: what this machine has for building and running images, and how to get the rest.

use super::Global;
use crate::build::{Compiler, apart};
use crate::catalog::{Catalog, CatalogSources};
use crate::failure::{Exit, Failure};
use crate::output::{Format, Output};
use crate::run;
use crate::toolchain::{self, Builder, Llvm};
use clap::Args;
use oscomp_lang::catalog::{Listing, list};
use rustix::process::geteuid;
use serde::Serialize;
use std::collections::BTreeSet;
use std::env;
use std::process::Command;

/// Arguments of `oscomp doctor`.
#[derive(Debug, Args)]
pub struct Doctor {
    /// Runs the command that adds what is missing
    #[arg(short = 'y', long)]
    yes: bool,
}

/// One thing that is needed.
#[derive(Serialize)]
struct Finding {
    what: String,
    state: State,
    detail: String,
    #[serde(skip)]
    remedy: Option<Remedy>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum State {
    /// It is there.
    Present,
    /// It is not needed, but would help.
    Absent,
    /// Something cannot be done without it.
    Missing,
}

/// What adds a thing that is missing.
enum Remedy {
    /// Packages of the distribution: for apt-get, dnf and pacman.
    Packages([&'static str; 3]),
    /// A target of rustup.
    Target(String),
    /// Rust itself, which is for the user to install.
    Rust,
}

impl Doctor {
    /// Prints the table, and the command or, if that is asked for, runs it.
    pub fn run(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let here = env::current_dir().unwrap_or_default();
        let catalog = Catalog::find(global.catalog.as_deref(), &here)?;
        let findings = findings(&list(&CatalogSources(catalog)));
        let missing: Vec<&Finding> =
            findings.iter().filter(|finding| finding.state == State::Missing).collect();
        let command = command(&missing);
        match output.format {
            Format::Json => output.json(&serde_json::json!({ "findings": findings, "command": command })),
            _ => table(&findings, output),
        }
        if missing.is_empty() {
            return Ok(Exit::Sound);
        }
        if missing.iter().any(|finding| matches!(finding.remedy, Some(Remedy::Rust))) {
            return Err(Failure::environment(
                "Rust is missing or too old",
                "install Rust 1.95 or newer first: https://rustup.rs",
            ));
        }
        let Some(command) = command else {
            return Err(Failure::environment(
                "something is missing, and this machine has none of apt-get, dnf and pacman",
                "install what the table names by hand",
            ));
        };
        if !self.yes {
            return Err(Failure::environment(
                "something is missing",
                format!("`{command}` adds it; `oscomp doctor -y` runs that"),
            ));
        }
        output.note(format!("running: {command}"));
        let done = Command::new("sh").args(["-c", &command]).status().is_ok_and(|status| status.success());
        if done {
            Ok(Exit::Sound)
        } else {
            Err(Failure::environment(format!("`{command}` failed"), "its messages above say why"))
        }
    }
}

fn findings(catalog: &Listing) -> Vec<Finding> {
    let mut findings = Vec::new();
    for program in ["cargo", "rustc"] {
        findings.push(rust(program));
    }
    let targets: BTreeSet<&str> = catalog.platforms.iter().map(|platform| platform.target.as_str()).collect();
    let mut llvm = Llvm::default();
    for target in targets {
        let builder = Builder::find(target).ok();
        let detail = builder.as_ref().map(Builder::description).unwrap_or_default();
        if let Some(builder) = builder.as_ref().filter(|_| target.starts_with("x86_64")) {
            llvm = builder.llvm();
        }
        let remedy = Remedy::Target(target.to_owned());
        findings.push(Finding::new(format!("core for {target}"), builder.is_some(), &detail, remedy));
    }
    let linker = toolchain::linker();
    let detail = linker.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
    findings.push(Finding::new("rust-lld", linker.is_some(), &detail, Remedy::Rust));
    findings.push(program("cc", "links proc macros and hosted images", ["gcc libc6-dev", "gcc", "gcc"]));
    findings.push(c_compiler(llvm));
    let runners: BTreeSet<&str> =
        catalog.platforms.iter().filter_map(|platform| platform.runner.as_deref()).collect();
    for runner in runners {
        findings.push(match qemu_packages(runner) {
            Some(packages) => program(runner, "runs images", packages),
            None => monitor(runner),
        });
    }
    findings.push(accelerator());
    findings
}

impl Finding {
    fn new(what: impl Into<String>, present: bool, detail: &str, remedy: Remedy) -> Self {
        Self {
            what: what.into(),
            state: if present { State::Present } else { State::Missing },
            detail: detail.to_owned(),
            remedy: (!present).then_some(remedy),
        }
    }
}

/// A program of the Rust toolchain, of the version that the catalog needs.
fn rust(program: &str) -> Finding {
    let version = toolchain::version(program);
    let enough = version.as_deref().is_some_and(toolchain::is_new_enough);
    let detail = match (&version, enough) {
        (Some(version), true) => version.clone(),
        (Some(version), false) => format!("{version}: 1.95 or newer is needed"),
        (None, _) => "not in PATH".to_owned(),
    };
    Finding::new(program, enough, &detail, Remedy::Rust)
}

fn program(name: &str, what_for: &str, packages: [&'static str; 3]) -> Finding {
    let path = run::find(name);
    let detail = path.as_ref().map_or_else(|| what_for.to_owned(), |path| path.display().to_string());
    Finding::new(name, path.is_some(), &detail, Remedy::Packages(packages))
}

/// What compiles sources in C, and whether it is optimised together with Rust; who has none needs none.
fn c_compiler(llvm: Llvm) -> Finding {
    let found = Compiler::find("x86_64", llvm).ok();
    let state = if found.is_some() { State::Present } else { State::Absent };
    let detail = found.map_or_else(
        || "compiles sources in C for every architecture: the package `clang` has it".to_owned(),
        |compiler| {
            let how = apart(&compiler, llvm).unwrap_or_else(|| "optimised together with Rust".to_owned());
            format!("{} ({}); {how}", compiler.program.display(), compiler.version)
        },
    );
    Finding { what: "clang".into(), state, detail, remedy: None }
}

/// A program that runs images and that distributions do not have: one who wants it gets it from its project.
fn monitor(name: &str) -> Finding {
    let path = run::find(name);
    let state = if path.is_some() { State::Present } else { State::Absent };
    let detail = path
        .map_or_else(|| "runs images; get it from its project".to_owned(), |path| path.display().to_string());
    Finding { what: name.to_owned(), state, detail, remedy: None }
}

fn qemu_packages(runner: &str) -> Option<[&'static str; 3]> {
    Some(match runner {
        "qemu-system-x86_64" => ["qemu-system-x86", "qemu-system-x86-core", "qemu-system-x86"],
        // Debian has the firmware that QEMU starts in a package of its own.
        "qemu-system-riscv64" => ["qemu-system-misc opensbi", "qemu-system-riscv-core", "qemu-system-riscv"],
        "qemu-system-aarch64" => ["qemu-system-arm", "qemu-system-aarch64-core", "qemu-system-aarch64"],
        runner if runner.starts_with("qemu-") => ["qemu-system-misc", "qemu", "qemu-full"],
        _ => return None,
    })
}

fn accelerator() -> Finding {
    let (state, detail) = match run::kvm() {
        Some(true) => (State::Present, "images run at the machine's own speed"),
        Some(false) => (State::Absent, "/dev/kvm is there but does not run a guest: images run translated"),
        None => (State::Absent, "no access to /dev/kvm, or no QEMU to try it with: images run translated"),
    };
    Finding { what: "kvm".into(), state, detail: detail.into(), remedy: None }
}

fn table(findings: &[Finding], output: &Output) {
    let width = findings.iter().map(|finding| finding.what.len()).max().unwrap_or(0);
    for finding in findings {
        let state = match finding.state {
            State::Present => output.paint("present", "32"),
            State::Absent => output.paint("absent ", "33"),
            State::Missing => output.paint("MISSING", "1;31"),
        };
        output.line(format!("{:width$}  {state}  {}", finding.what, finding.detail).trim_end());
    }
}

/// The one command that adds what is missing.
fn command(missing: &[&Finding]) -> Option<String> {
    let managers = [
        ("apt-get", "apt-get install -y --no-install-recommends"),
        ("dnf", "dnf install -y"),
        ("pacman", "pacman -S --noconfirm --needed"),
    ];
    let manager = managers.iter().position(|(program, _)| run::find(program).is_some());
    let sudo = if geteuid().is_root() { "" } else { "sudo " };
    let (mut targets, mut packages) = (Vec::new(), Vec::new());
    for finding in missing {
        match &finding.remedy {
            Some(Remedy::Target(target)) => targets.push(target.as_str()),
            Some(Remedy::Packages(names)) => packages.push(names[manager?]),
            Some(Remedy::Rust) | None => {}
        }
    }
    let mut commands = Vec::new();
    if !targets.is_empty() {
        // Where rustup cannot reach its server, a distribution may have a toolchain with sources.
        let by_rustup = format!("rustup target add {}", targets.join(" "));
        let by_packages = manager.map(|manager| {
            format!(
                "{sudo}{} {}",
                managers[manager].1,
                ["rustc-web cargo-web rust-web-src", "rust rust-src", "rust rust-src"][manager]
            )
        });
        commands.push(match (run::find("rustup"), by_packages) {
            (Some(_), Some(packages)) => format!("{{ {by_rustup} || {packages}; }}"),
            (None, Some(packages)) => packages,
            (_, None) => by_rustup,
        });
    }
    if !packages.is_empty() {
        commands.push(format!("{sudo}{} {}", managers[manager?].1, packages.join(" ")));
    }
    (!commands.is_empty()).then(|| commands.join(" && "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_command_adds_all_that_is_missing() {
        let target = Finding::new("core", false, "", Remedy::Target("riscv64gc-unknown-none-elf".into()));
        let other = Finding::new("core", false, "", Remedy::Target("aarch64-unknown-none".into()));
        let both = command(&[&target, &other]).unwrap();
        if run::find("rustup").is_some() {
            let adds = "rustup target add riscv64gc-unknown-none-elf aarch64-unknown-none";
            assert!(both.contains(adds), "{both}");
        }
        assert_eq!(command(&[]), None);
    }
}
