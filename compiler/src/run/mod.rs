//! Running images.

mod accelerator;
mod behind;
mod child;
mod firmware;
mod network;
mod outside;
mod probe;
mod shell;

pub use accelerator::{choose, kvm};
pub use behind::{Behind, Kind};
pub use child::{End, run};
pub use network::Network;
pub use outside::Outside;
pub use shell::{quoted, word};

use crate::failure::Failure;
use oscomp_lang::plan::{Accelerator, Plan, PlatformDevice, RunnerStatus};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// A program with its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandLine {
    /// The program.
    pub program: OsString,
    /// Its arguments.
    pub arguments: Vec<OsString>,
}

impl CommandLine {
    /// What runs the image of a plan: its platform's runner, or the image itself.
    pub fn new(plan: &Plan, image: &Path, accelerator: Option<&Accelerator>, outside: &Outside) -> Self {
        let Some(runner) = &plan.platform.runner else {
            return Self { program: image.into(), arguments: Vec::new() };
        };
        let devices = claimed(plan).flat_map(|device| {
            device.arguments.iter().map(|argument| outside.filled(argument, plan, device))
        });
        let accelerator = accelerator.into_iter().flat_map(|accelerator| accelerator.arguments.clone());
        let arguments = runner.arguments.iter().cloned().chain(devices).chain(accelerator);
        Self {
            program: runner.program.clone().into(),
            arguments: arguments.map(|argument| filled(&argument, plan, image)).collect(),
        }
    }
}

/// The devices that an instance claims, in the platform's order.
fn claimed(plan: &Plan) -> impl Iterator<Item = &PlatformDevice> {
    plan.platform.devices.iter().filter(|device| plan.claims(&device.name))
}

/// The file that the runner of a plan wants beside the image: its path and its text. None if it wants none.
pub fn file(plan: &Plan, image: &Path, outside: &Outside) -> Option<(PathBuf, String)> {
    let file = plan.platform.runner.as_ref()?.file.as_ref()?;
    let mut text = file.text.replace("{mebibytes}", &plan.memory.div_ceil(1 << 20).to_string());
    for kind in plan.platform.devices.iter().map(|device| &device.kind) {
        let entries = claimed(plan)
            .filter(|device| device.kind == *kind)
            .filter_map(|device| device.entry.as_ref().map(|entry| outside.filled(entry, plan, device)));
        let entries: Vec<String> = entries.collect();
        text = text.replace(&format!("{{devices {kind}}}"), &entries.join(", "));
    }
    Some((image.with_file_name(&file.name), filled(&text, plan, image).to_string_lossy().into_owned()))
}

/// An argument with `{image}`, `{flat}`, `{memory}` and `{file}` filled in.
fn filled(argument: &str, plan: &Plan, image: &Path) -> OsString {
    let mut argument = argument.replace("{memory}", &(plan.memory / 1024).to_string());
    if let Some(file) = plan.platform.runner.as_ref().and_then(|runner| runner.file.as_ref()) {
        argument = argument.replace("{file}", &image.with_file_name(&file.name).to_string_lossy());
    }
    if let Some(flat) = &plan.platform.flat {
        argument = argument.replace("{flat}", &image.with_file_name(&flat.name).to_string_lossy());
    }
    let mut parts = argument.split("{image}");
    let mut filled = OsString::from(parts.next().unwrap_or_default());
    for part in parts {
        filled.push(image);
        filled.push(part);
    }
    filled
}

/// The status of the image in that of what ran it; none if that is not one that an image causes.
pub fn status(plan: &Plan, code: u8) -> Option<u8> {
    match plan.platform.runner.as_ref().map(|runner| runner.status) {
        None | Some(RunnerStatus::Plain) => Some(code),
        Some(RunnerStatus::Shifted) => (code & 1 == 1).then_some(code >> 1)?.checked_sub(1),
    }
}

/// The path of a program in `PATH`.
pub fn find(program: &str) -> Option<PathBuf> {
    use std::os::unix::fs::PermissionsExt;
    let executable = |path: &PathBuf| {
        path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
    };
    if program.contains('/') {
        return Some(PathBuf::from(program)).filter(executable);
    }
    std::env::split_paths(&std::env::var_os("PATH")?).map(|folder| folder.join(program)).find(executable)
}

/// That the program that runs images is missing.
pub fn missing(program: &str) -> Failure {
    Failure::environment(
        format!("{program}, which runs images of this platform, is not installed"),
        "`oscomp doctor` names the command that adds it",
    )
}
