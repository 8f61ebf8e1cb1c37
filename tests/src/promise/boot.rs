//! Booting a composition the way a person would.

use super::{FOLDER, REACHED};
use crate::command::{oscomp, repository};
use std::process::{Command, Stdio};
use std::{fs, io};

/// Writes a system and runs it on one of its platforms; the error is what went wrong, with all output.
///
/// # Errors
/// When the files cannot be written or the command cannot be started.
pub fn boot(name: &str, text: &str, platform: &str) -> io::Result<Result<(), String>> {
    let folder = repository().join(FOLDER).join("systems").join(name);
    fs::create_dir_all(&folder)?;
    // A name of its own, so that no two images share a folder.
    let text = text.replacen("\"promise\"", &format!("\"promise-{name}\""), 1);
    fs::write(folder.join("system.kdl"), text)?;
    let output = Command::new(oscomp())
        .arg("run")
        .arg(&folder)
        .args(["--platform", platform, "--timeout", "300"])
        .stdin(Stdio::null())
        .output()?;
    if output.status.code() == Some(REACHED) {
        return Ok(Ok(()));
    }
    Ok(Err(format!(
        "{}, expected status {REACHED}\n--- stdout\n{}\n--- stderr\n{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )))
}
