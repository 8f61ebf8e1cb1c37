//! Every code that the checker can give has a composition that is refused with it.
#![forbid(unsafe_code)]

use oscomp_lang::check::CheckOptions;
use oscomp_lang::explain;
use oscomp_tests::command::repository;
use oscomp_tests::sources::{Project, system};
use std::collections::BTreeSet;
use std::fs;

#[test]
fn every_code_is_covered() {
    let mut covered = BTreeSet::new();
    let mut add = |project: &Project, options: &CheckOptions| {
        covered.extend(project.check(options).diagnostics.iter().map(|finding| finding.code));
    };
    let refused = repository().join("tests/refused");
    for entry in fs::read_dir(&refused).expect("tests/refused exists") {
        add(&Project::new(entry.expect("it can be read").path()), &CheckOptions::default());
    }
    // What the command refuses before the checker sees it, what nobody would commit, and what takes an argument.
    let hello = || Project::new(repository().join("systems/hello"));
    add(&Project::new(refused.join("no-such-folder")), &CheckOptions::default());
    add(&hello().with(system(), "\n".repeat(5 << 20)), &CheckOptions::default());
    add(&hello().with(system(), "a {".repeat(10_000)), &CheckOptions::default());
    add(&hello(), &CheckOptions { platforms: Some(vec!["no-such-platform".to_owned()]) });
    let missing: Vec<_> =
        explain::ALL.iter().map(|known| known.code).filter(|code| !covered.contains(code)).collect();
    assert!(missing.is_empty(), "nothing in tests/refused is refused with {missing:?}");
    let unknown: Vec<_> = covered.iter().filter(|code| explain::explain(code).is_none()).collect();
    assert!(unknown.is_empty(), "no explanation of {unknown:?}");
}
