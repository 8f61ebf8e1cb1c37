//! A change that a report offers must do what it says: applied, its finding is gone.
#![forbid(unsafe_code)]

use oscomp_lang::check::CheckOptions;
use oscomp_lang::diagnostic::{Diagnostic, Fix, Severity};
use oscomp_tests::command::repository;
use oscomp_tests::sources::Project;
use std::fmt::Write as _;
use std::fs;

/// What is wrong with a fix, if anything is.
fn problem(project: &Project, before: &[Diagnostic], finding: &Diagnostic, fix: &Fix) -> Option<String> {
    let after = project.mended(fix).check(&CheckOptions::default()).diagnostics;
    let same = |other: &&Diagnostic| {
        (other.code, other.message.as_str()) == (finding.code, finding.message.as_str())
    };
    if after.iter().filter(same).count() >= before.iter().filter(same).count() {
        return Some("the finding is still there".to_owned());
    }
    // A syntax error hides what is behind it, so mending one may bring others to light; nothing else may.
    let is_syntax = |diagnostic: &Diagnostic| diagnostic.code.starts_with("E01");
    if before.iter().any(is_syntax) {
        return None;
    }
    after
        .iter()
        .find(|diagnostic| is_syntax(diagnostic))
        .map(|new| format!("the file is broken now: {}", new.message))
}

#[test]
fn every_fix_removes_its_finding() {
    let mut applied = 0;
    let mut problems = String::new();
    for entry in fs::read_dir(repository().join("tests/refused")).expect("tests/refused exists") {
        let folder = entry.expect("it can be read").path();
        let project = Project::new(&folder);
        let report = project.check(&CheckOptions::default());
        for finding in &report.diagnostics {
            for fix in &finding.fixes {
                applied += 1;
                if let Some(problem) = problem(&project, &report.diagnostics, finding, fix) {
                    let _ = writeln!(
                        problems,
                        "{}: {} {}: fix `{}` {:?}: {problem}",
                        folder.display(),
                        finding.code,
                        finding.message,
                        fix.title,
                        fix.edits
                    );
                }
            }
        }
    }
    assert!(problems.is_empty(), "{problems}");
    assert!(applied >= 40, "only {applied} fixes were tried");
}

/// Applies the first fix of each finding, one by one, as `check --fix` and editors do.
#[test]
fn a_system_full_of_slips_is_mended_by_its_fixes() {
    let mut project = Project::new(repository().join("systems/hello")).with(
        oscomp_tests::sources::system(),
        r#"system "hello" {
    platfrom "qemu-microwm" { memory "16MB" }
    app "hello"
    module "talk" as="Heap" { szie "1MiB" }
    build { optimise "sise" }
}
"#,
    );
    for _ in 0..16 {
        let report = project.check(&CheckOptions::default());
        let errors = || report.diagnostics.iter().filter(|found| found.severity == Severity::Error);
        let Some(fix) = errors().find_map(|finding| finding.fixes.first()) else {
            let left: Vec<_> = errors().collect();
            assert!(left.is_empty(), "no fix for {left:#?}");
            return;
        };
        project = project.mended(fix);
    }
    panic!("the fixes do not come to an end");
}
