//! The Rust toolchain that images are built with.

use crate::build::RustcError;
use crate::failure::Failure;
use crate::run;
use oscomp_lang::plan::Plan;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;
use std::{env, fs, io};

/// A command that runs Cargo: the one that runs us, if one does, else the one in `PATH`.
pub fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")))
}

/// That Cargo does not start.
pub fn cannot_start_cargo(error: &io::Error) -> Failure {
    let what = match error.kind() {
        io::ErrorKind::NotFound => "Cargo is not installed, or not in PATH".to_owned(),
        _ => format!("Cargo does not start: {error}"),
    };
    Failure::environment(what, "install Rust 1.95 or newer (https://rustup.rs); `oscomp doctor` looks again")
}

/// What of the toolchain is missing, if that is why a build failed.
pub fn missing(stderr: &str, errors: &[RustcError], plan: &Plan) -> Option<Failure> {
    let target = &plan.platform.target;
    let says = |text: &str| stderr.contains(text) || errors.iter().any(|error| error.message.contains(text));
    if errors.iter().any(|error| error.code.as_deref() == Some("E0463"))
        && says("can't find crate for `core`")
    {
        return Some(Failure::environment(
            format!("the core library of {target} is not installed"),
            format!("`rustup target add {target}`; `oscomp doctor` looks for more that is missing"),
        ));
    }
    for linker in ["rust-lld", "cc"] {
        if says(&format!("linker `{linker}` not found")) {
            return Some(Failure::environment(
                format!("the linker `{linker}` is not installed"),
                "`oscomp doctor` names the command that adds it",
            ));
        }
    }
    None
}

/// The toolchain's files.
pub struct Toolchain {
    sysroot: PathBuf,
    host: String,
}

impl Toolchain {
    /// The toolchain that Cargo uses, if there is one.
    pub fn find() -> Option<Self> {
        let sysroot = said("rustc", &["--print", "sysroot"])?;
        let host = said("rustc", &["--print", "host-tuple"])?;
        Some(Self { sysroot: PathBuf::from(sysroot), host })
    }

    /// Whether the core library of a target is installed.
    pub fn has_core(&self, target: &str) -> bool {
        let folder = self.sysroot.join("lib/rustlib").join(target).join("lib");
        fs::read_dir(folder).into_iter().flatten().flatten().any(|entry| {
            let name = entry.file_name();
            name.to_str().is_some_and(|name| name.starts_with("libcore-") && name.ends_with(".rlib"))
        })
    }

    /// The linker that comes with Rust; rustc finds it there by itself.
    pub fn rust_lld(&self) -> Option<PathBuf> {
        let inside = self.sysroot.join("lib/rustlib").join(&self.host).join("bin/rust-lld");
        if inside.is_file() { Some(inside) } else { run::find("rust-lld") }
    }
}

/// What a program says of its version.
pub fn version(program: &str) -> Option<String> {
    said(program, &["--version"])
}

/// The release in what a program says of its version: `rustc 1.95.0 (…)`.
pub fn release(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.split_whitespace().nth(1)?.split(['.', '-']);
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::release;

    #[test]
    fn releases_are_read() {
        assert_eq!(release("rustc 1.95.0 (abc 2026-03-21)"), Some((1, 95)));
        assert_eq!(release("cargo 1.97.0-nightly (abc 2026-06-01)"), Some((1, 97)));
        assert_eq!(release("rustc"), None);
    }
}
