//! The programs, compiled for both sides.

use super::Measured;
use super::sqlite::Sqlite;
use crate::debian::Packages;
use crate::initramfs::{self, compile};
use crate::problem::Problem;
use crate::systems::{Forge, System};
use crate::tools;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// SQLite's own program for measuring, where `setup.sh` puts the sources of Debian's package.
const SPEEDTEST: &str = "target/sources/sqlite3/test/speedtest1.c";

/// What a program does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Calls SQLite, with a database in memory.
    Sqlite,
    /// Opens a file in memory: of `ram-fs`, or of tmpfs.
    Memory,
    /// Opens a file on a disk: FAT on virtio-blk.
    Disk,
    /// Writes and reads a file there.
    Blocks,
}

/// A program.
#[derive(Debug)]
pub struct Program {
    /// What it is called here.
    pub name: &'static str,
    source: &'static str,
    /// What it is started with.
    pub arguments: &'static [&'static str],
    kind: Kind,
    /// Whether its instructions say more than how long it waits for a device.
    pub counted: bool,
}

/// All of them; the first is also run with each allocator.
pub const PROGRAMS: [Program; 5] = [
    Program {
        name: "inserts",
        source: "inserts.c",
        arguments: &["60000"],
        kind: Kind::Sqlite,
        counted: true,
    },
    Program {
        name: "speedtest1",
        source: "speedtest1.c",
        arguments: &["--memdb", "--size", "10"],
        kind: Kind::Sqlite,
        counted: true,
    },
    Program {
        name: "opens",
        source: "opens.c",
        arguments: &["/tmp", "1000"],
        kind: Kind::Memory,
        counted: true,
    },
    Program {
        name: "opens-disk",
        source: "opens.c",
        arguments: &["/disk", "1000"],
        kind: Kind::Disk,
        counted: false,
    },
    Program {
        name: "files",
        source: "files.c",
        arguments: &["/disk", "4194304", "16777216"],
        kind: Kind::Blocks,
        counted: false,
    },
];

/// How many times as good ours should be.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Goals {
    /// By what is done in a second.
    pub speed: Option<f64>,
    /// By the instructions for it.
    pub instructions: Option<f64>,
}

impl Program {
    /// What its file is called.
    pub fn binary(&self) -> &'static str {
        self.source.trim_end_matches(".c")
    }

    fn source(&self, forge: &Forge<'_>) -> PathBuf {
        let root = forge.root();
        if self.name == "speedtest1" {
            root.join(SPEEDTEST)
        } else {
            root.join("bench/native").join(self.source)
        }
    }

    /// What is done in a second; of what takes seconds, in a minute.
    pub fn rate(&self, measured: &Measured) -> f64 {
        let rate = measured.count * 1e9 / measured.nanoseconds;
        match self.unit() {
            "MiB/s" => rate / f64::from(1 << 20),
            "1/min" => rate * 60.0,
            _ => rate,
        }
    }

    /// What the rate is in.
    pub fn unit(&self) -> &'static str {
        match self.kind {
            Kind::Blocks => "MiB/s",
            Kind::Sqlite if self.name == "speedtest1" => "1/min",
            _ => "1/s",
        }
    }

    /// What a figure with that name is of, and what it should be.
    pub fn title(&self, name: &str) -> (String, Goals) {
        let none = Goals::default();
        match (self.kind, name) {
            (Kind::Sqlite, "inserts") => {
                ("insert of a row, in memory".into(), Goals { speed: Some(1.25), ..none })
            }
            (Kind::Sqlite, _) => ("speedtest1, size 10, in memory".into(), none),
            (Kind::Memory, "open") => {
                ("open a file in memory".into(), Goals { instructions: Some(10.0), ..none })
            }
            (Kind::Memory, _) => (format!("{name} a file in memory"), none),
            (Kind::Disk, _) => (format!("{name} a file on a disk"), none),
            (Kind::Blocks, _) => {
                let (what, size) = name.split_once('-').unwrap_or((name, ""));
                let what = match what {
                    "write" => "write and sync",
                    "again" => "read again",
                    _ => what,
                };
                (format!("{what}, blocks of {size}"), none)
            }
        }
    }
}

/// How a program is composed, where it is not as usual.
#[derive(Clone, Copy, Debug, Default)]
pub struct Variant<'a> {
    /// The allocator, instead of the platform's.
    pub allocator: Option<&'a str>,
    /// What it is started with, instead.
    pub arguments: Option<&'a [&'a str]>,
    /// What it is compiled for, `speed` if it is empty.
    pub optimize: &'a str,
}

fn words(words: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    words.into_iter().map(|word| format!(" \"{}\"", word.as_ref())).collect()
}

/// The system, whole.
fn composed(program: &Program, sqlite: &Sqlite, platform: &str, variant: &Variant<'_>) -> String {
    let mut sources = vec![program.source.to_owned()];
    let mut more = String::new();
    if program.kind == Kind::Sqlite {
        let folder = sqlite.folder();
        sources.push(format!("{folder}/sqlite3.c"));
        more = format!(
            "        include \"{folder}\"\n        define{}\n        hot{}\n",
            words(&sqlite.defines),
            words(&sqlite.hot)
        );
    }
    let files = match program.kind {
        Kind::Sqlite | Kind::Memory => "    module \"ram-fs\" as=\"volume\"\n",
        Kind::Disk | Kind::Blocks => {
            // The disk's driver takes its memory after the heap.
            "    module \"fat\" as=\"volume\" { disk \"cache\" }\n    \
             module \"block-cache\" as=\"cache\" { behind \"disk\"; size \"8MiB\" }\n    \
             module \"talc\" as=\"heap\" { size \"64MiB\" }\n"
        }
    };
    let libraries = [
        "c-base",
        "c-errno",
        "c-strings",
        "c-numbers",
        "c-math",
        "c-memory",
        "c-stdio",
        "c-time",
        "c-process",
        "posix-files",
        "posix-memory",
    ]
    .map(|name| format!("    module \"{name}\"\n"))
    .concat();
    let allocator =
        variant.allocator.map_or(String::new(), |name| format!("    module \"{name}\" as=\"heap\"\n"));
    // So much that an allocator that frees little has room.
    let memory = if variant.allocator.is_some() { "2GiB" } else { "256MiB" };
    let optimize = if variant.optimize.is_empty() { "speed" } else { variant.optimize };
    format!(
        "system \"storage-{}\" {{\n    platform \"{platform}\" {{ memory \"{memory}\" }}\n    \
         build {{ optimize \"{optimize}\" }}\n    app \"{}\" {{\n        sources{}\n{more}        arguments{}\n    }}\n\
         {files}{libraries}    module \"panic-message\" as=\"panic\"\n{allocator}}}\n",
        program.name,
        program.name,
        words(sources),
        words(variant.arguments.unwrap_or(program.arguments)),
    )
}

/// Builds the image of a program.
pub fn build(
    forge: &Forge<'_>,
    program: &Program,
    sqlite: &Sqlite,
    platform: &str,
    variant: &Variant<'_>,
    disk: &Path,
) -> Result<System, Problem> {
    let mut name = format!("storage-{}", program.name);
    let few = if variant.arguments.is_some() { "few" } else { "" };
    for more in [variant.allocator.unwrap_or(""), variant.optimize, few] {
        if !more.is_empty() {
            name = format!("{name}-{more}");
        }
    }
    eprintln!("building {name} for {platform}");
    // Variants share a folder, so that what is compiled for one need not be for the next.
    let folder = forge.folder().join("systems").join(format!("storage-{}", program.name));
    tools::create(&folder)?;
    let source = program.source(forge);
    let text = fs::read(&source).map_err(|error| Problem::file(&source, error))?;
    tools::write(&folder.join(program.source), text)?;
    let disk = disk.to_string_lossy();
    let outside: &[&str] =
        if matches!(program.kind, Kind::Disk | Kind::Blocks) { &["--disk", &disk] } else { &[] };
    let mut system = forge.make(&folder, &composed(program, sqlite, platform, variant), platform, outside)?;
    let images = forge.folder().join("images");
    tools::create(&images)?;
    let kept = images.join(format!("{name}.elf"));
    fs::copy(&system.image, &kept).map_err(|error| Problem::file(&kept, error))?;
    system.line = system.line.with_image(&kept);
    system.image = kept;
    Ok(system)
}

/// The Linux guest with all programs.
#[derive(Debug)]
pub struct Guest {
    /// What is started.
    pub guest: initramfs::Guest,
    /// What it was made of.
    pub packages: Packages,
    /// What compiled the programs.
    pub compiler: String,
}

impl Guest {
    /// Makes it, from packages of Debian and the sources.
    pub fn prepare(forge: &Forge<'_>, sqlite: &Sqlite) -> Result<Self, Problem> {
        let speedtest = forge.root().join(SPEEDTEST);
        if !speedtest.is_file() {
            return Err(Problem(format!(
                "there is no {SPEEDTEST}\nhelp: `./setup.sh all` fetches the sources of SQLite's test programs"
            )));
        }
        let packages = Packages::fetch(forge.folder(), &["busybox-static"])?;
        let folder = forge.folder().join("native");
        tools::create(&folder)?;
        let headers = sqlite.fetched(&folder.join("sources"))?;
        let include = format!("-I{}", headers.display());
        let defines: Vec<String> = sqlite.defines.iter().map(|define| format!("-D{define}")).collect();
        let compiler = tools::text(Command::new("cc").arg("--version"))?;
        let compiler = compiler.lines().next().unwrap_or_default().to_owned();
        let library = folder.join("sqlite3.o");
        let mut flags: Vec<&str> = vec!["-c", &include];
        flags.extend(defines.iter().map(String::as_str));
        compile_once(&headers.join("sqlite3.c"), &library, &flags, &compiler)?;
        let mut programs: Vec<(&str, PathBuf)> = Vec::new();
        for program in &PROGRAMS {
            let binary = folder.join(program.binary());
            let source = program.source(forge);
            let mut sources = vec![source.as_path()];
            if program.kind == Kind::Sqlite {
                sources.push(&library);
            }
            flags[0] = "-static";
            compile(&sources, &binary, &flags)?;
            if programs.iter().all(|(name, _)| *name != program.binary()) {
                programs.push((program.binary(), binary));
            }
        }
        let programs: Vec<(&str, &Path)> =
            programs.iter().map(|(name, path)| (*name, path.as_path())).collect();
        let modules = ["virtio_pci", "virtio_blk", "nls_cp437", "nls_ascii", "nls_utf8", "vfat"];
        let start = "$b mkdir /disk\n$b mount -t vfat /dev/vda /disk\n\"$@\"\n$b poweroff -f";
        let guest = initramfs::guest(&packages, forge.folder(), "storage", &modules, &programs, &[], start)?;
        Ok(Self { guest, packages, compiler })
    }
}

/// Compiles what takes long, unless it was compiled in the same way before.
fn compile_once(source: &Path, result: &Path, flags: &[&str], compiler: &str) -> Result<(), Problem> {
    let note = result.with_extension("txt");
    let how = format!("{compiler}\n{}\n{}\n", source.display(), flags.join(" "));
    if result.exists() && fs::read_to_string(&note).is_ok_and(|known| known == how) {
        return Ok(());
    }
    eprintln!("compiling SQLite for the Linux guest");
    compile(&[source], result, flags)?;
    tools::write(&note, how)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allocator_is_one_line_and_more_memory() {
        let sqlite = Sqlite::sample();
        let usual = composed(&PROGRAMS[0], &sqlite, "qemu-q35", &Variant::default());
        let variant = Variant { allocator: Some("tlsf"), ..Variant::default() };
        let other = composed(&PROGRAMS[0], &sqlite, "qemu-q35", &variant);
        let more: Vec<&str> =
            other.lines().filter(|line| !usual.lines().any(|known| known == *line)).collect();
        assert_eq!(
            more,
            ["    platform \"qemu-q35\" { memory \"2GiB\" }", "    module \"tlsf\" as=\"heap\""]
        );
    }

    #[test]
    fn only_programs_with_sqlite_have_its_sources() {
        for program in &PROGRAMS {
            let text = composed(program, &Sqlite::sample(), "qemu-q35", &Variant::default());
            assert_eq!(text.contains("sqlite3.c"), program.kind == Kind::Sqlite, "{text}");
        }
    }

    #[test]
    fn blocks_are_measured_by_their_bytes() {
        let measured = Measured { name: "read-512".into(), count: f64::from(4 << 20), nanoseconds: 2e9 };
        assert_eq!(PROGRAMS[4].rate(&measured), 2.0);
        assert_eq!(PROGRAMS[4].title("write-512").0, "write and sync, blocks of 512");
        assert_eq!(PROGRAMS[2].title("open").1.instructions, Some(10.0));
    }
}
