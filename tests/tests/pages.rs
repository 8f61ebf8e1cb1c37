//! The pages that oscomp makes, in a real browser: what they show, what clicks and keys do, and that they fetch
//! nothing. Pictures of them are left in `target/tmp/pages`.
#![forbid(unsafe_code)]

#[path = "pages/doc.rs"]
mod doc;
#[path = "pages/graph.rs"]
mod graph;
#[path = "pages/hostile.rs"]
mod hostile;
#[path = "pages/open.rs"]
mod open;
#[path = "pages/size.rs"]
mod size;
#[path = "pages/systems.rs"]
mod systems;

use oscomp_tests::browser::{Browser, Look};
use oscomp_tests::command::{oscomp, repository};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A desktop and a telephone, each by day and by night.
const LOOKS: [(&str, Look); 4] = [
    ("light", Look { width: 1280, height: 800, dark: false }),
    ("dark", Look { width: 1280, height: 800, dark: true }),
    ("narrow-light", Look { width: 390, height: 800, dark: false }),
    ("narrow-dark", Look { width: 390, height: 800, dark: true }),
];

/// A file of these tests.
fn made(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("pages").join(name)
}

fn address(file: &Path) -> String {
    format!("file://{}", file.display())
}

/// Runs a command that has to succeed; its stdout.
fn run(arguments: &[&str]) -> String {
    let output =
        Command::new(oscomp()).args(arguments).current_dir(repository()).output().expect("oscomp runs");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("oscomp writes UTF-8")
}

/// A text in the page.
fn text(browser: &mut Browser, expression: &str) -> String {
    let value = browser.value(expression).expect("the expression has a value");
    value.as_str().unwrap_or_else(|| panic!("{expression}: {value}")).to_owned()
}

/// A number in the page.
fn number(browser: &mut Browser, expression: &str) -> f64 {
    let value = browser.value(expression).expect("the expression has a value");
    value.as_f64().unwrap_or_else(|| panic!("{expression}: {value}"))
}

/// That nothing is wider than the window, no text has less contrast than a reader needs, and nothing was complained of.
fn assert_readable(browser: &mut Browser, what: &str) {
    let wide = text(browser, include_str!("pages/wide.js"));
    assert_eq!(wide, "", "{what}: wider than the window");
    let faint = text(browser, include_str!("pages/contrast.js"));
    assert_eq!(faint, "", "{what}: hard to read");
    assert_eq!(browser.complaints(), [""; 0], "{what}");
}
