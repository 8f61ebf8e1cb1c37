//! The systems of this repository, checked against its own catalog.

use oscomp_lang::check::{CheckOptions, check};
use oscomp_lang::source::{ReadError, SourcePath, Sources};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

struct Repository {
    project: PathBuf,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

impl Repository {
    fn path(&self, path: &SourcePath) -> PathBuf {
        match path {
            SourcePath::Catalog(path) => root().join(path),
            SourcePath::Project(path) => self.project.join(path),
        }
    }
}

fn problem(path: &Path, error: &std::io::Error) -> ReadError {
    match error.kind() {
        ErrorKind::NotFound => ReadError::NotFound,
        _ if path.is_dir() => ReadError::IsFolder,
        _ => ReadError::Other(error.to_string()),
    }
}

impl Sources for Repository {
    fn read(&self, file: &SourcePath) -> Result<Arc<str>, ReadError> {
        let path = self.path(file);
        let bytes = fs::read(&path).map_err(|error| problem(&path, &error))?;
        String::from_utf8(bytes)
            .map(Arc::from)
            .map_err(|error| ReadError::NotText { offset: error.utf8_error().valid_up_to() })
    }

    fn list(&self, folder: &SourcePath) -> Result<Arc<[String]>, ReadError> {
        let path = self.path(folder);
        let entries = fs::read_dir(&path).map_err(|error| problem(&path, &error))?;
        let mut names: Vec<String> =
            entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
        names.sort();
        Ok(names.into())
    }
}

#[test]
fn every_system_is_sound() {
    let mut checked = 0;
    for entry in fs::read_dir(root().join("systems")).unwrap() {
        let project = entry.unwrap().path();
        if !project.join("system.kdl").is_file() {
            continue;
        }
        let sources = Repository { project: project.clone() };
        let file = SourcePath::Project("system.kdl".into());
        let started = std::time::Instant::now();
        let report = check(&sources, &file, &CheckOptions::default());
        println!("{}: {:?}", project.display(), started.elapsed());
        for diagnostic in &report.diagnostics {
            println!("{} {}", diagnostic.code, diagnostic.message);
            for label in &diagnostic.labels {
                println!("    {} {:?}: {}", label.file, label.span, label.text);
            }
            println!("    {:?}", diagnostic.help);
        }
        if std::env::var_os("SHOW_PLANS").is_some() {
            println!("{:#?}", report.plans);
        }
        assert_eq!(report.diagnostics, [], "{}", project.display());
        assert!(!report.plans.is_empty());
        assert_eq!(
            check(&sources, &file, &CheckOptions::default()).plans,
            report.plans,
            "the plan is the same each time"
        );
        checked += 1;
    }
    assert!(checked > 0);
}
