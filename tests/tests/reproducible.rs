//! The same input makes the same image, byte for byte, wherever it lies.
#![forbid(unsafe_code)]

use oscomp_tests::command::{oscomp, repository};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;

/// One platform of each architecture, and the process.
const PLATFORMS: [&str; 4] = ["qemu-microvm", "qemu-virt-riscv64", "qemu-virt-aarch64", "hosted"];

/// Those of a program in C: each machine.
const MACHINES: &[&str] = PLATFORMS.split_at(3).0;

const C_PROGRAM: &str = "#include <stdio.h>\n#include <string.h>\n\nint main(int count, char **words)\n{\n    \
    printf(\"%d words, %zu letters, %s\\n\", count, strlen(words[0]), __FILE__);\n    return 0;\n}\n";

const C_MODULES: [&str; 6] =
    ["c-base", "c-errno", "c-strings", "c-stdio", "c-process", "console-descriptors"];

/// Makes a workspace in a folder with two systems, one in Rust and one in C, and builds them; their images.
fn built(folder: &Path) -> Vec<(String, Vec<u8>)> {
    fs::create_dir_all(folder).expect("a folder can be made");
    // What both need is then compiled once.
    fs::write(folder.join("Cargo.toml"), "[workspace]\nresolver = \"3\"\nmembers = [\"gadget\"]\n")
        .expect("the workspace can be written");
    let run = |arguments: &[&str]| {
        let output = Command::new(oscomp())
            .args(arguments)
            .arg("--catalog")
            .arg(repository())
            .current_dir(folder)
            .output()
            .expect("oscomp runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    run(&["new", "gadget"]);
    let system = folder.join("gadget/system.kdl");
    let text = fs::read_to_string(&system).expect("the system can be read");
    let platforms = platform_lines(&PLATFORMS);
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("platform "));
    let text: String = lines.map(|line| format!("{line}\n")).collect();
    let text = text.replacen("    app ", &format!("{platforms}    app "), 1);
    fs::write(&system, text).expect("the system can be written");
    run(&["build", "gadget"]);

    let modules: String = C_MODULES.map(|name| format!("    module \"{name}\"\n")).concat();
    let text = format!(
        "system \"greet\" {{\n{}    app \"greet\" {{ sources \"main.c\" }}\n{modules}}}\n",
        platform_lines(MACHINES)
    );
    fs::create_dir_all(folder.join("greet")).expect("a folder can be made");
    fs::write(folder.join("greet/system.kdl"), text).expect("the system can be written");
    fs::write(folder.join("greet/main.c"), C_PROGRAM).expect("the source can be written");
    run(&["build", "greet"]);

    let image = |system: &str, platform: &str| {
        let path = folder.join("target/oscomp").join(system).join(platform);
        let image = fs::read(path.join(system).with_extension("elf")).expect("the image is there");
        (format!("{system} for {platform}"), image)
    };
    let gadgets = PLATFORMS.iter().map(|platform| image("gadget", platform));
    gadgets.chain(MACHINES.iter().map(|platform| image("greet", platform))).collect()
}

fn platform_lines(names: &[&str]) -> String {
    names.iter().map(|name| format!("    platform \"{name}\"\n")).collect()
}

#[test]
fn images_of_two_folders_are_the_same() {
    let place = tempfile::tempdir().expect("a folder can be made");
    let (here, elsewhere) = (place.path().join("here"), place.path().join("elsewhere/and deeper"));
    let (one, two) = thread::scope(|scope| {
        let one = scope.spawn(|| built(&here));
        let two = built(&elsewhere);
        (one.join().expect("the images are built"), two)
    });
    for ((name, one), (_, two)) in one.iter().zip(&two) {
        assert!(one == two, "{name}: {} and {} bytes", one.len(), two.len());
    }
}
