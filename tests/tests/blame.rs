//! What rustc refuses although check did not see it, told in terms of `system.kdl`.
#![forbid(unsafe_code)]

use oscomp_tests::command::{oscomp, repository};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A new project, outside the repository.
struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let project = Self { folder };
        let made = project.oscomp(&["new", "gadget"]);
        assert!(made.status.success(), "{}", shown(&made));
        project.share_what_is_compiled();
        project
    }

    /// What is compiled of other crates is kept for all projects of these tests: they are refused in their own.
    fn share_what_is_compiled(&self) {
        let shared = repository().join("target/blame-cargo");
        let build = self.path().join("target/oscomp");
        for folder in [&shared, &build] {
            fs::create_dir_all(folder).expect("a folder can be made");
        }
        symlink(shared, build.join("cargo")).expect("a link can be made");
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("gadget")
    }

    fn oscomp(&self, arguments: &[&str]) -> Output {
        Command::new(oscomp())
            .args(arguments)
            .arg("--catalog")
            .arg(repository())
            .current_dir(self.folder.path())
            .output()
            .expect("oscomp runs")
    }

    /// Replaces a piece of the app's source.
    fn replace(&self, from: &str, to: &str) {
        let source = self.path().join("src/lib.rs");
        let text = fs::read_to_string(&source).expect("the source can be read");
        assert!(text.contains(from), "the template has {from:?}");
        fs::write(&source, text.replacen(from, to, 1)).expect("the source can be written");
    }

    /// Checks that check finds nothing, and gives what a refused build says.
    fn refused(&self) -> String {
        let checked = self.oscomp(&["check", "gadget"]);
        assert!(checked.status.success(), "{}", shown(&checked));
        let built = self.oscomp(&["build", "gadget", "--platform", "qemu-microvm"]);
        assert_eq!(built.status.code(), Some(1), "{}", shown(&built));
        assert!(!has_image(&self.path().join("target")), "a refused build leaves no image");
        String::from_utf8_lossy(&built.stderr).into_owned()
    }

    /// Where `system.kdl` names the app, as a report says it.
    fn app(&self) -> String {
        let text = fs::read_to_string(self.path().join("system.kdl")).expect("the system can be read");
        let (index, line) = text
            .lines()
            .enumerate()
            .find(|(_, line)| line.contains("app \"gadget\""))
            .expect("it has an app");
        let column = line.find("app").expect("found above") + 1;
        format!("gadget/system.kdl:{}:{column}", index + 1)
    }
}

fn has_image(folder: &Path) -> bool {
    fs::read_dir(folder).into_iter().flatten().flatten().any(|entry| {
        let path = entry.path();
        path.file_name().is_some_and(|name| name == "gadget.elf")
            || (path.is_dir() && !path.is_symlink() && has_image(&path))
    })
}

fn shown(output: &Output) -> String {
    format!(
        "status {:?}\n{}{}",
        output.status.code(),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[test]
fn a_mistake_in_a_modules_source_is_the_modules() {
    let project = Project::new();
    project.replace("Status::SUCCESS", "7");
    let report = project.refused();
    assert!(report.contains("--> gadget/src/lib.rs:43:9"), "{report}");
    let whose = format!("the source of module `gadget` does not compile ({})", project.app());
    assert!(report.contains(&whose), "{report}");
    assert!(!report.contains("bug of oscomp"), "{report}");
}

#[test]
fn a_signature_that_demands_what_it_does_not_say_is_refused_in_its_own_source() {
    let project = Project::new();
    project.replace(
        "impl<Output: Console, Settings: Config<Options>> Gadget",
        "pub trait Special {}\nimpl<Output: Console + Special, Settings: Config<Options>> Gadget",
    );
    let report = project.refused();
    assert!(report.contains("trait bound `Output: Special` was not satisfied"), "{report}");
    let whose = format!("the source of module `gadget` does not compile ({})", project.app());
    assert!(report.contains(&whose), "{report}");
}

#[test]
fn glue_that_is_refused_names_the_instance_its_line_and_whose_fault_it_is() {
    let project = Project::new();
    // The signature that check reads is there, and rustc leaves it out.
    project.replace("#![no_std]", "#![no_std]\n#![cfg(target_arch = \"none of them\")]");
    let report = project.refused();
    assert!(report.contains("cannot find type `Gadget` in crate `::gadget`"), "{report}");
    let instance = format!("instance `gadget` of module `gadget` ({})", project.app());
    assert!(report.contains("rustc refuses the glue of gadget for qemu-microvm"), "{report}");
    assert!(report.contains(&instance), "{report}");
    assert!(report.contains("it is a bug of oscomp, or of the module if its signature lies"), "{report}");
}
