//! `--open`: which file the browser is given.

use super::made;
use oscomp_tests::command::{oscomp, repository};
use std::fs;
use std::process::Command;

/// Runs `oscomp graph` of a system in a folder of its own, with that browser and without a desktop; its stderr.
fn open(name: &str, browser: &str) -> String {
    let folder = made(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the folder can be made");
    let text = fs::read_to_string(repository().join("tests/two-platforms/system.kdl")).expect("a system");
    let text = text.replace("../promise", "../../../../tests/promise");
    fs::write(folder.join("system.kdl"), text).expect("it can be written");
    let output = Command::new(oscomp())
        .args(["graph", "--open"])
        .arg(&folder)
        .current_dir(&folder)
        .env("BROWSER", browser)
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .output()
        .expect("oscomp runs");
    assert!(output.status.success());
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr).expect("UTF-8")
}

#[test]
fn the_browser_is_given_the_page() {
    let note = made("opened");
    let said = open("open", &format!("cp %s {}", note.display()));
    let page = fs::read_to_string(&note).expect("the browser has copied the page");
    assert!(page.contains("<title>two-platforms: graph</title>"));
    // The copy that was opened is beside the images.
    let path = said.trim().strip_prefix("wrote ").expect("it says what it wrote").to_owned();
    assert!(path.ends_with("target/oscomp/two-platforms/graph.html"), "{said}");
}

#[test]
fn without_a_browser_it_says_where_the_page_is() {
    let said = open("not-opened", "no-such-browser");
    assert!(said.contains("wrote ") && said.contains("graph.html"), "{said}");
    assert!(said.contains("set BROWSER"), "{said}");
}
