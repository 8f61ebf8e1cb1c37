//! What C programs link against: an image has what is called and nothing else, and what is missing is named with the
//! modules that have it.
#![forbid(unsafe_code)]

use object::{Object as _, ObjectSection as _, ObjectSymbol as _};
use oscomp_tests::command::{oscomp, repository};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

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

#[test]
fn a_source_that_is_changed_back_is_linked_again() {
    let target = repository().join("target");
    let folder = tempfile::tempdir_in(&target).expect("a folder can be made");
    let system = "system \"changed-back\" {\n    platform \"qemu-microvm\"\n    app \"program\" { sources \"main.c\" }\n    \
                  module \"c-base\"\n    module \"c-errno\"\n    module \"c-process\"\n}\n";
    fs::write(folder.path().join("system.kdl"), system).expect("the system can be written");
    for status in [21, 42, 21] {
        let source = format!("int main(void) {{ return {status}; }}\n");
        fs::write(folder.path().join("main.c"), source).expect("the source can be written");
        let output = build(folder.path());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let built: Vec<Built> = serde_json::from_slice(&output.stdout).expect("oscomp writes JSON");
        let bytes = fs::read(&built[0].debug).expect("the linked file can be read");
        let file = object::File::parse(&*bytes).expect("it is ELF");
        let main = file.symbols().find(|symbol| symbol.name() == Ok("main")).expect("it has main");
        let section = file.section_by_name(".text").expect("it has code");
        let code = section.data_range(main.address(), main.size()).ok().flatten().expect("main has code");
        assert!(code.contains(&status), "{code:x?}");
    }
}

/// A program with these modules; what refuses it.
fn refused(name: &str, source: &str, modules: &[&str]) -> String {
    // Beside what other images are built of, which this one shares.
    let target = repository().join("target");
    let folder = tempfile::tempdir_in(&target).expect("a folder can be made");
    let modules: String = modules.iter().map(|module| format!("    module {module:?}\n")).collect();
    let system = format!(
        "system {name:?} {{\n    platform \"qemu-microvm\"\n    app \"program\" {{ sources \"main.c\" }}\n{modules}}}\n"
    );
    fs::write(folder.path().join("system.kdl"), system).expect("the system can be written");
    fs::write(folder.path().join("main.c"), source).expect("the source can be written");
    let output = build(folder.path());
    let report = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{report}");
    let image = target.join("oscomp").join(name).join("qemu-microvm").join(name).with_extension("elf");
    assert!(!image.exists(), "no image is left");
    report
}

#[test]
fn a_missing_function_is_named_with_who_has_it() {
    let source = "#include <string.h>\nint elsewhere(void);\n\
                  int main(int count, char **words) { return strlen(words[0]) + elsewhere(); }\n";
    let report = refused("missing-function", source, &["c-base", "c-errno", "c-process"]);
    assert!(report.contains("`strlen` (called by main): module `c-strings` has it"), "{report}");
    assert!(report.contains("`elsewhere` (called by main): no module of the catalog has it"), "{report}");
    assert!(report.contains("add `module"), "{report}");
}

#[test]
fn what_the_linker_refuses_is_said() {
    let source = "static _Thread_local int own;\nint main(void) { return own++; }\n";
    let report = refused("thread-variable", source, &["c-base", "c-errno", "c-process"]);
    assert!(report.contains("the linker refuses the image: c/program-main."), "{report}");
    assert!(report.contains("an image has no variables of threads (`_Thread_local`)"), "{report}");
}

#[test]
fn a_missing_header_is_named_with_who_has_it() {
    let report = refused(
        "missing-header",
        "#include <stdio.h>\nint main(void) { return 0; }\n",
        &["c-errno", "c-process"],
    );
    assert!(report.contains("`<stdio.h>` comes with the module `c-base`"), "{report}");
}

#[test]
fn a_mistake_in_a_source_is_shown() {
    let report =
        refused("mistake-in-c", "int main(void) { return nothing; }\n", &["c-base", "c-errno", "c-process"]);
    assert!(report.contains("main.c:1:25"), "{report}");
    assert!(report.contains("`main.c` of `program` does not compile for qemu-microvm"), "{report}");
}

/// Makes links in a folder to all programs that can be run here, but to clang and to what compiles for RISC-V.
fn without_clang(folder: &Path) {
    for place in env::split_paths(&env::var_os("PATH").unwrap_or_default()) {
        for entry in fs::read_dir(place).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let is_left_out =
                ["clang", "riscv64"].iter().any(|start| name.to_string_lossy().starts_with(start));
            let link = folder.join(&name);
            if !is_left_out && !link.exists() {
                symlink(entry.path(), link).expect("a link can be made");
            }
        }
    }
}

#[test]
fn gcc_compiles_for_this_architecture_alone() {
    let programs = tempfile::tempdir().expect("a folder can be made");
    without_clang(programs.path());
    let run = |platform: &str, path: Option<&Path>| {
        let mut command = Command::new(oscomp());
        if let Some(path) = path {
            command.env("PATH", path);
        }
        let system = repository().join("tests/c-library");
        command.arg("run").arg(system).args(["--platform", platform, "--timeout", "120"]);
        command.current_dir(repository()).output().expect("oscomp runs")
    };
    let (gcc, clang) = (run("qemu-microvm", Some(programs.path())), run("qemu-microvm", None));
    assert_eq!(String::from_utf8_lossy(&gcc.stdout), String::from_utf8_lossy(&clang.stdout), "{gcc:?}");
    assert_eq!(gcc.status.code(), Some(3), "{gcc:?}");

    let refused = run("qemu-virt-riscv64", Some(programs.path()));
    let report = String::from_utf8_lossy(&refused.stderr);
    assert!(report.contains("there is no compiler of C for riscv64"), "{report}");
    assert_eq!(refused.status.code(), Some(2), "{report}");
}
