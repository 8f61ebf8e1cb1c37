//! The menu in a terminal: keys, screens, and the file that comes of it.
#![forbid(unsafe_code)]

use oscomp_tests::command::{oscomp, repository};
use oscomp_tests::folder::copy;
use oscomp_tests::tmux::Tmux;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// An example system in a folder of its own, with comments in its file.
fn copied(system: &str, name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("menu").join(name);
    // A run that was broken off may have left one.
    let _ = fs::remove_dir_all(&folder);
    copy(&repository().join("systems").join(system), &folder);
    let file = folder.join("system.kdl");
    let text = fs::read_to_string(&file).expect("it has a file");
    let text = text.replacen("    app ", "    // What it is for.\n    app ", 1);
    fs::write(
        &file,
        format!("// {name}\n{}", text.replacen("port 8080", "port 8080   // where it listens", 1)),
    )
    .expect("it can be written");
    folder
}

fn start(folder: &Path, columns: u16, lines: u16) -> Tmux {
    let (command, catalog) = (oscomp().to_str().expect("UTF-8"), repository().to_str().expect("UTF-8"));
    Tmux::start(columns, lines, folder, &[command, "menu", "--catalog", catalog])
}

fn check(folder: &Path) -> (bool, String) {
    let output = Command::new(oscomp())
        .args(["check", "--catalog"])
        .arg(repository())
        .current_dir(folder)
        .output()
        .expect("oscomp runs");
    (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn a_system_is_changed_and_saved() {
    let folder = copied("httpd", "changed");
    let before = fs::read_to_string(folder.join("system.kdl")).expect("it is there");
    let tmux = start(&folder, 80, 24);
    let screen = tmux.see("> app: httpd *");
    assert!(screen.contains("httpd on qemu-microvm (1 of 6)  sound"), "{screen}");

    // A value is refused while it is typed, and another is taken.
    tmux.press(&["/"]);
    tmux.write("httpd.port");
    tmux.see(">   httpd.port");
    tmux.press(&["Enter"]);
    tmux.see("> * port");
    tmux.press(&["Enter"]);
    tmux.see("value: 8080");
    tmux.write("80");
    tmux.see("! E0402");
    tmux.press(&["Enter"]);
    tmux.see("this value is refused");
    tmux.press(&["BSpace", "BSpace", "BSpace"]);
    tmux.write("1");
    tmux.see("value: 8081");
    tmux.see("│ok ");
    tmux.press(&["Enter"]);
    tmux.see("set `port` of `httpd` to 8081");
    tmux.see("sound  modified");

    // Another allocator takes the place of the platform's.
    tmux.press(&["/"]);
    tmux.write("heap");
    tmux.see(">   heap ");
    tmux.press(&["Enter"]);
    tmux.see("Heap: heap (talc)");
    tmux.press(&["c"]);
    tmux.see("what provides Heap");
    tmux.write("tlsf");
    tmux.see(">   heap = tlsf");
    tmux.see("│ok ");
    tmux.press(&["Enter"]);
    tmux.see("Heap: heap (tlsf) *");
    tmux.press(&["u"]);
    tmux.see("undone: add");
    tmux.see("Heap: heap (talc)");
    tmux.press(&["r"]);
    tmux.see("done again");
    tmux.see("Heap: heap (tlsf) *");

    // Why, in a larger terminal.
    tmux.resize(120, 40);
    tmux.press(&["w"]);
    let screen = tmux.see("system.kdl says so");
    assert!(screen.lines().any(|line| line.chars().count() > 100), "{screen}");
    // Escape and a key behind it at once would be another key.
    tmux.press(&["Escape"]);
    tmux.until("the menu without why", |screen| !screen.contains("> why"));

    tmux.press(&["q"]);
    tmux.see("not saved");
    tmux.press(&["Escape"]);
    tmux.until("the menu without a question", |screen| !screen.contains("not saved"));
    tmux.press(&["s"]);
    tmux.see("saved system.kdl");
    tmux.press(&["q"]);
    tmux.see("ended 0");

    let after = fs::read_to_string(folder.join("system.kdl")).expect("it is there");
    let last = "    module \"cpio\" as=\"site\" { archive \"site/\" }\n";
    let expected = before
        .replace("port 8080", "port 8081")
        .replace(last, &format!("{last}    module \"tlsf\" as=\"heap\"\n"));
    assert_eq!(after, expected);
    let (is_sound, report) = check(&folder);
    assert!(is_sound, "{report}");
}

#[test]
fn what_somebody_else_saved_is_not_overwritten() {
    let folder = copied("httpd", "meanwhile");
    let tmux = start(&folder, 80, 24);
    tmux.see("> app: httpd *");
    tmux.press(&["Tab", "End", "Enter"]);
    tmux.see("value: ");
    tmux.press(&["C-u"]);
    tmux.write("2min");
    tmux.press(&["Enter"]);
    tmux.see("modified");
    let file = folder.join("system.kdl");
    let theirs = fs::read_to_string(&file).expect("it is there") + "// theirs\n";
    fs::write(&file, &theirs).expect("it can be written");
    tmux.press(&["s"]);
    tmux.see("was changed meanwhile");
    tmux.press(&["q"]);
    tmux.see("not saved");
    tmux.press(&["d"]);
    tmux.see("ended 0");
    assert_eq!(fs::read_to_string(&file).expect("it is there"), theirs);
    let left = fs::read_dir(&folder).expect("it is there").filter_map(Result::ok);
    assert!(left.into_iter().all(|entry| !entry.file_name().to_string_lossy().starts_with("system.kdl.")));
}

/// A menu that is told to end leaves a terminal that can be used.
#[test]
fn the_terminal_is_restored() {
    let folder = copied("hello", "ended");
    let tmux = start(&folder, 80, 24);
    tmux.see("> app: hello *");
    tmux.terminate();
    let screen = tmux.see("ended 2");
    assert!(screen.contains("error: the menu was told to end"), "{screen}");
    let usual = tmux.until("the state of the terminal", |screen| screen.contains("speed"));
    assert!(
        !usual.contains("-icanon") && !usual.contains("-echo") && !usual.contains("app: hello"),
        "{usual}"
    );
}

#[test]
fn without_a_terminal_it_is_refused() {
    let output = Command::new(oscomp())
        .arg("menu")
        .arg(repository().join("systems/hello"))
        .stdin(Stdio::null())
        .output()
        .expect("oscomp runs");
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("needs a terminal") && said.contains("oscomp set"), "{said}");
    assert!(output.stdout.is_empty());
}

#[test]
fn the_menu_ends_with_its_terminal() {
    let folder = copied("httpd", "gone");
    let tmux = start(&folder, 80, 24);
    tmux.see("> app: httpd *");
    let process = Path::new("/proc").join(tmux.process());
    assert!(process.is_dir());
    drop(tmux);
    let ended = (0..600).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        !process.is_dir()
    });
    assert!(ended, "{} is there without a terminal", process.display());
}
