//! A system and the catalog that it is composed from.

use crate::catalog::{self, Catalog};
use crate::command::{Global, SystemArgument};
use crate::failure::Failure;
use crate::output::Output;
use crate::report;
use oscomp_lang::check::{CheckOptions, Matrix, Report, check, matrix};
use oscomp_lang::plan::Plan;
use oscomp_lang::source::{ReadError, SourcePath, Sources};
use std::env;
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// A system and the catalog that it is composed from.
#[derive(Clone, Debug)]
pub struct Session {
    /// The folder of the system's file, absolute.
    pub folder: PathBuf,
    /// The name of the system's file in it.
    pub file: String,
    /// The system's file as the user would write it, for messages.
    pub shown: String,
    /// Where modules come from.
    pub catalog: Catalog,
    /// The only platform that is asked for.
    pub platform: Option<String>,
}

impl Session {
    /// Finds the system that the command line names, and its catalog.
    pub fn open(global: &Global, argument: &SystemArgument) -> Result<Self, Failure> {
        let given = argument.positional.as_deref().or(global.system.as_deref());
        let mut path = given.unwrap_or(Path::new("")).to_owned();
        if path.as_os_str().is_empty() || path.is_dir() {
            path.push("system.kdl");
        }
        if !path.is_file() {
            return Err(absent(&path, given.is_some()));
        }
        let unreadable = |error: &dyn std::fmt::Display| {
            Failure::environment(
                format!("{} cannot be read: {error}", path.display()),
                "check the path and its permissions",
            )
        };
        let absolute = path.canonicalize().map_err(|error| unreadable(&error))?;
        let file = absolute
            .file_name()
            .and_then(OsStr::to_str)
            .ok_or_else(|| unreadable(&"its name is not UTF-8"))?
            .to_owned();
        let folder = absolute.parent().unwrap_or(Path::new("/")).to_owned();
        let catalog = Catalog::find(global.catalog.as_deref(), &folder)?;
        Ok(Self {
            folder,
            file,
            shown: path.display().to_string(),
            catalog,
            platform: global.platform.clone(),
        })
    }

    /// Checks the system.
    pub fn check(&self) -> Report {
        self.check_with(self)
    }

    /// Checks the system as some sources have it.
    pub fn check_with(&self, sources: &dyn Sources) -> Report {
        let options = CheckOptions { platforms: self.platform.clone().map(|name| vec![name]) };
        check(sources, &SourcePath::Project(self.file.clone()), &options)
    }

    /// Checks the system on every platform and with every module that could take another's place.
    pub fn matrix(&self) -> Result<Matrix, Box<Report>> {
        matrix(self, &SourcePath::Project(self.file.clone()))
    }

    /// Checks the system and gives the plans of the platforms that are asked for, at least one. If it is
    /// refused the report is printed, and the failure says no more.
    pub fn plans(&self, output: &Output) -> Result<Vec<Plan>, Failure> {
        let report = self.check();
        if !report.is_sound() {
            report::print(self, &report, output);
            return Err(Failure::Reported);
        }
        report::note(self, &report, output);
        Ok(report.plans)
    }

    /// Where a source is on this machine, with the catalog in that folder.
    pub fn located(&self, catalog: &Path, source: &SourcePath) -> PathBuf {
        match source {
            SourcePath::Catalog(path) => catalog.join(path),
            SourcePath::Project(path) => self.folder.join(path),
        }
    }

    /// A source as the user would write its path.
    pub fn show(&self, source: &SourcePath) -> String {
        match source {
            SourcePath::Project(path) if *path == self.file => self.shown.clone(),
            SourcePath::Project(path) => relative(&self.folder.join(path)),
            SourcePath::Catalog(path) => match &self.catalog {
                Catalog::Embedded => source.to_string(),
                Catalog::Folder(root) => relative(&root.join(path)),
            },
        }
    }

    /// The file of a place in a plan as the user would write its path.
    pub fn show_place(&self, file: &str) -> String {
        self.show(&match file.strip_prefix("catalog/") {
            Some(path) => SourcePath::Catalog(path.to_owned()),
            None => SourcePath::Project(file.to_owned()),
        })
    }
}

/// A path with `..` resolved as it is written.
pub fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match (part, plain.components().next_back()) {
            (Component::ParentDir, Some(Component::Normal(_))) => {
                plain.pop();
            }
            (Component::ParentDir, Some(Component::RootDir)) => {}
            _ => plain.push(part),
        }
    }
    plain
}

/// A path relative to the current folder, if it is in it; `..` is resolved as it is written.
pub fn relative(path: &Path) -> String {
    let here = env::current_dir().ok();
    let path = &plain(path);
    let inside = here.as_deref().and_then(|here| path.strip_prefix(here).ok());
    inside.unwrap_or(path).display().to_string()
}

impl Sources for Session {
    fn read(&self, file: &SourcePath) -> Result<Arc<str>, ReadError> {
        match file {
            SourcePath::Catalog(path) => self.catalog.read(path),
            SourcePath::Project(path) => catalog::read_file(&self.folder.join(path)),
        }
    }

    fn list(&self, folder: &SourcePath) -> Result<Arc<[String]>, ReadError> {
        match folder {
            SourcePath::Catalog(path) => self.catalog.list(path),
            SourcePath::Project(path) => catalog::read_folder(&self.folder.join(path)),
        }
    }
}

fn absent(path: &Path, given: bool) -> Failure {
    let here =
        env::current_dir().map_or_else(|_| "this folder".to_owned(), |path| path.display().to_string());
    if given {
        Failure::environment(
            format!("there is no system at {}", path.display()),
            "name a system's file, or the folder that holds its system.kdl",
        )
    } else {
        Failure::environment(
            format!("there is no system.kdl in {here}"),
            "name the system (`oscomp check FOLDER`), or make one: `oscomp new FOLDER`",
        )
    }
}
