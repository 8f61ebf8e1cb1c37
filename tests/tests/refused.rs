//! Compositions that must be refused, each a folder of `tests/refused` with the exact report.
//!
//! `UPDATE=1 cargo test -p oscomp-tests --test refused` writes the reports anew: read the difference as
//! a user would.
#![forbid(unsafe_code)]

use libtest_mimic::{Arguments, Failed, Trial};
use oscomp_tests::command::{oscomp, repository};
use oscomp_tests::sources::OVERLAY;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn main() {
    let arguments = Arguments::from_args();
    let folder = repository().join("tests/refused");
    let mut folders: Vec<PathBuf> = fs::read_dir(&folder)
        .expect("tests/refused exists")
        .map(|entry| entry.expect("it can be read").path())
        .collect();
    folders.sort();
    let mut trials: Vec<Trial> = folders
        .into_iter()
        .filter(|folder| folder.join("system.kdl").exists())
        .map(|folder| {
            let name = folder.file_name().expect("a folder has a name").to_string_lossy().into_owned();
            Trial::test(name, move || is_refused(&folder))
        })
        .collect();
    trials.extend(hostile::trials());
    libtest_mimic::run(&arguments, trials).exit();
}

/// What `oscomp check` says of the system in a folder, with its exit status.
///
/// The folder's `arguments` are more of its arguments; its `catalog` lies over the one of the repository.
fn report(folder: &Path) -> Result<String, Failed> {
    let mut command = Command::new(oscomp());
    command.arg("check").arg(folder.strip_prefix(repository()).unwrap_or(folder));
    if let Ok(arguments) = fs::read_to_string(folder.join("arguments")) {
        command.args(arguments.split_whitespace());
    }
    if folder.join(OVERLAY).is_dir() {
        command.arg("--catalog").arg(catalog(folder)?);
    }
    let output = command
        .current_dir(repository())
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("oscomp does not run: {error}"))?;
    let mut report = String::new();
    let streams = [("stdout", &output.stdout), ("stderr", &output.stderr)];
    for (name, bytes) in streams.into_iter().filter(|(_, bytes)| !bytes.is_empty()) {
        let text =
            String::from_utf8(bytes.clone()).map_err(|error| format!("{name} is not text: {error}"))?;
        if text.contains("panicked at") {
            return Err(format!("oscomp panicked:\n{text}").into());
        }
        // Where the catalog is differs from one machine to the next.
        let text = text
            .replace(&format!("{}/", catalogs().join(folder.file_name().unwrap_or_default()).display()), "")
            .replace(&format!("{}/", repository().display()), "");
        // Trailing blanks would not survive an editor.
        let text = text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
        writeln!(report, "--- {name}\n{text}")?;
    }
    writeln!(report, "--- status {}", output.status.code().unwrap_or(-1))?;
    Ok(report)
}

/// Where catalogs are put together.
fn catalogs() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("catalogs")
}

/// The catalog of the repository with what a folder lays over it.
fn catalog(folder: &Path) -> std::io::Result<PathBuf> {
    let root = catalogs().join(folder.file_name().unwrap_or_default());
    let _ = fs::remove_dir_all(&root);
    lay_over(&root, repository(), &folder.join(OVERLAY))?;
    Ok(root)
}

/// Makes `target` show what `over` has and, besides, what `under` has.
fn lay_over(target: &Path, under: &Path, over: &Path) -> std::io::Result<()> {
    fs::create_dir_all(target)?;
    for entry in fs::read_dir(over)? {
        let name = entry?.file_name();
        let (under, over) = (under.join(&name), over.join(&name));
        if under.is_dir() && over.is_dir() {
            lay_over(&target.join(&name), &under, &over)?;
        } else {
            std::os::unix::fs::symlink(over, target.join(&name))?;
        }
    }
    for entry in fs::read_dir(under)? {
        let place = target.join(entry?.file_name());
        if !place.exists() {
            std::os::unix::fs::symlink(under.join(place.file_name().unwrap_or_default()), place)?;
        }
    }
    Ok(())
}

fn is_refused(folder: &Path) -> Result<(), Failed> {
    let actual = report(folder)?;
    let file = folder.join("report.txt");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&file, &actual).map_err(|error| format!("{}: {error}", file.display()))?;
        return Ok(());
    }
    let expected = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    if actual == expected {
        return Ok(());
    }
    Err(format!("the report differs from {}\n{}", file.display(), difference(&expected, &actual)).into())
}

/// The lines that differ, in the form of a unified diff without context.
fn difference(expected: &str, actual: &str) -> String {
    let (old, new): (Vec<_>, Vec<_>) = (expected.lines().collect(), actual.lines().collect());
    let start = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let rest = old.len().min(new.len()) - start;
    let end = old.iter().rev().zip(new.iter().rev()).take(rest).take_while(|(old, new)| old == new).count();
    let mut diff = format!("@@ line {}\n", start + 1);
    for line in &old[start..old.len() - end] {
        let _ = writeln!(diff, "-{line}");
    }
    for line in &new[start..new.len() - end] {
        let _ = writeln!(diff, "+{line}");
    }
    diff
}

/// Files that nobody would commit.
mod hostile {
    use super::{Failed, Trial, fs, report};
    use std::path::Path;

    pub fn trials() -> Vec<Trial> {
        let mut trials = Vec::new();
        let mut add =
            |name: &str, prepare: fn(&Path) -> std::io::Result<()>, expected: &'static str, status: i32| {
                let folder = format!("hostile-{name}");
                trials.push(Trial::test(format!("hostile::{name}"), move || {
                    run(&folder, prepare, expected, status)
                }));
            };
        add("ten-megabytes", |file| fs::write(file, "node \"value\"\n".repeat(800_000)), "E0", 1);
        add("ten-megabytes-of-one-token", |file| fs::write(file, "a".repeat(10 << 20)), "E0", 1);
        add("ten-thousand-deep", |file| fs::write(file, "a {".repeat(10_000) + &"}".repeat(10_000)), "E0", 1);
        add("ten-thousand-open", |file| fs::write(file, "system \"x\" {".repeat(10_000)), "E0", 1);
        add(
            "ten-thousand-comments-deep",
            |file| fs::write(file, "/*".repeat(10_000) + &"*/".repeat(10_000)),
            "E0",
            1,
        );
        add(
            "ten-thousand-mistakes",
            |file| fs::write(file, "system \"x\" {\n".to_owned() + &"  nod\n".repeat(10_000) + "}\n"),
            "E0",
            1,
        );
        add("folder", |file| fs::create_dir_all(file), "folder", 2);
        add("nothing", |_| Ok(()), "there is no system", 2);
        #[cfg(unix)]
        add("link-to-itself", |file| std::os::unix::fs::symlink(file, file), "system.kdl", 2);
        trials
    }

    fn run(
        name: &str,
        prepare: fn(&Path) -> std::io::Result<()>,
        expected: &str,
        status: i32,
    ) -> Result<(), Failed> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder)?;
        prepare(&folder.join("system.kdl"))?;
        let report = report(&folder)?;
        if !report.contains(expected) || !report.ends_with(&format!("--- status {status}\n")) {
            let shown: String = report.chars().take(4000).collect();
            return Err(format!("expected `{expected}` and status {status}\n{shown}").into());
        }
        if report.len() > 1 << 20 {
            return Err(format!("a report of {} bytes helps nobody", report.len()).into());
        }
        Ok(())
    }
}
