//! `cargo promise`: makes random compositions over the whole catalog and holds oscomp to its word.
//!
//! Exit status: 0 if nothing escapes, 1 if something does, 2 if it cannot be tried here.
#![forbid(unsafe_code)]

use clap::Parser;
use oscomp_lang::diagnostic::Severity;
use oscomp_lang::plan::Plan;
use oscomp_tests::promise::generate::{Dice, system};
use oscomp_tests::promise::verdict::Checker;
use oscomp_tests::promise::{boot, types};
use std::collections::BTreeMap;
use std::io;
use std::process::ExitCode;

/// Plans that rustc is given at a time.
const BATCH: usize = 500;

#[derive(Parser)]
#[command(about = "Composes random systems and shows that what check passes compiles and boots")]
struct Arguments {
    /// Systems to compose.
    #[arg(long, default_value_t = 1000)]
    systems: usize,
    /// How many of the sound ones to boot.
    #[arg(long, default_value_t = 10)]
    boot: usize,
    /// Which systems they are.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// A sound composition with one of its plans.
struct Sound {
    text: String,
    plan: Plan,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("promise: {error}");
            ExitCode::from(2)
        }
    }
}

/// Returns how many systems escaped.
fn run(arguments: &Arguments) -> io::Result<usize> {
    let checker = Checker::new();
    let listing = checker.listing();
    let mut dice = Dice::new(arguments.seed);
    let mut refused: BTreeMap<&'static str, usize> = BTreeMap::new();
    let (mut sound, mut sound_systems): (Vec<Sound>, usize) = (Vec::new(), 0);
    for _ in 0..arguments.systems {
        let text = system(&listing, &mut dice);
        let report = checker.check(&text);
        if report.is_sound() {
            sound_systems += 1;
            sound.extend(report.plans.into_iter().map(|plan| Sound { text: text.clone(), plan }));
        }
        let errors = report.diagnostics.iter().filter(|found| found.severity == Severity::Error);
        for found in errors {
            *refused.entry(found.code).or_default() += 1;
        }
    }
    println!("{} systems from seed {}: {sound_systems} sound", arguments.systems, arguments.seed);
    let codes: Vec<String> = refused.iter().map(|(code, count)| format!("{code} {count}")).collect();
    println!("errors in the others: {}", codes.join(", "));

    let mut escapes = check_types(&sound)?;
    println!("{} plans compiled, {escapes} escaped", sound.len());
    let (booted, failed) = boot_some(&sound, arguments.boot)?;
    println!("{booted} systems booted to their app, {failed} escaped");
    escapes += failed;
    println!("escapes: {escapes}");
    Ok(escapes)
}

fn check_types(sound: &[Sound]) -> io::Result<usize> {
    let mut kinds: BTreeMap<(&str, &str), Vec<&Sound>> = BTreeMap::new();
    for one in sound {
        let platform = &one.plan.platform;
        kinds.entry((platform.environment.name(), &platform.target)).or_default().push(one);
    }
    let mut escapes = 0;
    for ((environment, target), sound) in kinds {
        for batch in sound.chunks(BATCH) {
            let plans: Vec<&Plan> = batch.iter().map(|one| &one.plan).collect();
            let judgement = types::judge(&plans, environment, target)?;
            if judgement.words.is_empty() {
                continue;
            }
            if judgement.rejected.is_empty() {
                return Err(io::Error::other(judgement.words));
            }
            escapes += judgement.rejected.len();
            for index in judgement.rejected {
                println!("--- rustc rejects the glue of\n{}", batch[index].text);
            }
            println!("--- rustc says\n{}", judgement.words);
        }
    }
    Ok(escapes)
}

/// Bytes of memory that any machine which runs this has for a guest: QEMU does not start one with more than there is.
const GUEST_MEMORY: u64 = 4 << 30;

fn boot_some(sound: &[Sound], wanted: usize) -> io::Result<(usize, usize)> {
    // Where there is a translator: no machine has to be able to run guests itself.
    let runs = |one: &&Sound| match &one.plan.platform.runner {
        None => true,
        Some(runner) => runner.accelerators.iter().any(|accelerator| accelerator.name == "tcg"),
    };
    let fits = |one: &&Sound| one.plan.memory <= GUEST_MEMORY;
    let sound: Vec<&Sound> = sound.iter().filter(runs).filter(fits).collect();
    let wanted = wanted.min(sound.len());
    let (mut booted, mut failed) = (0, 0);
    for index in 0..wanted {
        // Spread over all of them, so that every seed has its share of platforms and apps.
        let position = index * sound.len() / wanted;
        let Sound { text, plan } = sound[position];
        match boot::boot(&format!("s{index}"), text, &plan.platform.name)? {
            Ok(()) => booted += 1,
            Err(report) => {
                failed += 1;
                println!("--- on {} this does not reach its app:\n{text}{report}", plan.platform.name);
            }
        }
    }
    Ok((booted, failed))
}
