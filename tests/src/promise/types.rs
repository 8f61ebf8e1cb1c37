//! rustc's judgement of glue, in bulk: many systems in one crate.

use super::FOLDER;
use crate::command::repository;
use oscomp_lang::glue;
use oscomp_lang::plan::{Parameter, Plan};
use oscomp_lang::source::SourcePath;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;
use std::{fs, io};

/// What rustc says of a batch.
#[derive(Debug, Default)]
pub struct Judgement {
    /// Positions in the batch of the plans whose glue it rejects.
    pub rejected: BTreeSet<usize>,
    /// Its words.
    pub words: String,
}

/// Has rustc check the glue of plans for one environment and one target.
///
/// # Errors
/// When the crate cannot be written or Cargo cannot be started.
pub fn judge(plans: &[&Plan], environment: &str, target: &str) -> io::Result<Judgement> {
    let name = format!("promise-types-{environment}-{target}");
    let folder = repository().join(FOLDER).join(&name);
    let source = folder.join("src");
    if source.exists() {
        fs::remove_dir_all(&source)?;
    }
    fs::create_dir_all(&source)?;
    fs::copy(repository().join("Cargo.lock"), folder.join("Cargo.lock"))?;
    fs::write(folder.join("Cargo.toml"), manifest(plans, &name))?;
    let mut root = String::from("#![no_std]\n#![allow(warnings)]\n");
    for (index, plan) in plans.iter().enumerate() {
        let _ = writeln!(root, "mod s{index};");
        fs::write(source.join(format!("s{index}.rs")), glue::expand_for_check(plan, "glue").to_string())?;
    }
    fs::write(source.join("lib.rs"), root)?;

    let output = cargo_check(target)
        .current_dir(&folder)
        .env("CARGO_TARGET_DIR", repository().join(FOLDER).join(format!("cargo-{target}")))
        .output()?;
    let mut judgement = Judgement::default();
    if !output.status.success() {
        judgement.words = String::from_utf8_lossy(&output.stderr).into_owned();
        let places = judgement.words.split("src/s").skip(1);
        judgement.rejected = places.filter_map(|rest| rest.split('.').next()?.parse().ok()).collect();
    }
    Ok(judgement)
}

/// Cargo, to check for a target: with the core library that is installed for it, else with a distribution's
/// toolchain that has its sources, as `oscomp build` chooses.
fn cargo_check(target: &str) -> Command {
    let installed = Command::new("rustc").args(["--print", "sysroot"]).output().is_ok_and(|output| {
        let sysroot = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
        sysroot.join("lib/rustlib").join(target).join("lib").is_dir()
    });
    let mut command = if installed {
        Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
    } else {
        let mut command = Command::new("/usr/bin/cargo");
        command.env("RUSTC", "/usr/bin/rustc").env("RUSTC_BOOTSTRAP", "1").env_remove("RUSTUP_TOOLCHAIN");
        command
    };
    command.args(["check", "--quiet", "--color=never", "--target", target]);
    if !installed {
        command.args(["-Zbuild-std=core,alloc", "-Zbuild-std-features=compiler-builtins-mem"]);
    }
    command
}

/// The crate of a batch, with the crates that its plans mention.
fn manifest(plans: &[&Plan], name: &str) -> String {
    let mut crates: BTreeMap<&str, PathBuf> = BTreeMap::new();
    let systems = repository().join(FOLDER).join("systems/any");
    let path = |source: &SourcePath| match source {
        SourcePath::Catalog(path) => repository().join(path),
        SourcePath::Project(path) => systems.join(path),
    };
    for plan in plans {
        for instance in &plan.instances {
            crates.insert(&instance.package, path(&instance.source));
            let required = instance.parameters.iter().filter_map(|parameter| match parameter {
                Parameter::Binding { interfaces, .. } => Some(interfaces),
                Parameter::Options { .. } => None,
            });
            for interface in required.flatten().chain(&instance.provides) {
                crates.insert(&interface.package, path(&interface.source));
            }
        }
    }
    crates.insert("oscomp-abi", repository().join("modules/interfaces/abi"));
    let mut manifest =
        format!("[package]\nname = {name:?}\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n");
    for (package, path) in crates {
        let _ = writeln!(manifest, "{package} = {{ path = {:?} }}", path.display().to_string());
    }
    manifest
}
