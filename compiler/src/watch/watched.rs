//! What a system is made of, as files and folders of this machine.

use super::dependencies;
use crate::catalog::Catalog;
use crate::session::Session;
use oscomp_lang::plan::Plan;
use oscomp_lang::source::{ReadError, SourcePath, Sources};
use oscomp_lang::value::{CPath, Value};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// Entries of folders that are looked at, at the most: far more than sources and archives have.
const ENTRIES: usize = 50_000;

/// What there is to watch. What does not exist is watched for as well.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watched {
    /// Files.
    pub files: BTreeSet<PathBuf>,
    /// Folders with all that is in them.
    pub folders: BTreeSet<PathBuf>,
    /// Folders of which only the names of the entries matter.
    pub listings: BTreeSet<PathBuf>,
}

/// What tells a state of the watched files from the next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State(BTreeMap<PathBuf, Option<(u64, Option<SystemTime>)>>);

/// Sources that record what is read of them.
pub struct Recorder<'s> {
    session: &'s Session,
    watched: RefCell<Watched>,
}

impl<'s> Recorder<'s> {
    /// Records what is read of a session.
    pub fn new(session: &'s Session) -> Self {
        let recorder = Self { session, watched: RefCell::default() };
        recorder.watched.borrow_mut().files.insert(session.folder.join(&session.file));
        recorder
    }

    /// What has been read, with what building some plans reads beyond it.
    pub fn finish(self, plans: &[Plan]) -> Watched {
        let mut watched = self.watched.into_inner();
        let instances = || plans.iter().flat_map(|plan| &plan.instances);
        // rustc reads more of a module than its signature.
        let modules = instances().filter_map(|instance| located(self.session, &instance.source));
        for folder in dependencies::closure(modules) {
            watched.folders.insert(folder.join("src"));
            watched.files.insert(folder.join("Cargo.toml"));
            watched.files.insert(folder.join("build.rs"));
        }
        for instance in instances() {
            for setting in &instance.options {
                watched.add_value(&self.session.folder, &setting.value);
            }
        }
        watched
    }
}

/// Where a source is; none for what is packed into the command.
fn located(session: &Session, source: &SourcePath) -> Option<PathBuf> {
    match (source, &session.catalog) {
        (SourcePath::Project(path), _) => Some(session.folder.join(path)),
        (SourcePath::Catalog(path), Catalog::Folder(root)) => Some(root.join(path)),
        (SourcePath::Catalog(_), Catalog::Embedded) => None,
    }
}

impl Sources for Recorder<'_> {
    fn read(&self, file: &SourcePath) -> Result<Arc<str>, ReadError> {
        self.watched.borrow_mut().files.extend(located(self.session, file));
        self.session.read(file)
    }

    fn list(&self, folder: &SourcePath) -> Result<Arc<[String]>, ReadError> {
        self.watched.borrow_mut().listings.extend(located(self.session, folder));
        self.session.list(folder)
    }
}

impl Watched {
    /// What an option makes a build read.
    fn add_value(&mut self, project: &Path, value: &Value) {
        match value {
            Value::File(path) | Value::CSource(CPath::Project(path)) => {
                self.files.insert(project.join(path));
            }
            Value::Archive { path, packed: false } | Value::CInclude(CPath::Project(path)) => {
                self.folders.insert(project.join(path));
            }
            Value::List(values) => values.iter().for_each(|value| self.add_value(project, value)),
            _ => {}
        }
    }

    /// The folders to have a look at when something happens in them, each with whether all within it counts.
    pub fn places(&self) -> BTreeMap<PathBuf, bool> {
        let mut places = BTreeMap::new();
        let parents = self.files.iter().filter_map(|file| file.parent());
        for folder in parents.chain(self.listings.iter().map(PathBuf::as_path)) {
            places.entry(existing(folder)).or_insert(false);
        }
        for folder in &self.folders {
            // That of the folder itself says when it goes and comes again.
            if let Some(parent) = folder.parent() {
                places.entry(existing(parent)).or_insert(false);
            }
            if folder.is_dir() {
                places.insert(folder.clone(), true);
            }
        }
        places
    }

    /// How everything is now.
    pub fn state(&self) -> State {
        let mut state = BTreeMap::new();
        for file in &self.files {
            state.insert(file.clone(), fs::metadata(file).ok().map(|metadata| stamp(&metadata)));
        }
        for folder in &self.listings {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                state.entry(entry.path()).or_insert(Some((0, None)));
            }
        }
        let mut pending: Vec<PathBuf> = self.folders.iter().cloned().collect();
        while let Some(folder) = pending.pop() {
            for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
                let path = entry.path();
                // Not through links, which may lead in circles.
                let Ok(metadata) = entry.metadata() else { continue };
                if state.len() >= ENTRIES {
                    return State(state);
                }
                if metadata.is_dir() {
                    state.insert(path.clone(), Some((0, None)));
                    pending.push(path);
                } else {
                    state.insert(path, Some(stamp(&metadata)));
                }
            }
        }
        State(state)
    }
}

fn stamp(metadata: &Metadata) -> (u64, Option<SystemTime>) {
    (metadata.len(), metadata.modified().ok())
}

/// The closest folder that is there.
fn existing(folder: &Path) -> PathBuf {
    folder.ancestors().find(|folder| folder.is_dir()).unwrap_or(Path::new("/")).to_owned()
}

impl State {
    /// Something that differs, if anything does.
    pub fn difference(&self, other: &Self) -> Option<PathBuf> {
        let differs = |path: &&PathBuf| self.0.get(*path) != other.0.get(*path);
        self.0.keys().chain(other.0.keys()).find(differs).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_comes_and_goes_is_seen() {
        let temporary = tempfile::tempdir().unwrap();
        let root = temporary.path();
        let watched = Watched {
            files: [root.join("system.kdl")].into(),
            folders: [root.join("src")].into(),
            listings: [root.join("modules")].into(),
        };
        let mut last = watched.state();
        let mut seen = |what: &str, expected: Option<&str>| {
            let now = watched.state();
            assert_eq!(last.difference(&now), expected.map(|path| root.join(path)), "{what}");
            last = now;
        };
        seen("nothing", None);
        fs::write(root.join("system.kdl"), "a").unwrap();
        seen("a file comes", Some("system.kdl"));
        fs::write(root.join("system.kdl"), "ab").unwrap();
        seen("it changes", Some("system.kdl"));
        fs::write(root.join("other"), "ab").unwrap();
        seen("another one", None);
        fs::create_dir_all(root.join("src/deep")).unwrap();
        seen("a folder comes", Some("src/deep"));
        fs::write(root.join("src/deep/lib.rs"), "x").unwrap();
        seen("a file in it", Some("src/deep/lib.rs"));
        fs::remove_dir_all(root.join("src")).unwrap();
        seen("it goes", Some("src/deep"));
        fs::create_dir_all(root.join("modules/new")).unwrap();
        seen("an entry of a listing", Some("modules/new"));
        fs::write(root.join("modules/new/file"), "x").unwrap();
        seen("what is in an entry of a listing", None);
        fs::remove_file(root.join("system.kdl")).unwrap();
        seen("a file goes", Some("system.kdl"));
    }

    #[test]
    fn what_is_not_there_is_waited_for_where_it_would_be() {
        let temporary = tempfile::tempdir().unwrap();
        let root = temporary.path();
        let watched = Watched {
            files: [root.join("a/b/system.kdl")].into(),
            folders: [root.join("a/src")].into(),
            listings: BTreeSet::new(),
        };
        assert_eq!(watched.places(), [(root.to_owned(), false)].into());
        fs::create_dir_all(root.join("a/src")).unwrap();
        assert_eq!(watched.places(), [(root.join("a"), false), (root.join("a/src"), true)].into());
    }
}
