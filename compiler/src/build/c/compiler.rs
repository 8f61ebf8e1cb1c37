use crate::build::Profile;
use crate::failure::Failure;
use crate::run::find;
use crate::toolchain;
use oscomp_lang::plan::{Optimize, Plan};
use std::path::PathBuf;
use std::process::Command;

/// The newest clang whose name is looked for; any from 14 on will do.
const NEWEST_CLANG: u32 = 24;

/// A compiler of C for an architecture.
#[derive(Clone, Debug)]
pub struct Compiler {
    /// The program.
    pub program: PathBuf,
    /// What it says of its version.
    pub version: String,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Compiles for every architecture.
    Clang,
    /// Compiles for the one that it was made for.
    Gcc,
}

impl Compiler {
    /// The first that is there: clang, the newest one; a GCC for the architecture.
    ///
    /// # Errors
    /// When there is none.
    pub fn find(arch: &str) -> Result<Self, Failure> {
        let clangs =
            (14..=NEWEST_CLANG).rev().map(|version| format!("clang-{version}")).chain(["clang".to_owned()]);
        let mut compilers = clangs
            .map(|name| (name, Kind::Clang))
            .chain(gcc_names(arch).iter().map(|name| ((*name).to_owned(), Kind::Gcc)));
        let found = compilers.find_map(|(name, kind)| {
            let program = find(&name)?;
            let version = toolchain::version(program.to_str()?)?.lines().next()?.to_owned();
            Some(Self { program, version, kind })
        });
        found.ok_or_else(|| {
            Failure::environment(
                format!("the system has sources in C, and there is no compiler of C for {arch}"),
                "install clang, which compiles for every architecture; `oscomp doctor` looks again",
            )
        })
    }

    /// Runs it.
    pub fn command(&self) -> Command {
        Command::new(&self.program)
    }

    /// The flags for an image, without those of an instance.
    pub fn flags(&self, plan: &Plan, profile: Profile) -> Vec<String> {
        let arch = plan.platform.arch.as_str();
        let mut flags: Vec<&str> = vec![
            // The linker takes what is used, function by function.
            "-ffunction-sections",
            "-fdata-sections",
            "-fno-common",
            // An image runs where it is linked, unwinds nothing, and has no canary for the stack.
            "-fno-pic",
            "-fno-stack-protector",
            "-fno-asynchronous-unwind-tables",
            "-fno-unwind-tables",
        ];
        flags.push(match (profile, plan.optimize) {
            (Profile::Debug, _) => "-O1",
            (_, Optimize::Speed) => "-O2",
            (_, Optimize::Size) => "-Os",
        });
        // Without frame pointers a stack cannot be walked. They cost C more than Rust, where much is inlined, so
        // they are left out where nothing would follow them.
        flags.push(match plan.optimize {
            Optimize::Speed if plan.walks_stacks() => "-fno-omit-frame-pointer",
            _ => "-fomit-frame-pointer",
        });
        match (self.kind, arch) {
            (Kind::Clang, "x86_64") => flags.push("--target=x86_64-unknown-none-elf"),
            (Kind::Clang, "riscv64") => flags.push("--target=riscv64-unknown-none-elf"),
            (Kind::Clang, _) => flags.push("--target=aarch64-unknown-none-elf"),
            // What a compiler for Linux says of itself does not hold here.
            (Kind::Gcc, _) => {
                flags.extend(["-U__linux__", "-U__linux", "-U__gnu_linux__", "-U__unix__", "-U__unix"])
            }
        }
        match arch {
            "x86_64" => flags.extend(["-mno-red-zone", "-mcmodel=small"]),
            "riscv64" => flags.extend(["-march=rv64gc", "-mabi=lp64d", "-mcmodel=medany"]),
            _ => {}
        }
        // The headers of the machine's own C library are none of the image's; those of the compiler are.
        match self.kind {
            Kind::Clang => flags.push("-nostdlibinc"),
            Kind::Gcc => flags.push("-nostdinc"),
        }
        let mut flags: Vec<String> = flags.into_iter().map(ToOwned::to_owned).collect();
        if self.kind == Kind::Gcc
            && let Some(folder) = self.own_headers()
        {
            flags.push(format!("-isystem{folder}"));
        }
        flags
    }

    fn own_headers(&self) -> Option<String> {
        let said = self.command().arg("-print-file-name=include").output().ok()?;
        Some(String::from_utf8(said.stdout).ok()?.trim().to_owned())
    }
}

/// The names under which distributions have a GCC for an architecture.
fn gcc_names(arch: &str) -> &'static [&'static str] {
    match arch {
        "x86_64" if cfg!(target_arch = "x86_64") => &["x86_64-linux-gnu-gcc", "gcc"],
        "x86_64" => &["x86_64-linux-gnu-gcc", "x86_64-elf-gcc"],
        "riscv64" => &["riscv64-unknown-elf-gcc", "riscv64-linux-gnu-gcc"],
        _ if cfg!(target_arch = "aarch64") => &["aarch64-linux-gnu-gcc", "gcc"],
        _ => &["aarch64-none-elf-gcc", "aarch64-linux-gnu-gcc"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn frames_are_kept_only_for_who_follows_them() {
        let compiler = Compiler { program: "clang".into(), version: String::new(), kind: Kind::Clang };
        let keeps = |optimize, walker: bool| {
            let mut plan = sample::hello();
            plan.optimize = optimize;
            let instance = &mut plan.instances[0];
            instance.provides[0].ident = if walker { "Backtrace" } else { "Console" }.into();
            compiler.flags(&plan, Profile::Release).contains(&"-fno-omit-frame-pointer".to_owned())
        };
        assert!(keeps(Optimize::Speed, true));
        assert!(!keeps(Optimize::Speed, false));
        assert!(!keeps(Optimize::Size, true));
    }
}
