//! The documents, tried as a reader would: each code block of the user's guide, of the README and of what else there is
//! is run, compiled or checked, or says why not. `docs/guide/README.md` says how blocks are marked.
//!
//! `UPDATE=1 cargo test -p oscomp-tests --test guide` writes the pages anew that are made from the command.
#![forbid(unsafe_code)]

#[path = "guide/block.rs"]
mod block;
#[path = "guide/expected.rs"]
mod expected;
#[path = "guide/generated.rs"]
mod generated;
#[path = "guide/links.rs"]
mod links;
#[path = "guide/session.rs"]
mod session;

use libtest_mimic::{Arguments, Failed, Trial};
use oscomp_tests::command::repository;
use session::Place;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The settings for editors are for other programs: `tests/tests/editors.rs` has these take them.
const SETTINGS: [&str; 2] = ["docs/editors.md", "editors/"];

/// What a document says whose commands begin in the root of the repository; those of others begin in an empty folder.
const IN_REPOSITORY: &str = "<!-- Its commands are run in the root of the repository. -->";

fn main() {
    let mut arguments = Arguments::from_args();
    // Builds share one Cargo, and commands the place where they are.
    arguments.test_threads = Some(1);
    let mut trials = vec![
        Trial::test("marks", block::marks_are_needed),
        Trial::test("expectations", expected::means_what_it_says),
        Trial::test("links", links::lead_somewhere),
        Trial::test("summary", links::summary_is_whole),
        Trial::test("errors", generated::errors),
        Trial::test("commands", generated::commands),
    ];
    for document in documents() {
        let name = document.strip_prefix(repository()).unwrap_or(&document).display().to_string();
        if SETTINGS.iter().any(|place| name.starts_with(place)) {
            continue;
        }
        trials.push(Trial::test(name.clone(), move || runs(&document, &name)));
    }
    libtest_mimic::run(&arguments, trials).exit();
}

/// All documents that people read, in order.
fn documents() -> Vec<PathBuf> {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard", "*.md"])
        .current_dir(repository())
        .output()
        .expect("git lists the documents");
    let listed = String::from_utf8(listed.stdout).expect("the names are text");
    // `oscomp new` fills the one in, the others are what tests work on.
    let names = listed
        .lines()
        .filter(|name| !name.starts_with("compiler/src/template/") && !name.starts_with("tests/"));
    names.map(|name| repository().join(name)).filter(|path| path.exists()).collect()
}

/// Every block of the document does what it says.
fn runs(document: &Path, name: &str) -> Result<(), Failed> {
    let text = fs::read_to_string(document)?;
    let blocks = block::blocks(&text)?;
    let mut place = Place::new(text.contains(IN_REPOSITORY))?;
    for block in &blocks {
        place.run(&block.action).map_err(|problem| format!("{name}:{}: {problem}", block.line))?;
    }
    Ok(place.finish()?)
}
