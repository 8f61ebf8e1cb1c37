//! The command in shells and manuals: completion as shells ask for it, and pages that are without a fault.
#![forbid(unsafe_code)]

use oscomp_tests::command::{oscomp, repository};
use std::fs;
use std::path::Path;
use std::process::Command;

/// Runs a program in the folder of a system, without the user's own settings; its stdout.
fn run(program: &str, arguments: &[&str]) -> String {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("home");
    fs::create_dir_all(&home).expect("the folder can be made");
    let output = Command::new(program)
        .args(arguments)
        .current_dir(repository().join("systems/hello"))
        .env("HOME", home)
        .env("OSCOMP", oscomp())
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}; `./setup.sh all` installs it"));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {stderr}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn script(shell: &str) -> String {
    run(oscomp().to_str().expect("UTF-8"), &["completions", shell])
}

/// What bash offers when the last of these words is being completed.
fn bash(words: &[&str]) -> Vec<String> {
    let text = r#"source <("$OSCOMP" completions bash); COMP_WORDS=(oscomp "$@"); COMP_CWORD=$#; COMP_TYPE=9
        _clap_complete_oscomp oscomp "${!#}" x; printf '%s\n' "${COMPREPLY[@]}""#;
    let found = run("bash", &[&["-c", text, "bash"], words].concat());
    found
        .split(['\n', '\u{b}'])
        .map(|line| line.trim_end().to_owned())
        .filter(|line| !line.is_empty())
        .collect()
}

#[test]
fn bash_completes_what_the_system_has() {
    assert_eq!(bash(&["chec"]), ["check"]);
    let commands = bash(&[""]);
    for command in ["build", "completions", "diff", "doc", "man", "watch"] {
        assert!(commands.iter().any(|found| found == command), "{command}: {commands:?}");
    }
    assert_eq!(bash(&["why", "con"]), ["console"]);
    assert_eq!(bash(&["why", "console.ba"]), ["console.baud"]);
    assert_eq!(bash(&["check", "--platform", "hos"]), ["hosted"]);
    assert_eq!(
        bash(&["explain", "E010"]),
        ["E0101", "E0102", "E0103", "E0104", "E0105", "E0106", "E0107", "E0108"]
    );
    assert_eq!(bash(&["list", "modules", "uart"]), ["uart-16550"]);
    assert_eq!(bash(&["add", "virtio-n"]), ["virtio-net"]);
    assert_eq!(bash(&["set", "console.ba"]), ["console.baud"]);
    assert_eq!(bash(&["remove", "pan"]), ["panic"]);
    assert_eq!(bash(&["graph", "--format", "ht"]), bash(&["size", "--format", "ht"]));
    assert!(bash(&["why", "no-such-instance"]).is_empty());
}

#[test]
fn the_system_that_is_named_counts() {
    let found = bash(&["why", "--system", "../ping-pong", "pin"]);
    assert_eq!(found, ["ping", "ping-pong"]);
}

#[test]
fn fish_completes_what_the_system_has() {
    let text = "\"$OSCOMP\" completions fish | source; complete --do-complete 'oscomp why con'";
    let found = run("fish", &["--no-config", "-c", text]);
    let names: Vec<&str> = found.lines().filter_map(|line| line.split('\t').next()).collect();
    assert_eq!(names, ["console"]);
}

#[test]
fn zsh_takes_the_script() {
    let text = "autoload -Uz compinit; compinit -D -u; eval \"$(\"$OSCOMP\" completions zsh)\"; print $_comps[oscomp]";
    assert!(run("zsh", &["-f", "-c", text]).contains("oscomp"));
}

#[test]
fn every_shell_is_told_how_to_ask() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = script(shell);
        assert!(script.contains("OSCOMP_COMPLETE"), "{shell}: {script}");
        assert!(script.contains(oscomp().to_str().expect("UTF-8")), "{shell}: {script}");
    }
    let output = Command::new(oscomp()).args(["completions", "cmd"]).output().expect("oscomp runs");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn manual_pages_are_without_a_fault() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("man");
    let _ = fs::remove_dir_all(&folder);
    run(oscomp().to_str().expect("UTF-8"), &["man", "-o", folder.to_str().expect("UTF-8")]);
    let help = run(oscomp().to_str().expect("UTF-8"), &["--help"]);
    let commands: Vec<&str> = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect();
    assert!(commands.len() > 15, "{commands:?}");
    let mut names: Vec<String> = commands.iter().map(|command| format!("oscomp-{command}.1")).collect();
    names.push("oscomp.1".to_owned());
    assert_eq!(fs::read_dir(&folder).expect("the folder is there").count(), names.len());
    for name in names {
        let page = folder.join(&name);
        let page = page.to_str().expect("UTF-8");
        assert_eq!(run("mandoc", &["-T", "lint", "-W", "error", page]), "", "{name}");
        let text = run("mandoc", &["-T", "html", "-O", "fragment", page]);
        assert!(text.contains("SYNOPSIS") && text.contains("--format"), "{name}: {text}");
    }
}
