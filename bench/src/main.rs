//! `cargo versus-linux`: our servers against those of a Linux guest, on the same emulated machine, in one run; with
//! `storage` the same programs in C in both, with SQLite and with files.
//!
//! `bench/README.md` says what is measured and how. The order here: everything that needs the machine's own
//! network (packages, builds) comes first; then this process moves into a network namespace of its own, in
//! which are all the machines and all the clients, and which goes with the last of them.
#![forbid(unsafe_code)]

mod cost;
mod datagrams;
mod debian;
mod initramfs;
mod load;
mod machine;
mod network;
mod plan;
mod plot;
mod probe;
mod problem;
mod report;
mod statistics;
mod storage;
mod systems;
mod table;
mod tools;

use clap::Parser;
use problem::Problem;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Measures servers as systems of their own against nginx and Redis in a Linux guest, or SQLite and files in both.
///
/// Both run in the same QEMU with the same accelerator, one CPU and the same kinds of devices. Prints a table and
/// writes it with the plots and all figures. Servers need root, for the network; nothing stays behind but files.
#[derive(Debug, Parser)]
#[command(name = "versus-linux")]
pub struct Arguments {
    /// What is measured
    #[arg(value_enum, default_value_t = Subject::Servers)]
    subject: Subject,
    /// A second of load for each figure and two rounds, to try the command
    #[arg(long)]
    quick: bool,
    /// Seconds of load for each figure
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=60), default_value_t = 5)]
    seconds: u32,
    /// How often each load is measured, in turns
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=50), default_value_t = 5)]
    rounds: u32,
    /// What our systems run on; the Linux guest always has QEMU's q35
    #[arg(long, value_name = "NAME", default_value = "qemu-q35")]
    platform: String,
    /// The accelerator, instead of the best that works
    #[arg(long, value_name = "NAME")]
    accelerator: Option<String>,
    /// Only these parts
    #[arg(long, value_name = "PART", value_enum, value_delimiter = ',')]
    only: Vec<Part>,
    /// Of the loads of `storage` only these programs
    #[arg(long, value_name = "NAME", value_parser = storage::programs(), value_delimiter = ',')]
    program: Vec<String>,
    /// Where the results are written
    #[arg(long, value_name = "FOLDER", default_value = "target/versus/results")]
    out: PathBuf,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Subject {
    /// Servers
    Servers,
    /// SQLite and files
    Storage,
}

/// The parts of the measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// What is done in a second, and instructions for it
    Loads,
    /// Bytes and memory; of servers the time to the first answer
    Costs,
    /// The same loads with every allocator composed
    Allocators,
}

impl Arguments {
    fn wants(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }

    fn seconds(&self) -> u32 {
        if self.quick { 1 } else { self.seconds }
    }

    fn rounds(&self) -> u32 {
        if self.quick { 2 } else { self.rounds }
    }
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("error: {problem}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Problem> {
    tools::check(arguments.subject)?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."));
    let folder = root.join("target/versus");
    let out = if arguments.out.is_absolute() { arguments.out.clone() } else { root.join(&arguments.out) };
    tools::create(&folder)?;
    tools::create(&out)?;
    let forge = systems::Forge::new(root, &folder, arguments.accelerator.as_deref());
    match arguments.subject {
        Subject::Servers => servers(&forge, &out, arguments)?,
        Subject::Storage => storage::measure(&forge, &out, arguments)?,
    }
    eprintln!("written to {}", out.display());
    Ok(())
}

fn servers(forge: &systems::Forge<'_>, out: &Path, arguments: &Arguments) -> Result<(), Problem> {
    let guests = initramfs::Guests::prepare(forge.folder(), &forge.root().join("bench/native"))?;
    let compositions = plan::Compositions::build(forge, arguments)?;
    let machine = report::Machine::look(&guests.packages, compositions.accelerator(), guests.servers())?;

    network::enter()?;
    let mut report = report::Report::new(machine, arguments.seconds(), arguments.rounds());
    if arguments.wants(Part::Loads) {
        report.loads = plan::loads(&compositions, &guests, arguments)?;
    }
    if arguments.wants(Part::Costs) {
        report.costs = cost::costs(&compositions, &guests, arguments)?;
    }
    if arguments.wants(Part::Allocators) {
        report.allocators = plan::allocators(&compositions, arguments)?;
    }
    report.write(out)?;
    print!("{}", table::markdown(&report));
    Ok(())
}
