//! What users of other systems suffer from, row by row of the design's table: the compositions that are
//! refused are folders of `tests/refused`; what has to work is here.
#![forbid(unsafe_code)]

use oscomp_lang::check::CheckOptions;
use oscomp_lang::plan::{Parameter, Plan};
use oscomp_lang::source::{ReadError, SourcePath, Sources};
use oscomp_tests::command::repository;
use oscomp_tests::sources::{Project, system};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;

fn system_of(name: &str) -> Project {
    Project::new(repository().join("systems").join(name))
}

fn text_of(project: &Project) -> Arc<str> {
    project.read(&system()).expect("the system can be read")
}

/// The plans of a system that is sound.
fn plans(project: &Project) -> Vec<Plan> {
    let report = project.check(&CheckOptions::default());
    assert_eq!(report.diagnostics, [], "{}", text_of(project));
    assert!(!report.plans.is_empty());
    report.plans
}

#[test]
fn every_row_that_is_refused_has_its_folder() {
    for folder in [
        "misspelt-option-is-dropped-elsewhere",
        "missing-library-is-dropped-elsewhere",
        "select-with-unmet-requirements-elsewhere",
        "none-as-allocator",
        "memory-too-small-is-a-cpio-error-elsewhere",
        "two-traits-of-one-name",
        "wrong-driver-for-the-machine",
    ] {
        let report = repository().join("tests/refused").join(folder).join("report.txt");
        assert!(report.is_file(), "{}", report.display());
    }
}

/// What an instance is and what it is bound to, without where that is written.
fn bindings(plan: &Plan) -> BTreeMap<&str, (&str, Vec<&str>, Vec<String>)> {
    plan.instances
        .iter()
        .map(|instance| {
            let bound = instance.parameters.iter().filter_map(|parameter| match parameter {
                Parameter::Binding { instance, .. } => Some(instance.as_str()),
                _ => None,
            });
            let options =
                instance.options.iter().map(|option| format!("{}={}", option.name, option.value)).collect();
            (instance.name.as_str(), (instance.module.as_str(), bound.collect(), options))
        })
        .collect()
}

#[test]
fn writing_order_does_not_matter() {
    let project = system_of("two-of-each");
    let text = text_of(&project);
    // Every node of the system on a line of its own, and the app's fields on one.
    let mut nodes: Vec<String> = Vec::new();
    let mut depth = 0;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//")) {
        if depth == 1 && line != "}" {
            nodes.push(line.to_owned());
        } else if depth > 1 {
            let node = nodes.last_mut().expect("a node is open");
            node.push_str(if line == "}" { " " } else { "; " });
            node.push_str(line);
        }
        depth += line.matches('{').count();
        depth -= line.matches('}').count();
    }
    let nodes: Vec<String> = nodes.iter().map(|node| node.replace("{;", "{")).collect();
    assert!(nodes.len() > 8, "{nodes:?}");
    let expected = plans(&project);
    let by_platform =
        |plans: &[Plan], name: &str| plans.iter().find(|plan| plan.platform.name == name).cloned();
    for turn in 0..nodes.len() {
        let mut turned = nodes.clone();
        turned.rotate_left(turn);
        for order in [turned.clone(), turned.into_iter().rev().collect()] {
            let text = format!("system \"two-of-each\" {{\n{}\n}}\n", order.join("\n"));
            let found = plans(&project.clone().with(system(), text.clone()));
            for plan in &expected {
                let other = by_platform(&found, &plan.platform.name).expect("the platform is there");
                assert_eq!(bindings(plan), bindings(&other), "{text}");
            }
        }
    }
}

/// Any module that provides the interface, without a patch to the tree: here from the project's folder.
#[test]
fn an_internal_library_is_swapped_in_one_line() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("swapped");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("mine/src")).expect("the folder can be made");
    let heap = repository().join("modules/alloc/bump");
    let manifest = "[package]\nname = \"mine\"\nversion = \"0.1.0\"\n\n[dependencies]\noscomp-abi = \"0.1\"\noscomp-interfaces = \"0.1\"\noscomp-macros = \"0.1\"\n";
    fs::write(folder.join("mine/Cargo.toml"), manifest).expect("it can be written");
    fs::copy(heap.join("src/lib.rs"), folder.join("mine/src/lib.rs")).expect("it can be copied");
    let bench = repository().join("systems/alloc-bench");
    for file in ["Cargo.toml", "src/lib.rs"] {
        fs::create_dir_all(folder.join("src")).expect("the folder can be made");
        fs::copy(bench.join(file), folder.join(file)).expect("it can be copied");
    }
    let text = text_of(&system_of("alloc-bench"));
    let swapped = text.replace("module \"talc\" as=\"heap\"", "module \"mine\" as=\"heap\" path=\"mine\"");
    assert_ne!(*text, *swapped);
    for plan in plans(&Project::new(&folder).with(system(), swapped)) {
        let heap = plan.instance("heap").expect("there is a heap");
        assert_eq!(heap.source, SourcePath::Project("mine".to_owned()));
    }
    for module in ["talc", "tlsf", "buddy", "linked-list", "bump"] {
        let text = text.replace("module \"talc\" as=\"heap\"", &format!("module \"{module}\" as=\"heap\""));
        for plan in plans(&system_of("alloc-bench").with(system(), text.clone())) {
            assert_eq!(plan.instance("heap").map(|heap| heap.module.as_str()), Some(module));
        }
    }
}

/// The devices of the plan bring their own arguments for the emulator, and only those that are claimed do.
#[test]
fn no_example_needs_a_flag_at_run_time() {
    for plan in plans(&system_of("two-of-each")) {
        for resource in plan.resources.iter().filter(|resource| resource.space == "device") {
            let device = plan.platform.device(&resource.value).expect("a device of the platform");
            // The debugger's console is part of some emulators' machines, and asked for on others.
            if device.kind == "semihosting" {
                continue;
            }
            let is_serial = ["uart-16550", "pl011"].contains(&device.kind.as_str());
            assert_eq!(is_serial, !device.arguments.is_empty(), "{} on {}", device.name, plan.platform.name);
        }
    }
}

/// What tools change in the file leaves every other byte as it was.
#[test]
fn changes_keep_comments_and_layout() {
    let text = "// Ours.\nsystem \"hello\" {\n\tplatform  \"qemu-microvm\" /* small */\n\n    app \"hello\" {\n        greting   \"hi\" // for guests\n    }\n}\n";
    let project = system_of("hello").with(system(), text);
    let report = project.check(&CheckOptions::default());
    let [finding] = report.diagnostics.as_slice() else { panic!("{:?}", report.diagnostics) };
    let mended = project.mended(&finding.fixes[0]);
    assert_eq!(*text_of(&mended), *text.replace("greting", "greeting"));
    plans(&mended);
}

/// Records which files of the project are read.
struct Recorded {
    project: Project,
    read: RefCell<BTreeSet<String>>,
}

impl Sources for Recorded {
    fn read(&self, file: &SourcePath) -> Result<Arc<str>, ReadError> {
        if let SourcePath::Project(path) = file {
            self.read.borrow_mut().insert(path.clone());
        }
        self.project.read(file)
    }

    fn list(&self, folder: &SourcePath) -> Result<Arc<[String]>, ReadError> {
        self.project.list(folder)
    }
}

/// No second copy of the configuration can shadow the file, since no other file is read.
#[test]
fn a_stale_configuration_shadows_nothing() {
    let sources = Recorded { project: system_of("hello"), read: RefCell::default() };
    let report = oscomp_lang::check::check(&sources, &system(), &CheckOptions::default());
    assert!(report.is_sound());
    let read: Vec<String> = sources.read.into_inner().into_iter().collect();
    assert_eq!(read, ["Cargo.toml", "src/lib.rs", "system.kdl"]);
}
