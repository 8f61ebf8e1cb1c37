//! Images that must boot, as data: each file of `tests/images` names a system, the platforms, what
//! has to appear on the console, what must not, and the status. While it runs an image may have clients, whose
//! sends have to be answered.
//!
//! A file may have variations, each a set of replacements in `system.kdl`.
#![forbid(unsafe_code)]

use libtest_mimic::{Arguments, Failed, Trial};
use oscomp_tests::client::Client;
use oscomp_tests::command::{oscomp, repository};
use oscomp_tests::disk::Disk;
use oscomp_tests::running::Running;
use oscomp_tests::share::Share;
use oscomp_tests::varied::VariedSystem;
use regex::Regex;
use serde::Deserialize;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// One file of `tests/images`.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct ImageTest {
    /// The folder of the system, relative to the repository.
    system: String,
    /// The platforms on which it has to behave.
    platforms: Vec<String>,
    /// The profiles that it is built in.
    #[serde(default = "release")]
    profiles: Vec<String>,
    /// Seconds after which the machine is taken to hang.
    #[serde(default = "default_timeout")]
    timeout: u64,
    #[serde(flatten)]
    expectation: Expectation,
    /// Clients that the image has while it runs, one after the other.
    #[serde(default)]
    client: Vec<Client>,
    /// Whether the image runs until it is stopped, which it is once its clients are content. Its status is then
    /// that of a program which was ended.
    #[serde(default)]
    endless: bool,
    /// The disk that the image has, new for each run; on `hosted` it is `disk.img` in the folder where it is started.
    #[serde(default)]
    disk: Option<Disk>,
    /// The folder that the image shares, new for each run.
    #[serde(default)]
    share: Option<Share>,
    /// The same system with changes; without any, the system as it is.
    #[serde(default)]
    variation: Vec<Variation>,
}

/// What has to be seen.
#[derive(Clone, Default, Deserialize)]
struct Expectation {
    /// The exit status of `oscomp run`.
    #[serde(default)]
    status: Option<i32>,
    /// Regular expressions that have to match the output, one after the other; those of a variation are
    /// a sequence of their own.
    #[serde(default)]
    success: Vec<String>,
    /// The same for the standard error, which also has what `oscomp` says.
    #[serde(default)]
    stderr: Vec<String>,
    /// Regular expressions that must not match.
    #[serde(default)]
    failure: Vec<String>,
    /// What a program says whose own fault it is that it ends early, since it relies on which thread is faster: it is
    /// run again then, a few times.
    #[serde(default)]
    again: Option<String>,
}

/// A change to `system.kdl`.
#[derive(Clone, Deserialize)]
struct Variation {
    name: String,
    /// Pairs: a text that has to be in the file, and what takes its place.
    #[serde(default)]
    replace: Vec<[String; 2]>,
    /// Further arguments for what runs the image.
    #[serde(default)]
    arguments: Vec<String>,
    /// Where the variation runs, if not everywhere.
    #[serde(default)]
    platforms: Option<Vec<String>>,
    #[serde(flatten)]
    expectation: Expectation,
}

fn release() -> Vec<String> {
    vec!["release".to_owned()]
}

fn default_timeout() -> u64 {
    120
}

fn main() {
    let mut arguments = Arguments::from_args();
    // Two that are built, and one that runs.
    arguments.test_threads.get_or_insert(3);
    let mut files: Vec<PathBuf> = fs::read_dir(repository().join("tests/images"))
        .expect("tests/images exists")
        .map(|entry| entry.expect("the folder can be read").path())
        .collect();
    files.sort();
    let trials = files.iter().flat_map(|file| trials(file)).collect();
    libtest_mimic::run(&arguments, alternating(trials)).exit();
}

/// Images of one toolchain wait for each other while they are built: so that two can be built at once, those for
/// this machine's architecture are spread evenly among the others.
fn alternating(trials: Vec<(bool, Trial)>) -> Vec<Trial> {
    let (own, others): (Vec<_>, Vec<_>) = trials.into_iter().partition(|(is_own, _)| *is_own);
    let mut placed = Vec::new();
    for group in [own, others] {
        let count = group.len();
        // In the middle of its share of the whole, in parts of a million.
        placed.extend(
            group
                .into_iter()
                .enumerate()
                .map(|(index, (_, trial))| ((2 * index + 1) * 500_000 / count, trial)),
        );
    }
    placed.sort_by_key(|(place, _)| *place);
    placed.into_iter().map(|(_, trial)| trial).collect()
}

/// Whether images for the platform are built by the toolchain that builds for this machine.
fn is_own(platform: &str) -> bool {
    let file = repository().join("modules/platform").join(platform).join("platform.kdl");
    let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    text.contains(&format!("arch \"{}\"", std::env::consts::ARCH))
}

/// The tests of a file, and whether their images are of this machine's own architecture.
fn trials(file: &Path) -> Vec<(bool, Trial)> {
    let text = fs::read_to_string(file).expect("an image test can be read");
    let test: ImageTest = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let name = file.file_stem().expect("a file has a name").to_string_lossy().into_owned();
    let mut variations = test.variation.clone();
    if variations.is_empty() {
        variations.push(Variation {
            name: String::new(),
            replace: Vec::new(),
            arguments: Vec::new(),
            platforms: None,
            expectation: Expectation::default(),
        });
    }
    let mut trials = Vec::new();
    for variation in variations {
        for platform in variation.platforms.as_ref().unwrap_or(&test.platforms) {
            for profile in &test.profiles {
                let shown = if profile == "release" { "" } else { profile.as_str() };
                let title = [name.as_str(), &variation.name, platform, shown]
                    .into_iter()
                    .filter(|part| !part.is_empty())
                    .collect::<Vec<_>>()
                    .join("::");
                let (test, variation) = (test.clone(), variation.clone());
                let (platform, profile) = (platform.clone(), profile.clone());
                let own = is_own(&platform);
                trials.push((own, Trial::test(title, move || run(&test, &variation, &platform, &profile))));
            }
        }
    }
    trials
}

/// How often an image is run at the most that relies on which thread is faster.
const ATTEMPTS: usize = 5;

/// Held by a test that has clients: ports of this machine are everybody's.
static PORTS: Mutex<()> = Mutex::new(());

fn run(test: &ImageTest, variation: &Variation, platform: &str, profile: &str) -> Result<(), Failed> {
    let folder = repository().join(&test.system);
    let kind = format!("{platform}-{profile}");
    let system = VariedSystem::write(&folder, &variation.name, &variation.replace, &kind)?;
    let image = ["--platform", platform, "--profile", profile];
    let mut command = Command::new(oscomp());
    command.arg("run").arg(system.path()).args(image).args(["--timeout", &test.timeout.to_string()]);
    let name = format!("{}-{}-{platform}-{profile}", test.system.replace('/', "-"), variation.name);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let shared = folder.join("share");
    if let Some(share) = &test.share {
        share.make(&shared).map_err(|error| format!("{}: {error}", shared.display()))?;
        command.arg("--share").arg(&shared);
    }
    if let Some(disk) = &test.disk {
        let file = folder.join("disk.img");
        disk.make(repository(), &file)?;
        if platform != "hosted" {
            command.arg("--disk").arg(&file);
        }
        command.current_dir(&folder);
    }
    command.arg("--").args(&variation.arguments);
    let ports = if test.client.is_empty() {
        None
    } else {
        // Whoever waits for the ports has an image by then. If it cannot be built, the run says why.
        let mut build = Command::new(oscomp());
        let build = build.arg("build").arg(system.path()).args(image).output();
        build.map_err(|error| format!("oscomp does not run: {error}"))?;
        Some(PORTS.lock().unwrap_or_else(PoisonError::into_inner))
    };
    let again = variation.expectation.again.as_ref().or(test.expectation.again.as_ref());
    let again = again.map(|pattern| Regex::new(&format!("(?m){pattern}"))).transpose();
    let again = again.map_err(|error| error.to_string())?;
    let mut attempts = 0;
    let (output, answered, stdout) = loop {
        attempts += 1;
        let (output, answered) = served(&mut command, test, platform)?;
        let stdout = String::from_utf8_lossy(&output.stdout).replace('\r', "");
        let is_last = attempts == ATTEMPTS || !again.as_ref().is_some_and(|again| again.is_match(&stdout));
        if is_last {
            break (output, answered, stdout);
        }
    };
    drop(ports);
    let report = || {
        format!(
            "status {:?}\n--- stdout\n{stdout}\n--- stderr\n{}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        )
    };

    answered.map_err(|problem| format!("{problem}\n{}", report()))?;
    let status = variation.expectation.status.or(test.expectation.status).unwrap_or(0);
    if !test.endless && output.status.code() != Some(status) {
        return Err(format!("expected status {status}\n{}", report()).into());
    }
    let stderr = String::from_utf8_lossy(&output.stderr).replace('\r', "");
    let (common, own) = (&test.expectation, &variation.expectation);
    let streams = [
        (&stdout, &common.success),
        (&stdout, &own.success),
        (&stderr, &common.stderr),
        (&stderr, &own.stderr),
    ];
    for (text, patterns) in streams {
        let mut rest = text.as_str();
        for pattern in patterns {
            let expression = Regex::new(&format!("(?m){pattern}")).map_err(|error| error.to_string())?;
            let Some(found) = expression.find(rest) else {
                return Err(format!("expected /{pattern}/ in the output, in this order\n{}", report()).into());
            };
            rest = &rest[found.end()..];
        }
    }
    for pattern in test.expectation.failure.iter().chain(&variation.expectation.failure) {
        let expression = Regex::new(&format!("(?m){pattern}")).map_err(|error| error.to_string())?;
        if expression.is_match(&stdout) {
            return Err(format!("expected no /{pattern}/ in the output\n{}", report()).into());
        }
    }
    if let Some(share) = &test.share {
        share.verify(&shared).map_err(|problem| format!("{problem}\n{}", report()))?;
    }
    Ok(())
}

/// Runs a command with the clients of a test; what it wrote, and whether they were content.
fn served(
    command: &mut Command,
    test: &ImageTest,
    platform: &str,
) -> Result<(Output, Result<(), String>), Failed> {
    let broken = |error: io::Error| format!("oscomp does not run: {error}");
    let mut running = Running::start(command, platform).map_err(broken)?;
    let deadline = Instant::now() + Duration::from_secs(test.timeout);
    let answered = test.client.iter().try_for_each(|client| {
        let address = running.address(client.protocol, client.port, deadline)?;
        client.run(address, deadline)
    });
    if answered.is_err() || test.endless {
        // It waits for what will not come.
        running.stop();
    }
    Ok((running.output().map_err(broken)?, answered))
}
