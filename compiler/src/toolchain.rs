//! The Rust toolchain that images are built with.

use crate::build::RustcError;
use crate::failure::Failure;
use oscomp_lang::plan::Plan;
use std::io;
use std::process::Command;
use std::{env, ffi::OsString};

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
