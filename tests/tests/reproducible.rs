//! The same input makes the same image, byte for byte, wherever it lies.
#![forbid(unsafe_code)]

use oscomp_tests::command::{oscomp, repository};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;

/// One platform of each architecture, and the process.
const PLATFORMS: [&str; 4] = ["qemu-microvm", "qemu-virt-riscv64", "qemu-virt-aarch64", "hosted"];

/// Makes the project in a folder and builds it; its images.
fn built(folder: &Path) -> Vec<Vec<u8>> {
    fs::create_dir_all(folder).expect("a folder can be made");
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
    let platforms: String = PLATFORMS.iter().map(|name| format!("    platform \"{name}\"\n")).collect();
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("platform "));
    let text: String = lines.map(|line| format!("{line}\n")).collect();
    let text = text.replacen("    app ", &format!("{platforms}    app "), 1);
    fs::write(&system, text).expect("the system can be written");
    run(&["build", "gadget"]);
    let image = |name: &&str| folder.join("gadget/target/oscomp/gadget").join(name).join("gadget.elf");
    PLATFORMS.iter().map(|name| fs::read(image(name)).expect("the image is there")).collect()
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
    for ((name, one), two) in PLATFORMS.iter().zip(&one).zip(&two) {
        assert!(one == two, "{name}: {} and {} bytes", one.len(), two.len());
    }
}
