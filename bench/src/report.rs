//! Everything that was measured, and on what.

use crate::debian::Packages;
use crate::problem::Problem;
use crate::statistics::Figures;
use crate::{plot, table, tools};
use serde::Serialize;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;

/// A whole run.
#[derive(Debug, Serialize)]
pub struct Report {
    /// On what.
    pub machine: Machine,
    /// Of load for each figure.
    pub seconds: u32,
    /// Of each load.
    pub rounds: u32,
    /// Requests per second.
    pub loads: Vec<LoadRow>,
    /// Bytes, memory, time.
    pub costs: Vec<CostRow>,
    /// The same with each allocator.
    pub allocators: Vec<AllocatorRow>,
}

/// The machine, and the programs on it.
#[derive(Debug, Serialize)]
pub struct Machine {
    /// The day, in UTC.
    pub date: String,
    /// The processor's name.
    pub processor: String,
    /// How many of them.
    pub processors: usize,
    /// What QEMU says of itself.
    pub qemu: String,
    /// QEMU's arguments for the accelerator.
    pub accelerator: String,
    /// The guest's kernel.
    pub kernel: String,
    /// What the guest runs.
    pub programs: String,
    /// Processes that wanted to run before the measurement began, on the average of a minute.
    pub busy_before: String,
}

/// One load on both.
#[derive(Debug, Serialize)]
pub struct LoadRow {
    /// What is asked.
    pub name: String,
    /// Answers per second of our system.
    pub ours: Figures,
    /// Answers per second of the Linux guest.
    pub linux: Figures,
    /// How many times as many, of the medians.
    pub ratio: Option<f64>,
    /// What the ratio should be at the least.
    pub goal: Option<f64>,
    /// Instructions for an answer: ours, the Linux guest's.
    pub instructions: [Option<f64>; 2],
    /// Microseconds of the guest's processor for an answer: ours, the Linux guest's.
    pub guest: [Option<f64>; 2],
    /// Microseconds of QEMU's devices for an answer: ours, the Linux guest's.
    pub devices: [Option<f64>; 2],
}

/// One cost of both.
#[derive(Debug, Serialize)]
pub struct CostRow {
    /// Of what.
    pub name: String,
    /// In what.
    pub unit: &'static str,
    /// Ours.
    pub ours: f64,
    /// The Linux guest's.
    pub linux: f64,
    /// How many times as much the Linux guest's is.
    pub ratio: Option<f64>,
    /// What ours should be at the most.
    pub goal: Option<f64>,
    /// The least and the most of ours, then of the Linux guest's, where it is a median.
    pub spread: Option<[f64; 4]>,
}

/// An allocator under load. None: the server did not last.
#[derive(Debug, Serialize)]
pub struct AllocatorRow {
    /// Its module.
    pub name: String,
    /// Pages per second of httpd.
    pub http: Option<Figures>,
    /// SET per second of kv, 16 at once.
    pub set: Option<Figures>,
    /// GET per second of kv, 16 at once.
    pub get: Option<Figures>,
    /// Microseconds of the guest's processor for an answer of each of them.
    pub guest: [Option<f64>; 3],
    /// Bytes of httpd that are loaded.
    pub httpd_loaded: u64,
    /// Bytes of kv that are loaded.
    pub kv_loaded: u64,
}

impl Machine {
    /// Looks at what there is.
    pub fn look(packages: &Packages, accelerator: Vec<String>, programs: String) -> Result<Self, Problem> {
        let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let processor = cpus.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
        let qemu = tools::text(Command::new("qemu-system-x86_64").arg("--version"))?;
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        Ok(Self {
            date: tools::text(Command::new("date").args(["-u", "+%F"]))?.trim().to_owned(),
            processor: processor.map_or("unknown", |(_, name)| name).to_owned(),
            processors: thread::available_parallelism().map_or(1, usize::from),
            qemu: qemu.lines().next().unwrap_or_default().to_owned(),
            accelerator: accelerator.join(" "),
            kernel: packages.version("linux-image-").to_owned(),
            programs,
            busy_before: load.split(' ').next().unwrap_or_default().to_owned(),
        })
    }
}

impl Report {
    /// Of nothing yet.
    pub fn new(machine: Machine, seconds: u32, rounds: u32) -> Self {
        Self { machine, seconds, rounds, loads: Vec::new(), costs: Vec::new(), allocators: Vec::new() }
    }

    /// Writes the figures, the table and the plots.
    pub fn write(&self, folder: &Path) -> Result<(), Problem> {
        let json = serde_json::to_string_pretty(self).map_err(|error| Problem(error.to_string()))?;
        tools::write(&folder.join("figures.json"), json + "\n")?;
        tools::write(&folder.join("table.md"), table::markdown(self))?;
        for (file, plot) in [("loads.svg", plot::loads(self)), ("allocators.svg", plot::allocators(self))] {
            if let Some(plot) = plot {
                tools::write(&folder.join(file), plot)?;
            }
        }
        Ok(())
    }
}
