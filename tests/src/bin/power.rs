//! `cargo power`: kills machines amidst transactions of a database, and shows that nothing is lost.
//!
//! The last line is what was found. Status 1 if something was lost or damaged, 2 if that cannot be said.
#![forbid(unsafe_code)]

use clap::Parser;
use oscomp_tests::command::repository;
use oscomp_tests::power::{Campaign, Kind, Trouble};
use std::process::ExitCode;

#[derive(Parser)]
#[command(about = "Kills machines amidst transactions of a database, and shows that nothing is lost")]
struct Arguments {
    /// Machines to kill.
    #[arg(long, default_value_t = 200)]
    runs: usize,
    /// What the transactions and the moments depend on.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Has the power of the disk fail instead, which loses what is not flushed.
    #[arg(long)]
    faults: bool,
    /// The same, with a cache in front of that disk.
    #[arg(long, conflicts_with = "faults")]
    cached: bool,
    /// The machines.
    #[arg(long, default_value = "qemu-microvm")]
    platform: String,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let kind = match (arguments.faults, arguments.cached) {
        (true, _) => Kind::Faults,
        (_, true) => Kind::Cached,
        _ => Kind::Plain,
    };
    let folder = repository().join(format!("target/power/{kind:?}-{}", arguments.platform));
    let campaign = Campaign::new(kind, &arguments.platform, arguments.seed, &folder);
    let (campaign, outcome) = match campaign {
        Ok(mut campaign) => {
            let outcome = kill(&mut campaign, arguments.runs);
            (campaign, outcome)
        }
        Err(trouble) => {
            eprintln!("power: {trouble}");
            return ExitCode::from(2);
        }
    };
    let (lost, damaged) = match &outcome {
        Ok(()) => (0, 0),
        Err(trouble) => {
            println!("run {} of seed {}: {trouble}", campaign.runs(), arguments.seed);
            println!("the disk is in {}", folder.display());
            (
                usize::from(matches!(trouble, Trouble::Lost(_))),
                usize::from(matches!(trouble, Trouble::Damaged(_))),
            )
        }
    };
    println!(
        "{} runs, {} transactions acknowledged, {lost} lost, {damaged} damaged",
        campaign.runs(),
        campaign.acknowledged()
    );
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Trouble::Lost(_) | Trouble::Damaged(_) | Trouble::Ended(_)) => ExitCode::FAILURE,
        Err(_) => ExitCode::from(2),
    }
}

fn kill(campaign: &mut Campaign, runs: usize) -> Result<(), Trouble> {
    for _ in 0..runs {
        println!("{}", campaign.run()?);
    }
    campaign.verify()
}
