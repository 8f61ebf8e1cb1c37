//! A binding between instances costs nothing: in the linked image there is no indirect call for it.
//!
//! A binding is a zero-sized type, so a call through it has one target that rustc knows. If a binding
//! cost anything it would be an indirect call in, or out of, an instance's code. This test looks at each
//! indirect call and jump of the linked file and accepts three kinds, none of which a binding makes:
//!
//! - the linker's constant words with the address of one of C's memory functions, which the prebuilt
//!   libraries call that way: the target is always the same, and it is no instance;
//! - jumps through a table in the constants: a `match`;
//! - function pointers in the code that formats text, which is `core::fmt`'s `Arguments` and
//!   `dyn Write` and whatever implements its traits. That code is not an instance's: the name of a function
//!   that is one mentions its tag (`…::instances::nic`) or lies in the crate of its module.
#![forbid(unsafe_code)]

use oscomp_tests::command::{oscomp, repository};
use oscomp_tests::indirect::{Image, Indirect, Through};
use serde::Deserialize;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// The C functions that are called through the linker's words.
const MEMORY: [&str; 5] = ["memcpy", "memmove", "memset", "memcmp", "bcmp"];

#[derive(Deserialize)]
struct Built {
    debug: PathBuf,
}

/// What of a plan's instances says whose a function is.
#[derive(Deserialize)]
struct Plan {
    instances: Vec<Instance>,
}

#[derive(Deserialize)]
struct Instance {
    package: String,
}

#[test]
fn no_binding_of_hello_is_an_indirect_call() {
    check("hello");
}

#[test]
fn no_binding_of_alloc_bench_is_an_indirect_call() {
    check("alloc-bench");
}

fn check(system: &str) {
    let output = Command::new(oscomp())
        .arg("build")
        .arg(repository().join("systems").join(system))
        .args(["--platform", "qemu-microvm", "--format", "json"])
        .current_dir(repository())
        .output()
        .expect("oscomp runs");
    assert!(output.status.success(), "{system} builds: {}", String::from_utf8_lossy(&output.stderr));
    let built: Vec<Built> = serde_json::from_slice(&output.stdout).expect("oscomp writes JSON");
    let linked = repository().join(&built[0].debug);
    let folder = linked.parent().expect("the linked file is in a folder");
    let plan: Plan =
        serde_json::from_slice(&fs::read(folder.join("plan.json")).expect("the plan is beside the image"))
            .expect("the plan is JSON");
    let crates: Vec<String> =
        plan.instances.iter().map(|instance| instance.package.replace('-', "_")).collect();

    let image = Image::read(&fs::read(&linked).expect("the linked file can be read")).expect("it is ELF");
    assert!(image.functions() > 10, "the linked file has symbols");
    // The entry code in assembly has no size; it is read by eye, and is short.
    assert!(image.outside() < 1024, "{} bytes of text are in no function", image.outside());
    let found = image.indirect();
    // Were nothing found, the search would be broken: formatting a panic's message takes some.
    assert!(found.iter().any(|indirect| indirect.function.starts_with("core::fmt::")), "{found:#?}");
    let wrong: Vec<&Indirect> = found.iter().filter(|indirect| !is_innocent(indirect, &crates)).collect();
    assert!(wrong.is_empty(), "{system} has indirect calls that may be bindings: {wrong:#?}");
}

fn is_innocent(indirect: &Indirect, crates: &[String]) -> bool {
    match &indirect.through {
        Through::Constant(target) => MEMORY.contains(&target.as_str()),
        Through::Table => true,
        Through::Pointer => formats(&indirect.function) && !is_of_instance(&indirect.function, crates),
    }
}

/// Whether a function is part of formatting: `core::fmt` itself, an implementation of one of its traits,
/// or what the ABI's numbers are written with.
fn formats(function: &str) -> bool {
    function.contains("core::fmt::") || function.starts_with("oscomp_abi::text::")
}

/// Whether a function is an instance's.
fn is_of_instance(function: &str, crates: &[String]) -> bool {
    let of_module = |name: &String| function.contains(&format!("{name}::"));
    function.contains("::instances::") || crates.iter().any(of_module)
}

#[test]
fn instances_are_recognised() {
    let crates = ["oscomp_talc".to_owned()];
    assert!(is_of_instance("<&oscomp_talc::Talc<image::instances::platform> as X>::y", &crates));
    assert!(is_of_instance("oscomp_talc::tags::next", &crates));
    assert!(is_of_instance(
        "<oscomp_interfaces::console::Text<image::instances::console> as core::fmt::Write>::f",
        &crates
    ));
    assert!(!is_of_instance("core::fmt::write", &crates));
    let call =
        |function: &str| Indirect { address: 0, function: function.to_owned(), through: Through::Pointer };
    assert!(is_innocent(&call("core::fmt::write"), &crates));
    assert!(!is_innocent(&call("image::oscomp_run"), &crates));
    assert!(!is_innocent(&call("oscomp_talc::tags::next"), &crates));
}
