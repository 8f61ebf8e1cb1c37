//! The extension for VS Code: packaged by its script, and what its own tests say of the package.

use oscomp_tests::command::{oscomp, repository};
use std::process::{Command, Output};

fn text(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat()
}

/// Packages the extension and runs `editors/vscode/test` with the package and the server; returns what Node.js says.
pub fn tested() -> String {
    let folder = repository().join("editors/vscode");
    let place = tempfile::tempdir().expect("there is room for a folder");
    let package = place.path().join("oscomp.vsix");
    let made = Command::new("sh").arg(folder.join("package.sh")).arg(&package).output().expect("sh runs");
    assert!(made.status.success(), "{}", text(&made));
    let tests = ["package", "grammar", "client"].map(|name| format!("test/{name}.test.js"));
    let mut node = Command::new("timeout");
    node.args(["300", "node", "--test", "--test-reporter=tap"]).args(tests).current_dir(folder);
    let said = node
        .env("VSIX", &package)
        .env("OSCOMP", oscomp())
        .output()
        .expect("`./setup.sh all` installs Node.js");
    assert!(said.status.success(), "{}", text(&said));
    text(&said)
}
