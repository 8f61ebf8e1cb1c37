//! What C programs link against: an image has what is called and nothing else, and what is missing is named with the
//! modules that have it.
#![forbid(unsafe_code)]

use object::{Object as _, ObjectSymbol as _};
use oscomp_tests::command::{oscomp, repository};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};
use tempfile::TempDir;

#[derive(Deserialize)]
struct Built {
    debug: PathBuf,
}

fn build(system: &Path) -> Output {
    command(system, "qemu-microvm").output().expect("oscomp runs")
}

fn command(system: &Path, platform: &str) -> Command {
    let mut command = Command::new(oscomp());
    command.arg("build").arg(system).args(["--platform", platform, "--format", "json", "--catalog"]);
    command.arg(repository()).current_dir(repository());
    command
}

/// What is in the image that a build says it has made: names, with lengths in bytes.
fn symbols(output: &Output) -> BTreeMap<String, u64> {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let built: Vec<Built> = serde_json::from_slice(&output.stdout).expect("oscomp writes JSON");
    let bytes = fs::read(&built[0].debug).expect("the linked file can be read");
    let file = object::File::parse(&*bytes).expect("it is ELF");
    file.symbols().filter_map(|symbol| Some((symbol.name().ok()?.to_owned(), symbol.size()))).collect()
}

fn names(output: &Output) -> BTreeSet<String> {
    symbols(output).into_keys().collect()
}

fn length_of(symbol: &str, output: &Output) -> u64 {
    *symbols(output).get(symbol).expect("the image has the symbol")
}

#[test]
fn functions_that_nothing_calls_are_absent() {
    let symbols = names(&build(&repository().join("tests/c-library")));
    // What is small or called once lies where it is called, without a name.
    for called in ["main", "printf", "fscanf", "setjmp", "mmap", "strcspn"] {
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
    let folder = program("changed-back", &["qemu-microvm"], "", &["c-base", "c-errno", "c-process"]);
    let linked: Vec<Vec<u8>> = [21, 42, 21]
        .iter()
        .map(|status| {
            let source = format!("int main(void) {{ return {status}; }}\n");
            fs::write(folder.path().join("main.c"), source).expect("the source can be written");
            let output = build(folder.path());
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            let built: Vec<Built> = serde_json::from_slice(&output.stdout).expect("oscomp writes JSON");
            fs::read(&built[0].debug).expect("the linked file can be read")
        })
        .collect();
    assert!(linked[0] != linked[1], "the change is linked");
    assert!(linked[0] == linked[2], "and so is what it was before");
}

#[test]
fn a_hot_function_is_for_speed_in_an_image_for_size() {
    let source = "__attribute__((noinline)) unsigned sum(const volatile unsigned *place, unsigned count) {\n\
                  unsigned sum = 0; for (unsigned i = 0; i < count; i++) sum += place[i] / 7; return sum; }\n\
                  volatile unsigned numbers[64];\nint main(void) { return sum(numbers, numbers[0]); }\n";
    let folder = program("hot-function", &["qemu-microvm"], source, &["c-base", "c-errno", "c-process"]);
    let path = folder.path().join("system.kdl");
    let system = fs::read_to_string(&path).expect("the system can be read");
    let [(small, quiet), (large, warned)] = ["", "hot \"sum\" \"elsewhere\""].map(|hot| {
        let system = system.replace(" }\n", &format!("; {hot} }}\n    build {{ optimize \"size\" }}\n"));
        fs::write(&path, system).expect("the system can be written");
        let output = build(folder.path());
        (length_of("sum", &output), String::from_utf8_lossy(&output.stderr).into_owned())
    });
    assert!(small < large, "the loop of {small} and {large} bytes is unrolled");
    let warning = "warning: no source of `program` has what is named as hot: `elsewhere`";
    assert!(!quiet.contains("warning") && warned.contains(warning), "{warned}");
}

/// A folder with a program of one source and these modules.
fn program(name: &str, platforms: &[&str], source: &str, modules: &[&str]) -> TempDir {
    // Beside what other images are built of, which this one shares.
    let folder = tempfile::tempdir_in(repository().join("target")).expect("a folder can be made");
    let lines = |what: &str, names: &[&str]| -> String {
        names.iter().map(|name| format!("    {what} {name:?}\n")).collect()
    };
    let system = format!(
        "system {name:?} {{\n{}    app \"program\" {{ sources \"main.c\" }}\n{}}}\n",
        lines("platform", platforms),
        lines("module", modules)
    );
    fs::write(folder.path().join("system.kdl"), system).expect("the system can be written");
    fs::write(folder.path().join("main.c"), source).expect("the source can be written");
    folder
}

/// A program with these modules; what refuses it.
fn refused(name: &str, source: &str, modules: &[&str]) -> String {
    let folder = program(name, &["qemu-microvm"], source, modules);
    let output = build(folder.path());
    let report = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{report}");
    let image =
        repository().join("target/oscomp").join(name).join("qemu-microvm").join(name).with_extension("elf");
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

/// A clang in a folder that is called newer than any, and compiles like the one that there is.
fn newer_clang(folder: &Path) {
    let clang = find("clang");
    let script = format!(
        "#!/bin/sh\n[ \"$1\" = --version ] && {{ echo clang version 99.0.0; exit; }}\nexec {} \"$@\"\n",
        clang.display()
    );
    let program = folder.join("clang-24");
    fs::write(&program, script).expect("the program can be written");
    fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).expect("it can be run");
}

/// Where a program is.
fn find(name: &str) -> PathBuf {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut places = env::split_paths(&path).map(|folder| folder.join(name));
    places.find(|program| program.is_file()).unwrap_or_else(|| panic!("there is no {name}"))
}

#[test]
fn c_and_rust_are_optimised_together_where_clang_is_not_newer_than_the_linker() {
    let platforms = ["qemu-microvm", "qemu-virt-riscv64", "qemu-virt-aarch64"];
    // Small enough that both lie where they are called: `main` in what is Rust, `isspace` in that.
    let source =
        "#include <ctype.h>\nint main(int count, char **words) { return isspace(words[0][count]) != 0; }\n";
    let folder = program("together", &platforms, source, &["c-base", "c-errno", "c-process", "c-strings"]);
    let programs = tempfile::tempdir().expect("a folder can be made");
    without(programs.path(), &["clang"]);
    newer_clang(programs.path());
    for platform in platforms {
        let together = command(folder.path(), platform).output().expect("oscomp runs");
        let said = String::from_utf8_lossy(&together.stderr);
        assert!(!said.contains("optimised by itself"), "{said}");
        let named = names(&together);
        assert!(!named.contains("main") && !named.contains("isspace"), "{platform}: {named:?}");

        let mut apart = command(folder.path(), platform);
        let apart = apart.env("PATH", programs.path()).output().expect("oscomp runs");
        let said = String::from_utf8_lossy(&apart.stderr);
        let why = "(C and Rust each optimised by itself: clang-24 has LLVM 99, the linker ";
        assert!(said.contains(why), "{said}");
        let named = names(&apart);
        assert!(named.contains("main") && named.contains("isspace"), "{platform}: {named:?}");
    }
}

/// Makes links in a folder to all programs that can be run here, but to those whose names begin so.
fn without(folder: &Path, starts: &[&str]) {
    for place in env::split_paths(&env::var_os("PATH").unwrap_or_default()) {
        for entry in fs::read_dir(place).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let is_left_out = starts.iter().any(|start| name.to_string_lossy().starts_with(start));
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
    without(programs.path(), &["clang", "riscv64"]);
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
