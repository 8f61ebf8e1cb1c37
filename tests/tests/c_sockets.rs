//! A program in C that uses sockets, pipes and what waits for them prints in an image what it prints as a process of this
//! machine.
#![forbid(unsafe_code)]

use oscomp_tests::command::{oscomp, repository};
use std::process::Command;

const PLATFORMS: [&str; 3] = ["qemu-microvm", "qemu-virt-riscv64", "qemu-virt-aarch64"];

/// What the program prints here.
fn printed_here() -> String {
    let sources = repository().join("tests/c-sockets");
    let folder = tempfile::tempdir().expect("a folder can be made");
    let program = folder.path().join("checks");
    let compiled = Command::new("cc")
        .args(["-D_GNU_SOURCE", "-O1", "-o"])
        .arg(&program)
        .args(["main.c", "pipes.c", "streams.c", "datagrams.c", "names.c"])
        .current_dir(&sources)
        .output()
        .expect("the host has a compiler for C");
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    let output = Command::new(&program).output().expect("the program runs");
    assert!(output.status.success());
    String::from_utf8(output.stdout).expect("it prints text")
}

#[test]
fn an_image_prints_what_a_process_prints() {
    let expected = printed_here();
    for platform in PLATFORMS {
        let output = Command::new(oscomp())
            .arg("run")
            .arg(repository().join("tests/c-sockets"))
            .args(["--platform", platform, "--catalog"])
            .arg(repository())
            .current_dir(repository())
            .output()
            .expect("oscomp runs");
        let printed = String::from_utf8_lossy(&output.stdout);
        let report = String::from_utf8_lossy(&output.stderr);
        let lines = expected.lines().zip(printed.lines());
        if let Some((here, there)) = lines.into_iter().find(|(here, there)| here != there) {
            panic!("{platform}: expected\n  {here}\nbut there is\n  {there}\n{report}");
        }
        assert_eq!(expected.lines().count(), printed.lines().count(), "{platform}: {report}");
        assert!(output.status.success(), "{platform}: {report}");
    }
}
