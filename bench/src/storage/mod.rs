//! SQLite and files: the same programs in C, in images of their own and in a Linux guest.
//!
//! A machine is started for each run of a program, and ends with it. Each program is run in turns on both sides. Once more it
//! is run with a clock that counts instructions, where what it does waits for no device.

mod measured;
mod programs;
mod report;
mod sqlite;
mod table;

use crate::cost::least;
use crate::machine::{Line, Machine};
use crate::problem::Problem;
use crate::report::CostRow;
use crate::statistics::{Figures, ratio};
use crate::systems::{Forge, System};
use crate::{Arguments, Part, report as servers, tools};
use clap::builder::PossibleValuesParser;
use measured::{Measured, measured};
use programs::{Guest, PROGRAMS, Program};
pub use report::Report;
use report::{AllocatorRow, Row};
use sqlite::Sqlite;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
#[cfg(test)]
pub use table::tests;

/// How long a machine may run.
const LIMIT: Duration = Duration::from_secs(900);
/// Rows with which an image has to do when its least memory is looked for.
const FEW: &str = "100";

/// The names of the programs.
pub fn programs() -> PossibleValuesParser {
    PROGRAMS.each_ref().map(|program| program.name).into()
}

/// Measures everything that is wanted, and writes it.
pub fn measure(forge: &Forge<'_>, out: &Path, arguments: &Arguments) -> Result<(), Problem> {
    let sqlite = Sqlite::of(forge)?;
    let guest = Guest::prepare(forge, &sqlite)?;
    let bench = Bench::build(forge, &sqlite, guest, arguments)?;
    let machine = servers::Machine::look(
        &bench.guest.packages,
        bench.accelerator.clone(),
        format!("{} and the same SQLite, at -O2", bench.guest.compiler),
    )?;
    let mut report = Report::new(machine, arguments.rounds());
    if arguments.wants(Part::Loads) {
        report.rows = bench.rows(arguments.rounds())?;
        report.write(out)?;
    }
    if arguments.wants(Part::Costs) {
        report.costs = bench.costs()?;
        report.write(out)?;
    }
    if arguments.wants(Part::Allocators) {
        report.allocators = bench.allocators(arguments.rounds())?;
    }
    report.write(out)?;
    print!("{}", table::markdown(&report));
    Ok(())
}

/// A program in an image.
struct Image {
    program: &'static Program,
    /// What it is compiled for, if it is not speed.
    optimize: Option<&'static str>,
    system: System,
}

/// All that is run.
struct Bench {
    guest: Guest,
    images: Vec<Image>,
    /// The first program with few rows: as the others are compiled, and for size.
    few: Vec<(&'static str, System)>,
    /// The first program with each allocator.
    allocators: Vec<(String, System)>,
    accelerator: Vec<String>,
    folder: PathBuf,
}

/// What the runs of a program measured, by what it calls it, in its order.
type Runs = Vec<(String, Vec<Measured>)>;

impl Bench {
    fn build(
        forge: &Forge<'_>,
        sqlite: &Sqlite,
        guest: Guest,
        arguments: &Arguments,
    ) -> Result<Self, Problem> {
        let platform = arguments.platform.as_str();
        let folder = forge.folder().to_path_buf();
        fresh_disk(&disk(&folder))?;
        let build = |program: &Program, variant: &programs::Variant<'_>| {
            programs::build(forge, program, sqlite, platform, variant, &disk(&folder))
        };
        let inserts = &PROGRAMS[0];
        // That one is there in any case: it says what the accelerator is.
        let wanted = |program: &Program| match arguments.wants(Part::Loads) {
            true => arguments.program.is_empty() || arguments.program.iter().any(|name| name == program.name),
            false => program.name == inserts.name,
        };
        let mut images = Vec::new();
        for program in PROGRAMS.iter().filter(|program| wanted(program)) {
            let variant = programs::Variant::default();
            images.push(Image { program, optimize: None, system: build(program, &variant)? });
            // The image that is small has to be fast as well.
            if program.name == inserts.name && arguments.wants(Part::Loads) {
                let variant = programs::Variant { optimize: "size", ..variant };
                images.push(Image { program, optimize: Some("size"), system: build(program, &variant)? });
            }
        }
        let mut few = Vec::new();
        if arguments.wants(Part::Costs) {
            for optimize in ["speed", "size"] {
                let variant =
                    programs::Variant { optimize, arguments: Some(&[FEW]), ..programs::Variant::default() };
                few.push((optimize, build(inserts, &variant)?));
            }
        }
        let mut allocators = Vec::new();
        if arguments.wants(Part::Allocators) {
            for allocator in forge.allocators()? {
                let variant =
                    programs::Variant { allocator: Some(&allocator), ..programs::Variant::default() };
                let system = build(inserts, &variant)?;
                allocators.push((allocator, system));
            }
        }
        let accelerator = images[0].system.line.accelerator();
        Ok(Self { guest, images, few, allocators, accelerator, folder })
    }

    /// Runs a machine to its end; none if it has none, or the program does not succeed.
    fn run(&self, line: &Line, limit: Duration) -> Result<Option<Vec<Measured>>, Problem> {
        fresh_disk(&disk(&self.folder))?;
        let printed = Machine::start(line, &self.folder.join("storage.log"), None)?.finish(limit)?;
        Ok(printed.map(|text| measured(&text)).filter(|measured| !measured.is_empty()))
    }

    fn must_run(&self, name: &str, line: &Line) -> Result<Vec<Measured>, Problem> {
        self.run(line, LIMIT)?.ok_or_else(|| {
            let log = self.folder.join("storage.log");
            let said = fs::read_to_string(&log).unwrap_or_default();
            Problem(format!("{name} measures nothing; its machine printed:\n{}", said.trim()))
        })
    }

    fn linux(&self, program: &Program) -> Line {
        self.linux_with(program, program.arguments)
    }

    fn linux_with(&self, program: &Program, arguments: &[&str]) -> Line {
        let words = format!("{} {}", program.binary(), arguments.join(" "));
        Line::program(&self.guest.guest, &self.accelerator, &disk(&self.folder), &words)
    }

    fn has_translator(&self) -> bool {
        self.accelerator.iter().any(|word| word == "tcg")
    }

    /// All programs on both sides, in turns.
    fn rows(&self, rounds: u32) -> Result<Vec<Row>, Problem> {
        let mut rows = Vec::new();
        for Image { program, optimize, system } in &self.images {
            let lines = [system.line.clone(), self.linux(program)];
            let mut runs = [Runs::new(), Runs::new()];
            for round in 0..rounds {
                // Neither is always the first after the other.
                for side in if round % 2 == 0 { [0, 1] } else { [1, 0] } {
                    add(&mut runs[side], self.must_run(program.name, &lines[side])?);
                }
            }
            let mut counted = [Runs::new(), Runs::new()];
            if program.counted && self.has_translator() {
                for (counted, line) in counted.iter_mut().zip(lines) {
                    add(counted, self.must_run(program.name, &line.counting())?);
                }
            }
            for (name, ours) in &runs[0] {
                let Some(linux) = named(&runs[1], name) else { continue };
                let rates = |measured: &[Measured]| measured.iter().map(|one| program.rate(one)).collect();
                let (Some(ours), Some(linux)) = (Figures::of(rates(ours)), Figures::of(rates(linux))) else {
                    continue;
                };
                let (mut title, goals) = program.title(name);
                if let Some(optimize) = optimize {
                    title = format!("{title}, image for {optimize}");
                }
                eprintln!("{title}: {:.2} against {:.2}", ours.median, linux.median);
                rows.push(Row {
                    name: title,
                    unit: program.unit(),
                    ratio: ratio(ours.median, linux.median, true),
                    ours,
                    linux,
                    goal: goals.speed,
                    instructions: counted.each_ref().map(|runs| instructions(runs, name)),
                    instructions_goal: goals.instructions,
                });
            }
        }
        Ok(rows)
    }

    /// What an image with SQLite takes.
    fn costs(&self) -> Result<Vec<CostRow>, Problem> {
        let size = |path: &Path| {
            fs::metadata(path).map(|known| known.len() as f64).map_err(|error| Problem::file(path, error))
        };
        let linux_bytes = size(&self.guest.guest.kernel)? + size(&self.guest.guest.initramfs)?;
        let linux_memory = self.least_memory(&self.linux_with(&PROGRAMS[0], &[FEW]), 8192, 256 * 1024)?;
        let mut rows = Vec::new();
        for (optimize, system) in &self.few {
            let name = format!("image with SQLite, for {optimize}");
            let row = |what, unit, ours, linux, goal| {
                CostRow::new(format!("{name}: {what}"), unit, ours, linux).with_goal(Some(goal))
            };
            rows.push(row("loaded", "KiB", system.loaded as f64 / 1024.0, linux_bytes / 1024.0, 900.0));
            let least = self.least_memory(&system.line, 64, 64 * 1024)?;
            rows.push(row("least memory", "MiB", least, linux_memory, 3.0));
            eprintln!("{name}: {} bytes, {least:.2} MiB", system.loaded);
        }
        Ok(rows)
    }

    /// The least memory in MiB with which a machine comes to its end, in about the time that it takes with plenty.
    fn least_memory(&self, line: &Line, step: u64, plenty: u64) -> Result<f64, Problem> {
        let begin = Instant::now();
        self.must_run("the least memory", line)?;
        let limit = begin.elapsed() * 4 + Duration::from_secs(2);
        let kib = least(step, plenty, |kib| Ok(self.run(&line.clone().with_memory(kib), limit)?.is_some()))?;
        Ok(kib as f64 / 1024.0)
    }

    /// The first program with each allocator; one with which it does not come to its end has no figure.
    fn allocators(&self, rounds: u32) -> Result<Vec<AllocatorRow>, Problem> {
        let inserts = &PROGRAMS[0];
        let mut runs = vec![Runs::new(); self.allocators.len()];
        for _ in 0..rounds {
            for ((_, system), runs) in self.allocators.iter().zip(&mut runs) {
                add(runs, self.run(&system.line, LIMIT)?.unwrap_or_default());
            }
        }
        let mut rows = Vec::new();
        for ((name, system), runs) in self.allocators.iter().zip(runs) {
            let rates = named(&runs, inserts.name).into_iter().flatten().map(|one| inserts.rate(one));
            let figures = Figures::of(rates.collect());
            let mut counted = Runs::new();
            if figures.is_some() && self.has_translator() {
                add(&mut counted, self.must_run(name, &system.line.clone().counting())?);
            }
            eprintln!("{name}: {:.0}", figures.as_ref().map_or(0.0, |figures| figures.median));
            rows.push(AllocatorRow {
                name: name.clone(),
                inserts: figures,
                instructions: instructions(&counted, inserts.name),
                loaded: system.loaded,
            });
        }
        Ok(rows)
    }
}

fn add(runs: &mut Runs, measured: Vec<Measured>) {
    for one in measured {
        match runs.iter_mut().find(|(name, _)| *name == one.name) {
            Some((_, known)) => known.push(one),
            None => runs.push((one.name.clone(), vec![one])),
        }
    }
}

fn named<'a>(runs: &'a Runs, name: &str) -> Option<&'a [Measured]> {
    runs.iter().find(|(known, _)| known == name).map(|(_, measured)| measured.as_slice())
}

/// Instructions for each, of runs with a clock that counts them.
fn instructions(runs: &Runs, name: &str) -> Option<f64> {
    let one = named(runs, name)?.first()?;
    Some(one.nanoseconds / one.count)
}

fn disk(folder: &Path) -> PathBuf {
    folder.join("storage.img")
}

/// An empty FAT file system on a disk; the file takes no more room than what is written to it.
fn fresh_disk(disk: &Path) -> Result<(), Problem> {
    const KIB: &str = "524288";
    if disk.exists() {
        fs::remove_file(disk).map_err(|error| Problem::file(disk, error))?;
    }
    tools::output(Command::new("mkfs.fat").args(["-F", "32", "-s", "8", "-C"]).arg(disk).arg(KIB)).map(drop)
}
