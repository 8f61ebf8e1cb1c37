//! The Rust toolchains of this machine, and which of them builds images for a target.
//!
//! For each target the first that works: the toolchain that Cargo uses, with the target's core library as
//! rustup installs it; the same with its own sources of that library; another toolchain of the machine with
//! its sources, such as a distribution's. Nothing is ever downloaded.

use crate::build::RustcError;
use crate::failure::Failure;
use crate::run;
use oscomp_lang::plan::Plan;
use std::collections::BTreeSet;
use std::env::consts::EXE_SUFFIX;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

/// The oldest Rust that the catalog is for.
const OLDEST: (u32, u32) = (1, 95);

/// Where distributions install a toolchain.
const SYSTEM: &str = "/usr/bin";

/// The Cargo that this runs under, else the one in `PATH`.
pub fn cargo() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"))
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
    let says = |text: &str| stderr.contains(text) || errors.iter().any(|error| error.message.contains(text));
    if errors.iter().any(|error| error.code.as_deref() == Some("E0463"))
        && says("can't find crate for `core`")
    {
        return Some(no_core(&plan.platform.target));
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

fn no_core(target: &str) -> Failure {
    Failure::environment(
        format!("no toolchain of this machine can build for {target}"),
        format!(
            "`rustup target add {target}` adds its core library; `oscomp doctor` knows another way, and looks \
             for more that is missing"
        ),
    )
}

/// One toolchain.
#[derive(Clone, Debug)]
pub struct Toolchain {
    cargo: OsString,
    rustc: OsString,
    sysroot: PathBuf,
    host: String,
}

/// What builds for a target.
#[derive(Clone, Debug)]
pub struct Builder {
    toolchain: Toolchain,
    source: Source,
    /// rust-lld, where rustc would not find it by itself.
    linker: Option<PathBuf>,
}

/// Where the core library comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// It is installed for the target.
    Installed,
    /// It is built with the image, from the toolchain's own sources.
    Sources,
    /// The same, with a toolchain that is not the one that Cargo uses.
    OtherSources,
}

impl Toolchain {
    /// The toolchain that Cargo uses, if there is one.
    pub fn find() -> Option<Self> {
        let cargo = cargo();
        if let Some(rustc) = env::var_os("RUSTC") {
            return Self::of(cargo, rustc);
        }
        let found = Self::of(cargo, OsString::from("rustc"))?;
        // What is found by that name may be rustup's, which would look for another toolchain in the folder of
        // each crate that it compiles.
        let own = found.sysroot.join("bin").join(format!("rustc{EXE_SUFFIX}"));
        Some(if own.is_file() { Self { rustc: own.into(), ..found } } else { found })
    }

    /// The distribution's, if it has one that is new enough.
    fn system() -> Option<Self> {
        let program = |name: &str| Path::new(SYSTEM).join(name);
        let (cargo, rustc) = (program("cargo"), program("rustc"));
        if !cargo.is_file() || !is_new_enough(&version(rustc.to_str()?)?) {
            return None;
        }
        Self::of(cargo.into(), rustc.into())
    }

    fn of(cargo: OsString, rustc: OsString) -> Option<Self> {
        let output =
            Command::new(&rustc).args(["--print", "sysroot", "--print", "host-tuple"]).output().ok()?;
        let said = String::from_utf8(output.stdout).ok().filter(|_| output.status.success())?;
        let (sysroot, host) = said.trim_end().split_once('\n')?;
        Some(Self { cargo, rustc, sysroot: PathBuf::from(sysroot), host: host.to_owned() })
    }

    /// The release of its compiler: `1.96.0`.
    fn release(&self) -> String {
        let version = self.rustc.to_str().and_then(version);
        version.and_then(|version| Some(version.split_whitespace().nth(1)?.to_owned())).unwrap_or_default()
    }

    /// Whether the core library of a target is installed.
    fn has_core(&self, target: &str) -> bool {
        let folder = self.sysroot.join("lib/rustlib").join(target).join("lib");
        fs::read_dir(folder).into_iter().flatten().flatten().any(|entry| {
            let name = entry.file_name();
            name.to_str().is_some_and(|name| name.starts_with("libcore-") && name.ends_with(".rlib"))
        })
    }

    /// Whether the sources of the core library are there, with what Cargo needs to build it.
    fn has_sources(&self) -> bool {
        self.library().join("core/src/lib.rs").is_file() && self.library().join("Cargo.lock").is_file()
    }

    fn library(&self) -> PathBuf {
        self.sysroot.join("lib/rustlib/src/rust/library")
    }

    /// The linker that comes with it, where rustc finds it by itself.
    fn own_lld(&self) -> Option<PathBuf> {
        let path = self.sysroot.join("lib/rustlib").join(&self.host).join("bin/rust-lld");
        path.is_file().then_some(path)
    }
}

impl Builder {
    /// What builds for a target.
    ///
    /// # Errors
    /// When nothing on this machine does.
    pub fn find(target: &str) -> Result<Self, Failure> {
        let Some(own) = Toolchain::find() else {
            return Err(cannot_start_cargo(&io::ErrorKind::NotFound.into()));
        };
        Self::choose(target, own, Toolchain::system).ok_or_else(|| no_core(target))
    }

    /// Whether there is something for each of several targets, so that nothing is compiled in vain.
    ///
    /// # Errors
    /// When there is a target for which nothing on this machine builds.
    pub fn for_all<'a>(targets: impl IntoIterator<Item = &'a str>) -> Result<(), Failure> {
        let targets: BTreeSet<&str> = targets.into_iter().collect();
        // A single one is looked for when it is built.
        if targets.len() < 2 {
            return Ok(());
        }
        targets.into_iter().try_for_each(|target| Self::find(target).map(drop))
    }

    fn choose(target: &str, own: Toolchain, other: impl FnOnce() -> Option<Toolchain>) -> Option<Self> {
        if own.has_core(target) {
            return Some(Self { linker: lld(&own), toolchain: own, source: Source::Installed });
        }
        if own.has_sources() {
            return Some(Self { linker: lld(&own), toolchain: own, source: Source::Sources });
        }
        let other = other().filter(|other| other.sysroot != own.sysroot)?;
        let source = if other.has_core(target) {
            Source::Installed
        } else if other.has_sources() {
            Source::OtherSources
        } else {
            return None;
        };
        let linker = other.own_lld().is_none().then(|| own.own_lld().or_else(|| lld(&other))).flatten();
        Some(Self { toolchain: other, source, linker })
    }

    /// A command that runs Cargo.
    pub fn cargo(&self) -> Command {
        let mut command = Command::new(&self.toolchain.cargo);
        command.env("RUSTC", &self.toolchain.rustc).env_remove("RUSTUP_TOOLCHAIN");
        if self.source != Source::Installed {
            // Building the core library is not stable, and compiles as it was released.
            command.env("RUSTC_BOOTSTRAP", "1");
        }
        command
    }

    /// The arguments of Cargo that have the core library built, if it has to be.
    pub fn arguments(&self) -> &'static [&'static str] {
        match self.source {
            Source::Installed => &[],
            Source::Sources | Source::OtherSources => {
                &["-Zbuild-std=core,alloc", "-Zbuild-std-features=compiler-builtins-mem"]
            }
        }
    }

    /// The linker of images for machines.
    pub fn linker(&self) -> String {
        self.linker.as_ref().map_or_else(|| "rust-lld".to_owned(), |path| path.display().to_string())
    }

    /// The releases of LLVM that rustc and the linker have, as far as they say so.
    pub fn llvm(&self) -> Llvm {
        let rustc = said(&self.toolchain.rustc, &["-vV"]).and_then(|said| major(&said, "LLVM version: "));
        let linker = self.linker.clone().or_else(|| self.toolchain.own_lld());
        let said = linker.and_then(|linker| said(linker, &["-flavor", "gnu", "--version"]));
        Llvm { rustc, linker: said.and_then(|said| major(&said, "LLD ")) }
    }

    /// The folder of the core library's sources, which panic messages name if it is built.
    pub fn sources(&self) -> Option<PathBuf> {
        (self.source != Source::Installed).then(|| self.toolchain.sysroot.join("lib/rustlib/src/rust"))
    }

    /// The name of a folder for what this toolchain builds, if it is not the usual one.
    pub fn folder(&self) -> Option<String> {
        (self.source == Source::OtherSources).then(|| format!("cargo-{}", self.toolchain.release()))
    }

    /// What it is, if it is not the usual toolchain with an installed library.
    pub fn remark(&self) -> Option<String> {
        (self.source != Source::Installed).then(|| format!("by {}", self.description()))
    }

    /// What it is.
    pub fn description(&self) -> String {
        let (release, sysroot) = (self.toolchain.release(), &self.toolchain.sysroot);
        match self.source {
            Source::Installed => format!("Rust {release}, installed"),
            Source::Sources => format!("Rust {release}, built from its sources"),
            Source::OtherSources => {
                format!("Rust {release} of {}, built from its sources", sysroot.display())
            }
        }
    }
}

/// Releases of LLVM, by the first of their numbers. Bitcode is read by the release that wrote it and by later ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Llvm {
    /// rustc's.
    pub rustc: Option<u32>,
    /// The linker's.
    pub linker: Option<u32>,
}

/// The linker for a toolchain: none if it has its own, else one that `PATH` has.
fn lld(toolchain: &Toolchain) -> Option<PathBuf> {
    if toolchain.own_lld().is_some() {
        return None;
    }
    ["rust-lld", "ld.lld"].into_iter().find_map(run::find)
}

/// The linker of images, wherever it is.
pub fn linker() -> Option<PathBuf> {
    let own = Toolchain::find()?;
    own.own_lld().or_else(|| lld(&own))
}

/// What a program says of its version.
pub fn version(program: &str) -> Option<String> {
    said(program, &["--version"])
}

/// What a program prints.
fn said(program: impl AsRef<OsStr>, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The number behind a mark: 14 in `Debian clang version 14.0.6` behind `clang version `.
pub fn major(text: &str, mark: &str) -> Option<u32> {
    let (_, rest) = text.split_once(mark)?;
    rest.split(|character: char| !character.is_ascii_digit()).next()?.parse().ok()
}

/// Whether a program's version is new enough.
pub fn is_new_enough(version: &str) -> bool {
    release(version).is_some_and(|release| release >= OLDEST)
}

/// The release in what a program says of its version: `rustc 1.95.0 (…)`.
fn release(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.split_whitespace().nth(1)?.split(['.', '-']);
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    const TARGET: &str = "riscv64gc-unknown-none-elf";

    /// A toolchain in a folder, with these files.
    fn toolchain(folder: &Path, name: &str, files: &[&str]) -> Toolchain {
        let sysroot = folder.join(name);
        fs::create_dir_all(&sysroot).unwrap();
        for file in files {
            let file = sysroot.join("lib/rustlib").join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, "").unwrap();
        }
        let rustc = sysroot.join("rustc");
        fs::write(&rustc, "#!/bin/sh\necho rustc 1.96.0\n").unwrap();
        fs::set_permissions(&rustc, PermissionsExt::from_mode(0o755)).unwrap();
        let host = "x86_64-unknown-linux-gnu".to_owned();
        Toolchain { cargo: "cargo".into(), rustc: rustc.into(), sysroot, host }
    }

    const INSTALLED: &str = "riscv64gc-unknown-none-elf/lib/libcore-0123.rlib";
    const SOURCES: [&str; 2] = ["src/rust/library/core/src/lib.rs", "src/rust/library/Cargo.lock"];
    const LLD: &str = "x86_64-unknown-linux-gnu/bin/rust-lld";

    #[test]
    fn the_first_that_works_builds() {
        let folder = tempfile::tempdir().unwrap();
        let toolchain = |name: &str, files: &[&str]| toolchain(folder.path(), name, files);
        let choose = |own: &Toolchain, other: Option<&Toolchain>| {
            Builder::choose(TARGET, own.clone(), || other.cloned())
        };
        let bare = toolchain("bare", &[LLD]);
        let full = toolchain("full", &[LLD, INSTALLED, SOURCES[0], SOURCES[1]]);
        let sources = toolchain("sources", &[LLD, SOURCES[0], SOURCES[1]]);
        let system = toolchain("system", &SOURCES);

        assert!(choose(&bare, None).is_none());
        assert!(choose(&bare, Some(&bare)).is_none());
        let builder = choose(&full, Some(&system)).unwrap();
        assert_eq!((builder.source, builder.arguments().len()), (Source::Installed, 0));
        assert_eq!(builder.linker(), "rust-lld", "rustc finds its own");
        assert_eq!(builder.folder(), None);
        let builder = choose(&sources, Some(&system)).unwrap();
        assert_eq!((builder.source, builder.arguments().len()), (Source::Sources, 2));
        let builder = choose(&bare, Some(&system)).unwrap();
        assert_eq!(builder.source, Source::OtherSources);
        assert_eq!(builder.linker(), bare.own_lld().unwrap().display().to_string());
        assert_eq!(builder.folder().as_deref(), Some("cargo-1.96.0"));
    }

    #[test]
    fn releases_are_read() {
        assert_eq!(major("Debian clang version 14.0.6\nTarget: x", "clang version "), Some(14));
        assert_eq!(major("LLD 22.1.2 (compatible with GNU linkers)", "LLD "), Some(22));
        assert_eq!(major("GNU ld 2.40", "LLD "), None);
        assert_eq!(release("rustc 1.95.0 (abc 2026-03-21)"), Some((1, 95)));
        assert_eq!(release("cargo 1.97.0-nightly (abc 2026-06-01)"), Some((1, 97)));
        assert_eq!(release("rustc"), None);
        assert!(is_new_enough("rustc 1.95.1 (x)") && !is_new_enough("rustc 1.94.0 (x)"));
    }
}
