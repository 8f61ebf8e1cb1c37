//! Images that must boot, as data: each file of `tests/images` names a system, the platforms, what
//! has to appear on the console, what must not, and the status.
//!
//! A file may have variations, each a set of replacements in `system.kdl`.
#![forbid(unsafe_code)]

use libtest_mimic::{Arguments, Failed, Trial};
use oscomp_tests::command::{oscomp, repository};
use regex::Regex;
use serde::Deserialize;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// One file of `tests/images`.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct ImageTest {
    /// The folder of the system, relative to the repository.
    system: String,
    /// The platforms on which it has to behave.
    platforms: Vec<String>,
    /// Seconds after which the machine is taken to hang.
    #[serde(default = "default_timeout")]
    timeout: u64,
    #[serde(flatten)]
    expectation: Expectation,
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
}

/// A change to `system.kdl`.
#[derive(Clone, Deserialize)]
struct Variation {
    name: String,
    /// Pairs: a text that has to be in the file, and what takes its place.
    #[serde(default)]
    replace: Vec<[String; 2]>,
    /// Where the variation runs, if not everywhere.
    #[serde(default)]
    platforms: Option<Vec<String>>,
    #[serde(flatten)]
    expectation: Expectation,
}

fn default_timeout() -> u64 {
    120
}

fn main() {
    let mut arguments = Arguments::from_args();
    // The machine under test is the only thing that should run: builds share one Cargo.
    arguments.test_threads = Some(1);
    let mut files: Vec<PathBuf> = fs::read_dir(repository().join("tests/images"))
        .expect("tests/images exists")
        .map(|entry| entry.expect("the folder can be read").path())
        .collect();
    files.sort();
    let trials = files.iter().flat_map(|file| trials(file)).collect();
    libtest_mimic::run(&arguments, trials).exit();
}

fn trials(file: &Path) -> Vec<Trial> {
    let text = fs::read_to_string(file).expect("an image test can be read");
    let test: ImageTest = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let name = file.file_stem().expect("a file has a name").to_string_lossy().into_owned();
    let mut variations = test.variation.clone();
    if variations.is_empty() {
        variations.push(Variation {
            name: String::new(),
            replace: Vec::new(),
            platforms: None,
            expectation: Expectation::default(),
        });
    }
    let mut trials = Vec::new();
    for variation in variations {
        for platform in variation.platforms.as_ref().unwrap_or(&test.platforms) {
            let title = [name.as_str(), &variation.name, platform]
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join("::");
            let (test, variation, platform) = (test.clone(), variation.clone(), platform.clone());
            trials.push(Trial::test(title, move || run(&test, &variation, &platform)));
        }
    }
    trials
}

fn run(test: &ImageTest, variation: &Variation, platform: &str) -> Result<(), Failed> {
    let folder = repository().join(&test.system);
    let system = VariedSystem::write(&folder, variation)?;
    let output = Command::new(oscomp())
        .arg("run")
        .arg(&system.path)
        .args(["--platform", platform, "--timeout", &test.timeout.to_string()])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("oscomp does not run: {error}"))?;
    let stdout = String::from_utf8_lossy(&output.stdout).replace('\r', "");
    let report = || {
        format!(
            "status {:?}\n--- stdout\n{stdout}\n--- stderr\n{}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        )
    };

    let status = variation.expectation.status.or(test.expectation.status).unwrap_or(0);
    if output.status.code() != Some(status) {
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
    Ok(())
}

/// A `system.kdl` with the changes of a variation, beside the original; removed in the end.
struct VariedSystem {
    path: PathBuf,
    temporary: bool,
}

impl VariedSystem {
    fn write(folder: &Path, variation: &Variation) -> Result<Self, Failed> {
        let original = folder.join("system.kdl");
        if variation.name.is_empty() {
            return Ok(Self { path: original, temporary: false });
        }
        let mut text =
            fs::read_to_string(&original).map_err(|error| format!("{}: {error}", original.display()))?;
        for [old, new] in &variation.replace {
            if !text.contains(old) {
                return Err(format!("{} does not contain `{old}`", original.display()).into());
            }
            text = text.replace(old, new);
        }
        // Its own name, so that the images of the variations lie side by side.
        let (head, tail) = text.split_once("system \"").ok_or("no system node")?;
        let (name, tail) = tail.split_once('"').ok_or("no system name")?;
        let text = format!("{head}system \"{name}-{}\"{tail}", variation.name);
        let path = folder.join(format!("variation-{}.kdl", variation.name));
        fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self { path, temporary: true })
    }
}

impl Drop for VariedSystem {
    fn drop(&mut self) {
        if self.temporary {
            let _ = fs::remove_file(&self.path);
        }
    }
}
