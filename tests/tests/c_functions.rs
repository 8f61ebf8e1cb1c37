//! What C programs link against: an image has what is called and nothing else, and what is missing is named with the
//! modules that have it.
#![forbid(unsafe_code)]

use object::{Object as _, ObjectSymbol as _};
use oscomp_tests::command::{oscomp, repository};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

#[derive(Deserialize)]
struct Built {
    debug: PathBuf,
}

fn build(system: &Path) -> Output {
    Command::new(oscomp())
        .arg("build")
        .arg(system)
        .args(["--platform", "qemu-microvm", "--format", "json", "--catalog"])
        .arg(repository())
        .current_dir(repository())
        .output()
        .expect("oscomp runs")
}

#[test]
fn functions_that_nothing_calls_are_absent() {
    let output = build(&repository().join("tests/c-library"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let built: Vec<Built> = serde_json::from_slice(&output.stdout).expect("oscomp writes JSON");
    let bytes = fs::read(&built[0].debug).expect("the linked file can be read");
    let file = object::File::parse(&*bytes).expect("it is ELF");
    let symbols: BTreeSet<&str> = file.symbols().filter_map(|symbol| symbol.name().ok()).collect();
    for called in ["main", "printf", "fscanf", "qsort", "setjmp", "mmap", "strcspn"] {
        assert!(symbols.contains(called), "`{called}` is called");
    }
    // Each is of a module that the system has.
    for unused in
        ["strcasestr", "strtok_r", "bsearch", "tgamma", "posix_memalign", "ungetc", "mktime", "getopt_long"]
    {
        assert!(!symbols.contains(unused), "`{unused}` is not called");
    }
}

/// A program with these modules, outside the repository; what refuses it.
fn refused(source: &str, modules: &[&str]) -> String {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let modules: String = modules.iter().map(|module| format!("    module {module:?}\n")).collect();
    let system = format!(
        "system \"program\" {{\n    platform \"qemu-microvm\"\n    app \"program\" {{ sources \"main.c\" }}\n{modules}}}\n"
    );
    fs::write(folder.path().join("system.kdl"), system).expect("the system can be written");
    fs::write(folder.path().join("main.c"), source).expect("the source can be written");
    let output = build(folder.path());
    let report = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{report}");
    assert!(
        !folder.path().join("target/oscomp/program/qemu-microvm/program.elf").exists(),
        "no image is left"
    );
    report
}

#[test]
fn a_missing_function_is_named_with_who_has_it() {
    let source = "#include <string.h>\nint elsewhere(void);\n\
                  int main(int count, char **words) { return strlen(words[0]) + elsewhere(); }\n";
    let report = refused(source, &["c-base", "c-errno", "c-process"]);
    assert!(report.contains("`strlen` (called by main): module `c-strings` has it"), "{report}");
    assert!(report.contains("`elsewhere` (called by main): no module of the catalog has it"), "{report}");
    assert!(report.contains("add `module"), "{report}");
}

#[test]
fn what_the_linker_refuses_is_said() {
    let source = "static _Thread_local int own;\nint main(void) { return own++; }\n";
    let report = refused(source, &["c-base", "c-errno", "c-process"]);
    assert!(report.contains("the linker refuses the image: c/program-main."), "{report}");
    assert!(report.contains("an image has no variables of threads (`_Thread_local`)"), "{report}");
}

#[test]
fn a_missing_header_is_named_with_who_has_it() {
    let report = refused("#include <stdio.h>\nint main(void) { return 0; }\n", &["c-errno", "c-process"]);
    assert!(report.contains("`<stdio.h>` comes with the module `c-base`"), "{report}");
}

#[test]
fn a_mistake_in_a_source_is_shown() {
    let report = refused("int main(void) { return nothing; }\n", &["c-base", "c-errno", "c-process"]);
    assert!(report.contains("main.c:1:25"), "{report}");
    assert!(report.contains("`main.c` of `program` does not compile for qemu-microvm"), "{report}");
}
