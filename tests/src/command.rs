//! The `oscomp` command of this checkout.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The root of the repository.
#[must_use]
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or_else(|| Path::new("."))
}

/// The path of the command, built on first use in the profile of the caller.
///
/// # Panics
/// When it does not build.
pub fn oscomp() -> &'static Path {
    static COMMAND: OnceLock<PathBuf> = OnceLock::new();
    COMMAND.get_or_init(|| {
        let mut build = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        build
            .args(["build", "--quiet", "--package", "oscomp", "--message-format=json"])
            .current_dir(repository());
        if !cfg!(debug_assertions) {
            build.arg("--release");
        }
        let output = build.output().expect("cargo runs");
        assert!(output.status.success(), "oscomp builds: {}", String::from_utf8_lossy(&output.stderr));
        // The message of the binary is the only one with an executable.
        let messages = String::from_utf8_lossy(&output.stdout);
        let start = messages.rfind("\"executable\":\"").expect("cargo names the executable") + 14;
        let end = messages[start..].find('"').expect("the name ends") + start;
        PathBuf::from(&messages[start..end])
    })
}
