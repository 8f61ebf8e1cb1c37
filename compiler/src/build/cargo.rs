//! Runs Cargo and reads what it says.

use super::c::Objects;
use super::progress::Progress;
use super::project::Project;
use super::{Place, Profile, flags};
use crate::failure::Failure;
use crate::toolchain::{self, Builder};
use oscomp_lang::plan::Plan;
use oscomp_lang::signature::Environment;
use serde::Deserialize;
use std::io::{BufRead, BufReader, Read as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::{env, io, thread};

/// What came of a build.
pub enum Outcome {
    /// The linked file.
    Linked {
        /// The file.
        file: PathBuf,
        /// What rustc warns of in the project's own crates.
        warnings: Vec<String>,
    },
    /// rustc or the linker refused.
    Refused(Vec<RustcError>),
}

impl Outcome {
    /// Whether all but the program itself was compiled.
    pub fn is_refused_at_last(&self, project: &Project) -> bool {
        match self {
            Self::Linked { .. } => false,
            Self::Refused(errors) => errors.iter().all(|error| error.package == project.package),
        }
    }
}

/// An error of rustc, or of the linker through it.
#[derive(Clone, Debug)]
pub struct RustcError {
    /// The package that was compiled.
    pub package: String,
    /// What it says, in one line; for the linker's also what that said.
    pub message: String,
    /// rustc's code: `E0277`.
    pub code: Option<String>,
    /// Where, best place first.
    pub spans: Vec<Span>,
    /// As rustc renders it.
    pub rendered: String,
}

/// A place in a Rust source.
#[derive(Clone, Debug, Deserialize)]
pub struct Span {
    /// The file, relative to the image's project.
    pub file_name: String,
    /// The first line, from 1.
    pub line_start: usize,
    /// Whether it is where the error is.
    pub is_primary: bool,
}

/// Builds the image. `objects` are linked to it as well.
pub fn build(
    project: &Project,
    plan: &Plan,
    profile: Profile,
    place: &Place,
    objects: &Objects,
    builder: &Builder,
    progress: &Progress,
) -> Result<Outcome, Failure> {
    compile(project, &project.package, plan, profile, place, objects, builder, progress)
}

/// Compiles the expanded glue, which is known to be refused, for the places of the errors.
pub fn errors_in_glue(
    project: &Project,
    plan: &Plan,
    profile: Profile,
    place: &Place,
    progress: &Progress,
) -> Result<Vec<RustcError>, Failure> {
    let (objects, builder) = (Objects::default(), Builder::find(&plan.platform.target)?);
    Ok(match compile(project, &project.glue, plan, profile, place, &objects, &builder, progress)? {
        Outcome::Refused(errors) => errors,
        Outcome::Linked { .. } => Vec::new(),
    })
}

#[expect(clippy::too_many_arguments, reason = "each is a part of the one command")]
fn compile(
    project: &Project,
    program: &str,
    plan: &Plan,
    profile: Profile,
    place: &Place,
    objects: &Objects,
    builder: &Builder,
    progress: &Progress,
) -> Result<Outcome, Failure> {
    let run = |offline| {
        execute(command(project, program, plan, profile, place, objects, builder, offline), program, progress)
    };
    // What is on this machine is enough for most builds, and asking a registry takes longer.
    let mut finished = run(true)?;
    if finished.needs_network() {
        progress.downloading();
        finished = run(false)?;
    }
    finished.outcome(plan)
}

#[expect(clippy::too_many_arguments, reason = "each is a part of the one command")]
fn command(
    project: &Project,
    program: &str,
    plan: &Plan,
    profile: Profile,
    place: &Place,
    objects: &Objects,
    builder: &Builder,
    offline: bool,
) -> Command {
    let home = env::var("HOME").ok().filter(|home| home.len() > 1);
    let cargo_home = env::var("CARGO_HOME").ok().or_else(|| Some(format!("{}/.cargo", home.as_deref()?)));
    let registry = cargo_home.as_ref().map(|home| format!("{home}/registry/src"));
    let git = cargo_home.as_ref().map(|home| format!("{home}/git/checkouts"));
    // The last one that fits is taken, so the more particular ones come last.
    let library = builder.sources().map(|folder| folder.display().to_string());
    let folders = [(&home, "home"), (&registry, "registry"), (&git, "git"), (&library, "rust")];
    let remap: Vec<(&str, &str)> =
        folders.into_iter().filter_map(|(folder, name)| Some((folder.as_deref()?, name))).collect();
    let linker = builder.linker();
    let script = project.linker_script.as_deref();
    let frame_pointers = flags::has_frame_pointers(profile, plan.optimize);
    let flags = flags::rustc_flags(&plan.platform, frame_pointers, &linker, script, &remap);
    // What is about linking goes to the last crate alone: all others serve every platform.
    let (mut link, compile): (Vec<_>, Vec<_>) =
        flags.into_iter().partition(|flag| flag.starts_with("-Clink"));

    link.extend(objects.flags.iter().cloned());
    link.extend(objects.files.iter().map(|object| format!("-Clink-arg={object}")));
    if profile == Profile::Whole {
        link.push(match plan.platform.environment {
            Environment::BareMetal => "-Clink-arg=--no-gc-sections".to_owned(),
            Environment::Hosted => "-Clink-arg=-Wl,--no-gc-sections".to_owned(),
        });
    }

    let mut command = builder.cargo();
    command
        .arg("rustc")
        .args(["--bin", program, "--profile", profile.cargo_name(), "--target", &plan.platform.target])
        .args(["--message-format", "json", "--color", "never"])
        .args(builder.arguments())
        .args(offline.then_some("--offline"))
        .arg("--")
        .args(link)
        .current_dir(&project.folder)
        .env("CARGO_ENCODED_RUSTFLAGS", compile.join("\x1f"))
        .env("CARGO_TARGET_DIR", place.cargo(builder.folder().as_deref()))
        .env("CARGO_INCREMENTAL", "0")
        .env_remove("RUSTFLAGS")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("CARGO_PROFILE_")) {
            command.env_remove(name);
        }
    }
    command
}

/// What a run of Cargo said.
#[derive(Default)]
struct Finished {
    success: bool,
    linked: Option<PathBuf>,
    errors: Vec<RustcError>,
    warnings: Vec<String>,
    stderr: String,
}

fn execute(mut command: Command, program: &str, progress: &Progress) -> Result<Finished, Failure> {
    let mut child = command.spawn().map_err(|error| toolchain::cannot_start_cargo(&error))?;
    let broken = |error: io::Error| {
        Failure::environment(format!("Cargo cannot be read: {error}"), "run the command again")
    };
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let said = thread::spawn(move || {
        let mut text = Vec::new();
        stderr.map_or(Ok(0), |mut stderr| stderr.read_to_end(&mut text)).map(|_| text)
    });
    let mut finished = Finished::default();
    for line in stdout.into_iter().flat_map(|stdout| BufReader::new(stdout).lines()) {
        let line = line.map_err(broken)?;
        // Build scripts may print to the same stream; what is not a message is none of ours.
        if let Ok(message) = serde_json::from_str::<Message>(&line) {
            finished.add(message, program, progress);
        }
    }
    finished.success = child.wait().map_err(broken)?.success();
    if let Ok(Ok(text)) = said.join() {
        finished.stderr = String::from_utf8_lossy(&text).into_owned();
    }
    Ok(finished)
}

/// A line of Cargo's JSON, as far as it is read here.
#[derive(Deserialize)]
#[serde(tag = "reason")]
enum Message {
    #[serde(rename = "compiler-message")]
    Rustc { package_id: String, message: RustcMessage },
    #[serde(rename = "compiler-artifact")]
    Artifact { target: Target, fresh: bool, executable: Option<PathBuf> },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

#[derive(Deserialize)]
struct RustcMessage {
    level: String,
    message: String,
    code: Option<Code>,
    spans: Vec<Span>,
    children: Vec<Child>,
    rendered: Option<String>,
}

#[derive(Deserialize)]
struct Code {
    code: String,
}

#[derive(Deserialize)]
struct Child {
    message: String,
}

impl Finished {
    fn add(&mut self, message: Message, program: &str, progress: &Progress) {
        match message {
            Message::Artifact { target, fresh, executable } => {
                if !fresh {
                    progress.compiled(&target.name);
                }
                if target.name == program {
                    self.linked = executable;
                }
            }
            Message::Rustc { package_id, message } => {
                self.add_rustc(message, package_name(&package_id));
            }
            Message::Other => {}
        }
    }

    fn add_rustc(&mut self, message: RustcMessage, package: String) {
        let rendered = message.rendered.unwrap_or_else(|| message.message.clone());
        match message.level.as_str() {
            "error" | "error: internal compiler error" => {
                // "aborting due to 2 previous errors"
                if message.spans.is_empty() && message.message.starts_with("aborting due to") {
                    return;
                }
                let mut text = message.message;
                for child in message.children.iter().filter(|_| message.spans.is_empty()) {
                    text.push('\n');
                    text.push_str(&child.message);
                }
                let mut spans = message.spans;
                spans.sort_by_key(|span| !span.is_primary);
                self.errors.push(RustcError {
                    package,
                    message: text,
                    code: message.code.map(|code| code.code),
                    spans,
                    rendered,
                });
            }
            "warning" if !message.spans.is_empty() => self.warnings.push(rendered),
            _ => {}
        }
    }

    /// Whether Cargo ended before it compiled, for want of the network.
    fn needs_network(&self) -> bool {
        !self.success && self.errors.is_empty() && self.stderr.contains("offline")
    }

    fn outcome(self, plan: &Plan) -> Result<Outcome, Failure> {
        if self.success {
            return match self.linked {
                Some(file) => Ok(Outcome::Linked { file, warnings: self.warnings }),
                None => Err(Failure::environment(
                    "Cargo finished without an image",
                    "this is a bug of oscomp; please report it",
                )),
            };
        }
        if let Some(failure) = toolchain::missing(&self.stderr, &self.errors, plan) {
            return Err(failure);
        }
        if self.errors.is_empty() {
            return Err(refused_by_cargo(&self.stderr));
        }
        Ok(Outcome::Refused(self.errors))
    }
}

/// The name in a package id: `path+file:///a/b#name@0.1.0`, or `…/name#0.1.0`.
fn package_name(id: &str) -> String {
    let (path, fragment) = id.rsplit_once('#').unwrap_or(("", id));
    let name = match fragment.split_once('@') {
        Some((name, _)) => name,
        None => path.rsplit('/').next().unwrap_or(path),
    };
    name.to_owned()
}

fn refused_by_cargo(stderr: &str) -> Failure {
    let from = stderr.find("error").unwrap_or(0);
    let said = stderr[from..].trim();
    if said.is_empty() {
        return Failure::environment(
            "Cargo ended without a word",
            "run the command again; `oscomp doctor` looks for what is missing",
        );
    }
    let what = said.strip_prefix("error:").map_or(said, str::trim_start);
    let help = if what.contains("registry") || what.contains("download") || what.contains("network") {
        "crates have to be downloaded once: check the network, then run the command again"
    } else {
        "the message is Cargo's: mend what it names, mostly a Cargo.toml of the project"
    };
    Failure::environment(format!("Cargo cannot build the image: {what}"), help)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_named_by_their_ids() {
        assert_eq!(package_name("path+file:///a/talc-heap#oscomp-talc@0.1.0"), "oscomp-talc");
        assert_eq!(package_name("path+file:///a/hello#0.1.0"), "hello");
    }

    #[test]
    fn messages_of_cargo_are_read() {
        let artifact = r#"{"reason":"compiler-artifact","package_id":"x","target":{"name":"image","kind":["bin"]},"fresh":true,"executable":"/x/image"}"#;
        assert!(matches!(
            serde_json::from_str(artifact),
            Ok(Message::Artifact { fresh: true, executable: Some(_), .. })
        ));
        assert!(matches!(
            serde_json::from_str(r#"{"reason":"build-finished","success":true}"#),
            Ok(Message::Other)
        ));
    }

    #[test]
    fn a_refusal_by_cargo_keeps_its_words() {
        let Failure::Environment(message) =
            refused_by_cargo("   Updating index\nerror: no matching package `x`\n")
        else {
            panic!("it is no fault of the composition");
        };
        assert_eq!(message.what, "Cargo cannot build the image: no matching package `x`");
    }
}
