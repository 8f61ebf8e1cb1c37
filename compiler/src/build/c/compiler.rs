use super::together::apart;
use crate::build::{Profile, flags::has_frame_pointers};
use crate::failure::Failure;
use crate::run::find;
use crate::toolchain::{self, Llvm};
use oscomp_lang::plan::{Optimize, Plan};
use std::path::PathBuf;
use std::process::Command;

/// The newest clang whose name is looked for; any from 14 on will do.
const NEWEST_CLANG: u32 = 24;

/// The newest release of LLVM whose own options, which may change with each, have been looked at.
const KNOWN_LLVM: u32 = 22;

/// A compiler of C for an architecture.
#[derive(Clone, Debug)]
pub struct Compiler {
    /// The program.
    pub program: PathBuf,
    /// What it says of its version.
    pub version: String,
    pub(super) kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Compiles for every architecture, by this release of LLVM if it says so.
    Clang(Option<u32>),
    /// Compiles for the one that it was made for.
    Gcc,
}

impl Compiler {
    /// The first that is there: the newest clang whose bitcode the linker reads, the newest one of all, a GCC for the
    /// architecture.
    ///
    /// # Errors
    /// When there is none.
    pub fn find(arch: &str, llvm: Llvm) -> Result<Self, Failure> {
        let clangs =
            (14..=NEWEST_CLANG).rev().map(|version| format!("clang-{version}")).chain(["clang".to_owned()]);
        let clangs = clangs.filter_map(|name| Self::named(&name, clang));
        let gccs = gcc_names(arch).iter().filter_map(|name| Self::named(name, |_| Kind::Gcc));
        choose(clangs.chain(gccs), llvm).ok_or_else(|| {
            Failure::environment(
                format!("the system has sources in C, and there is no compiler of C for {arch}"),
                "install clang, which compiles for every architecture; `oscomp doctor` looks again",
            )
        })
    }

    /// The one of a name, if it is there.
    fn named(name: &str, kind: impl FnOnce(&str) -> Kind) -> Option<Self> {
        let program = find(name)?;
        let version = toolchain::version(program.to_str()?)?.lines().next()?.to_owned();
        Some(Self { program, kind: kind(&version), version })
    }

    /// Runs it.
    pub fn command(&self) -> Command {
        Command::new(&self.program)
    }

    /// The flags for an image, without those of an instance; `together` if the linker is to optimise C with Rust.
    pub fn flags(&self, plan: &Plan, profile: Profile, together: bool) -> Vec<String> {
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
        // Frame pointers cost C more than Rust, where much is inlined, so they are left out where nothing would follow
        // them.
        let keeps = has_frame_pointers(profile, plan.optimize) && plan.walks_stacks();
        flags.push(if keeps { "-fno-omit-frame-pointer" } else { "-fomit-frame-pointer" });
        if together {
            flags.push("-flto");
        }
        match (self.kind, arch) {
            (Kind::Clang(_), "x86_64") => flags.push("--target=x86_64-unknown-none-elf"),
            (Kind::Clang(_), "riscv64") => flags.push("--target=riscv64-unknown-none-elf"),
            (Kind::Clang(_), _) => flags.push("--target=aarch64-unknown-none-elf"),
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
            Kind::Clang(_) => flags.push("-nostdlibinc"),
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

    /// The flags that have a function compiled for speed where the image is for size; none where it is not, or where
    /// the compiler is not known to have them.
    pub fn hot(&self, plan: &Plan, profile: Profile, function: &str) -> Option<[String; 2]> {
        let is_small = (profile, plan.optimize) == (Profile::Release, Optimize::Size);
        let knows = matches!(self.kind, Kind::Clang(Some(14..=KNOWN_LLVM)));
        (is_small && knows)
            .then(|| ["-mllvm".to_owned(), format!("-force-remove-attribute={function}:optsize")])
    }

    fn own_headers(&self) -> Option<String> {
        let said = self.command().arg("-print-file-name=include").output().ok()?;
        Some(String::from_utf8(said.stdout).ok()?.trim().to_owned())
    }
}

/// What a clang that says this of its version is. Apple's counts its own releases.
fn clang(version: &str) -> Kind {
    let apples = version.starts_with("Apple");
    Kind::Clang(toolchain::major(version, "clang version ").filter(|_| !apples))
}

/// The first that the linker can optimise together with Rust, else the first.
fn choose(compilers: impl Iterator<Item = Compiler>, llvm: Llvm) -> Option<Compiler> {
    let mut first = None;
    for compiler in compilers {
        if apart(&compiler, llvm).is_none() {
            return Some(compiler);
        }
        first.get_or_insert(compiler);
    }
    first
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

    fn compiler(program: &str, kind: Kind) -> Compiler {
        Compiler { program: program.into(), version: String::new(), kind }
    }

    #[test]
    fn a_clang_whose_bitcode_the_linker_reads_comes_first() {
        let chosen = |clangs: &[u32], linker| {
            let clangs = clangs
                .iter()
                .map(|version| compiler(&format!("clang-{version}"), Kind::Clang(Some(*version))));
            let llvm = Llvm { rustc: Some(22), linker };
            choose(clangs.chain([compiler("gcc", Kind::Gcc)]), llvm).unwrap().program
        };
        assert_eq!(chosen(&[23, 19, 14], Some(22)).to_str(), Some("clang-19"));
        assert_eq!(chosen(&[24, 23], Some(22)).to_str(), Some("clang-24"));
        assert_eq!(chosen(&[19, 14], None).to_str(), Some("clang-19"));
        assert_eq!(chosen(&[], Some(22)).to_str(), Some("gcc"));
    }

    #[test]
    fn releases_of_clang_are_read() {
        assert_eq!(clang("Debian clang version 19.1.7 (3~deb12u1)"), Kind::Clang(Some(19)));
        assert_eq!(clang("Apple clang version 17.0.0 (clang-1700.0.13.5)"), Kind::Clang(None));
    }

    #[test]
    fn hot_functions_are_for_speed_only_where_others_are_not() {
        let flags = |kind, profile, optimize| {
            let mut plan = sample::hello();
            plan.optimize = optimize;
            compiler("clang", kind).hot(&plan, profile, "step")
        };
        let clang = Kind::Clang(Some(14));
        let told = ["-mllvm".to_owned(), "-force-remove-attribute=step:optsize".to_owned()];
        assert_eq!(flags(clang, Profile::Release, Optimize::Size), Some(told));
        for (kind, profile, optimize) in [
            (clang, Profile::Release, Optimize::Speed),
            (clang, Profile::Debug, Optimize::Size),
            (Kind::Clang(Some(23)), Profile::Release, Optimize::Size),
            (Kind::Clang(None), Profile::Release, Optimize::Size),
            (Kind::Gcc, Profile::Release, Optimize::Size),
        ] {
            assert_eq!(flags(kind, profile, optimize), None, "{kind:?} {profile:?} {optimize:?}");
        }
    }

    #[test]
    fn frames_are_kept_only_for_who_follows_them() {
        let compiler = compiler("clang", Kind::Clang(None));
        let keeps = |profile, optimize, walker: bool| {
            let mut plan = sample::hello();
            plan.optimize = optimize;
            let instance = &mut plan.instances[0];
            instance.provides[0].ident = if walker { "Backtrace" } else { "Console" }.into();
            compiler.flags(&plan, profile, false).contains(&"-fno-omit-frame-pointer".to_owned())
        };
        assert!(keeps(Profile::Release, Optimize::Speed, true));
        assert!(!keeps(Profile::Release, Optimize::Speed, false));
        assert!(!keeps(Profile::Release, Optimize::Size, true));
        assert!(keeps(Profile::Debug, Optimize::Size, true));
    }
}
