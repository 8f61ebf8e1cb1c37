//! What `list`, `why`, `graph`, `expand` and `explain` print for the example systems.
//!
//! Lines of sources are left out of the snapshots: they move whenever somebody writes a comment.
#![forbid(unsafe_code)]

use insta::{Settings, assert_snapshot};
use oscomp_tests::command::{oscomp, repository};
use std::process::Command;

/// The output of a command, in the root of the repository.
fn output(arguments: &str) -> String {
    let output = Command::new(oscomp())
        .args(arguments.split_whitespace())
        .current_dir(repository())
        .output()
        .expect("oscomp runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("oscomp writes UTF-8");
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    let status = output.status.code().expect("oscomp ends by itself");
    let mut all = format!("$ oscomp {arguments}\nstatus {status}\n");
    for (name, text) in [("stdout", stdout), ("stderr", stderr)] {
        if !text.is_empty() {
            all += &format!("--- {name}\n{text}");
        }
    }
    all
}

/// Compares with the snapshot of that name.
fn check(name: &str, arguments: &str) {
    let mut settings = Settings::clone_current();
    settings.add_filter(r"(\.(?:rs|kdl)):\d+", "$1:LINE");
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| assert_snapshot!(name, output(arguments)));
}

#[test]
fn why() {
    check("why-instance", "why console systems/hello --platform qemu-microvm");
    check("why-app", "why ping-pong systems/ping-pong --platform hosted");
    check("why-option", "why console.baud systems/hello --platform qemu-microvm");
    check("why-binding", "why ping.opponent systems/ping-pong --platform qemu-microvm");
    check("why-ambient", "why PanicHandler tests/two-platforms");
    check("why-unknown-instance", "why cosnole systems/hello");
    check("why-unknown-field", "why console.buad systems/hello --platform qemu-microvm");
}

#[test]
fn list() {
    check("list-module", "list modules uart-16550");
    check("list-interface", "list interfaces Backtrace");
    check("list-unknown", "list modules uart-16450");
    check("list-by-name", "list null-console");
    check("list-by-name-unknown", "list modlues");
    check("list-unknown-kind", "list module-of talc");
}

#[test]
fn graph() {
    for format in ["human", "json", "dot", "mermaid", "svg"] {
        let arguments = format!("graph systems/ping-pong --platform qemu-microvm --format {format}");
        check(&format!("graph-{format}"), &arguments);
    }
    check("graph-of-two-platforms", "graph tests/two-platforms --format svg");
    check("drawing-of-no-graph", "why console systems/hello --format svg");
}

#[test]
fn expand() {
    check("expand", "expand systems/hello --platform qemu-microvm");
}

#[test]
fn explain() {
    check("explain", "explain e0101");
    check("explain-unknown", "explain E9999");
}
