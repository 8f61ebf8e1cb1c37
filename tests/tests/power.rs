//! What must not be lost, in few runs: `cargo power` has more.
#![forbid(unsafe_code)]

use libtest_mimic::{Arguments, Failed, Trial};
use oscomp_tests::power::{Campaign, Kind, Trouble};
use std::path::Path;

/// What the transactions and the moments depend on.
const SEED: u64 = 20_261_129;
const RUNS: usize = 6;
const PLATFORM: &str = "qemu-microvm";

fn main() {
    let mut arguments = Arguments::from_args();
    // They measure moments, and the builds share one Cargo.
    arguments.test_threads = Some(1);
    let trials = vec![
        Trial::test("killed", || survives(Kind::Plain)),
        Trial::test("without-power", || survives(Kind::Faults)),
        Trial::test("without-power-cached", || survives(Kind::Cached)),
        Trial::test("full-disk", full),
    ];
    libtest_mimic::run(&arguments, trials).exit();
}

fn campaign(kind: Kind, name: &str) -> Result<Campaign, Trouble> {
    Campaign::new(kind, PLATFORM, SEED, &Path::new(env!("CARGO_TARGET_TMPDIR")).join(name))
}

fn survives(kind: Kind) -> Result<(), Failed> {
    let mut campaign = campaign(kind, &format!("power-{kind:?}"))?;
    let mut story = Vec::new();
    for _ in 0..RUNS {
        match campaign.run() {
            Ok(run) => story.push(run),
            Err(trouble) => return Err(format!("{}\n{trouble}", story.join("\n")).into()),
        }
    }
    campaign.verify()?;
    if campaign.acknowledged() == 0 { Err("nothing was acknowledged".into()) } else { Ok(()) }
}

fn full() -> Result<(), Failed> {
    let acknowledged = campaign(Kind::Plain, "power-full")?.fill()?;
    // Half of the disk at least is for the rows.
    if acknowledged < 128 { Err(format!("full after {acknowledged} rows").into()) } else { Ok(()) }
}
