//! `oscomp check --format sarif`: valid by the schema of the standard for every composition of `tests/refused`, and
//! as useful as the report for people.
#![forbid(unsafe_code)]

use oscomp_tests::command::{oscomp, repository};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The schema of SARIF 2.1.0, which a package of the registry has.
fn schema() -> Value {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1"])
        .current_dir(repository())
        .output()
        .expect("cargo runs");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo prints JSON");
    let packages = metadata["packages"].as_array().expect("there are packages");
    let package =
        packages.iter().find(|package| package["name"] == "serde-sarif").expect("it is a dependency");
    let manifest = Path::new(package["manifest_path"].as_str().expect("it has a manifest"));
    let text =
        fs::read_to_string(manifest.with_file_name("src").join("schema.json")).expect("it has the schema");
    serde_json::from_str(&text).expect("the schema is JSON")
}

/// What check prints of a system, and its status.
fn check(folder: &str, further: &[&str]) -> (Value, i32) {
    let output = Command::new(oscomp())
        .args(["check", folder, "--format", "sarif"])
        .args(further)
        .current_dir(repository())
        .output()
        .expect("oscomp runs");
    let log = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("{folder}: {error}: {}", String::from_utf8_lossy(&output.stdout));
    });
    (log, output.status.code().expect("it ends by itself"))
}

fn refused() -> Vec<PathBuf> {
    let folder = repository().join("tests/refused");
    let entries =
        fs::read_dir(folder).expect("tests/refused exists").map(|entry| entry.expect("an entry").path());
    // Those over a catalog of their own are the business of `refused.rs`.
    let mut folders: Vec<PathBuf> = entries
        .filter(|folder| folder.join("system.kdl").exists() && !folder.join("catalog").is_dir())
        .collect();
    folders.sort();
    folders
}

#[test]
fn every_report_is_valid() {
    let mut schema = schema();
    // No expression that every engine takes, and for properties that are not printed.
    for owner in ["run", "toolComponent"] {
        let language = &mut schema["definitions"][owner]["properties"]["language"];
        language.as_object_mut().expect("a schema").remove("pattern").expect("it has a pattern");
    }
    assert_eq!(schema["properties"]["version"]["enum"][0], "2.1.0");
    let validator = jsonschema::validator_for(&schema).expect("the schema is valid itself");
    let (mut results, mut fixes, mut related) = (0, 0, 0);
    let mut codes = BTreeSet::new();
    let sound = repository().join("systems/hello");
    for folder in refused().into_iter().chain([sound]) {
        let path =
            folder.strip_prefix(repository()).expect("it is in the repository").to_str().expect("UTF-8");
        let arguments = fs::read_to_string(folder.join("arguments")).unwrap_or_default();
        let (log, status) = check(path, &arguments.split_whitespace().collect::<Vec<_>>());
        let problems: Vec<String> =
            validator.iter_errors(&log).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(problems.is_empty(), "{path}: {problems:#?}");
        let found = log["runs"][0]["results"].as_array().expect("there are results");
        let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().expect("there are rules");
        let errors = found.iter().filter(|result| result["level"] == "error").count();
        assert_eq!(status, i32::from(errors > 0), "{path}");
        for result in found {
            results += 1;
            fixes += result["fixes"].as_array().map_or(0, Vec::len);
            related += result["relatedLocations"].as_array().map_or(0, Vec::len);
            let index = result["ruleIndex"].as_u64().expect("a code is a rule") as usize;
            assert_eq!(rules[index]["id"], result["ruleId"], "{path}");
            codes.insert(result["ruleId"].as_str().expect("a code").to_owned());
            let uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
                .as_str()
                .expect("a place");
            assert!(repository().join(uri).is_file(), "{path}: {uri}");
        }
    }
    assert!(
        results > 150 && fixes > 40 && related > 40,
        "{results} results, {fixes} fixes, {related} related"
    );
    assert!(codes.len() > 50, "{codes:?}");
}

#[test]
fn a_fix_is_where_it_has_to_be() {
    let (log, _) = check("tests/refused/misspelt-option-is-dropped-elsewhere", &[]);
    let result = &log["runs"][0]["results"][0];
    let change = &result["fixes"][0]["artifactChanges"][0];
    let uri = change["artifactLocation"]["uri"].as_str().expect("a file");
    let text = fs::read_to_string(repository().join(uri)).expect("it can be read");
    let region = &change["replacements"][0]["deletedRegion"];
    let at = |name: &str| region[name].as_u64().expect("a number") as usize;
    assert_eq!(at("startLine"), at("endLine"));
    let line: Vec<char> = text.lines().nth(at("startLine") - 1).expect("the line").chars().collect();
    let word: String = line[at("startColumn") - 1..at("endColumn") - 1].iter().collect();
    let message = result["message"]["text"].as_str().expect("a message");
    assert!(message.contains(&format!("`{word}`")), "{message}: {word}");
}

#[test]
fn other_commands_have_no_such_form() {
    for arguments in [["why", "console"], ["list", "modules"], ["check", "--matrix"]] {
        let output = Command::new(oscomp())
            .args(arguments)
            .args(["--system", "systems/hello", "--format", "sarif"])
            .current_dir(repository())
            .output()
            .expect("oscomp runs");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty());
    }
}
