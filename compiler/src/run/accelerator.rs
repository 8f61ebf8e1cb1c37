//! Which accelerator a runner uses.
//!
//! Whether one is there says little: some hosts emulate ring 0 behind `/dev/kvm`, slower than QEMU's own
//! translator and without SSE. So the first time a tiny guest tries it, and the answer is kept.

use super::probe;
use crate::cache;
use crate::failure::Failure;
use oscomp_lang::plan::{Accelerator, Plan, Runner};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::UNIX_EPOCH;
use std::{env, fs};

/// The accelerator to use, if the platform has a runner: the one that is asked for, else the first that
/// works.
pub fn choose<'p>(plan: &'p Plan, asked: Option<&str>) -> Result<Option<&'p Accelerator>, Failure> {
    let Some(runner) = &plan.platform.runner else {
        return match asked {
            None => Ok(None),
            Some(_) => Err(Failure::environment(
                format!(
                    "images for {} are programs of this machine, without an accelerator",
                    plan.platform.name
                ),
                "leave out `--accelerator`",
            )),
        };
    };
    if let Some(name) = asked {
        let found = runner.accelerators.iter().find(|accelerator| accelerator.name == name);
        let names: Vec<&str> =
            runner.accelerators.iter().map(|accelerator| accelerator.name.as_str()).collect();
        return found.map(Some).ok_or_else(|| {
            Failure::environment(
                format!("platform {} has no accelerator `{name}`", plan.platform.name),
                format!("it has: {}", names.join(", ")),
            )
        });
    }
    let Some((last, others)) = runner.accelerators.split_last() else { return Ok(None) };
    Ok(Some(others.iter().find(|accelerator| works(plan, runner, accelerator)).unwrap_or(last)))
}

/// Whether an accelerator works, as far as that is known how to find out.
fn works(plan: &Plan, runner: &Runner, accelerator: &Accelerator) -> bool {
    accelerator.name == "kvm"
        && plan.platform.arch == "x86_64"
        && tried(&runner.program, &accelerator.arguments) == Some(true)
}

/// Whether KVM runs guests of this machine's own kind; none if it is not there or closed to us.
pub fn kvm() -> Option<bool> {
    tried("qemu-system-x86_64", &["-accel", "kvm", "-cpu", "host"].map(str::to_owned))
}

fn tried(program: &str, arguments: &[String]) -> Option<bool> {
    if env::consts::ARCH != "x86_64" {
        return None;
    }
    fs::File::options().read(true).write(true).open("/dev/kvm").ok()?;
    let program = super::find(program)?;
    let key = key(&program, arguments);
    let mut known = Known::load();
    if let Some(answer) = known.answers.get(&key) {
        return Some(*answer);
    }
    let answer = probe::works(&program, arguments).ok()?;
    known.answers.insert(key, answer);
    known.save();
    Some(answer)
}

/// What an answer holds for: this kernel, this program, these arguments.
fn key(program: &Path, arguments: &[String]) -> String {
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let modified = fs::metadata(program).and_then(|metadata| metadata.modified()).ok();
    let seconds =
        modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok()).map_or(0, |time| time.as_secs());
    format!("{} {seconds} {} {}", program.display(), kernel.trim(), arguments.join(" "))
}

/// The answers so far.
struct Known {
    answers: BTreeMap<String, bool>,
}

impl Known {
    const FILE: &str = "accelerators.json";

    fn load() -> Self {
        let text = cache::folder().ok().and_then(|folder| fs::read(folder.join(Self::FILE)).ok());
        // An unreadable file is as good as none: it is written anew.
        let answers = text.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
        Self { answers }
    }

    /// Without a cache the question is asked each time; that is no reason to refuse to run.
    fn save(&self) {
        if let (Ok(folder), Ok(text)) = (cache::folder(), serde_json::to_vec_pretty(&self.answers)) {
            let _ = crate::build::write_whole(&folder.join(Self::FILE), &text);
        }
    }
}
