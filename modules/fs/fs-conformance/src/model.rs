//! Random use, and what has to come of it.

use oscomp_interfaces::{FileKind, FileSystem, FsError, OpenFile, OpenHow};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// What somebody does.
#[derive(Clone, Debug)]
pub enum Step {
    /// Opens a file, writes there, reads all of it back, closes it.
    Write { path: String, at: u64, length: usize, seed: u8, sync: bool },
    /// Makes a file so long.
    Resize { path: String, length: u64 },
    /// Opens a file with what was in it removed.
    Truncate { path: String },
    /// Removes what is there.
    Remove { path: String },
    /// Makes a directory.
    Directory { path: String },
    /// Moves something.
    Rename { from: String, to: String },
}

/// Few enough that steps meet.
fn path() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec!["a", "b c", "\u{e9}.txt"]);
    prop::collection::vec(part, 1..=3).prop_map(|parts| parts.join("/"))
}

pub fn steps() -> impl Strategy<Value = Vec<Step>> {
    let write = (path(), 0..3000_u64, 0..2000_usize, any::<u8>(), any::<bool>())
        .prop_map(|(path, at, length, seed, sync)| Step::Write { path, at, length, seed, sync });
    let step = prop_oneof![
        5 => write,
        4 => path().prop_map(|path| Step::Directory { path }),
        4 => (path(), path()).prop_map(|(from, to)| Step::Rename { from, to }),
        2 => path().prop_map(|path| Step::Remove { path }),
        1 => (path(), 0..4000_u64).prop_map(|(path, length)| Step::Resize { path, length }),
        1 => path().prop_map(|path| Step::Truncate { path }),
    ];
    prop::collection::vec(step, 1..80)
}

/// A file system, and what has to be in it: the bytes of each file, none of each directory, by path.
pub struct Model<F> {
    system: F,
    expected: BTreeMap<String, Option<Vec<u8>>>,
    /// Room that a step may find lacking: the smallest file system has more than the model uses.
    used: usize,
}

/// Bytes that the model's files take in all.
const MOST: usize = 24 << 10;

type Checked = Result<(), TestCaseError>;

impl<F: FileSystem> Model<F> {
    pub fn new(system: F) -> Self {
        Self { system, expected: BTreeMap::new(), used: 0 }
    }

    /// What has to come of looking for a path.
    fn lookup(&self, path: &str) -> Result<&Option<Vec<u8>>, FsError> {
        for (end, _) in path.match_indices('/') {
            match self.expected.get(&path[..end]) {
                None => return Err(FsError::NotFound),
                Some(Some(_)) => return Err(FsError::NotDirectory),
                Some(None) => {}
            }
        }
        self.expected.get(path).ok_or(FsError::NotFound)
    }

    fn has_children(&self, path: &str) -> bool {
        let inside = format!("{path}/");
        self.expected.keys().any(|other| other.starts_with(&inside))
    }

    /// What has to come of making a file there: whether it has to be made.
    fn creation(&self, path: &str) -> Result<bool, FsError> {
        match self.lookup(path) {
            Ok(None) => Err(FsError::IsDirectory),
            Ok(Some(_)) => Ok(false),
            // Only the last part may be missing.
            Err(FsError::NotFound) if self.has_parent(path) => Ok(true),
            Err(error) => Err(error),
        }
    }

    fn has_parent(&self, path: &str) -> bool {
        path.rsplit_once('/').is_none_or(|(parent, _)| matches!(self.lookup(parent), Ok(None)))
    }

    pub fn take(&mut self, step: &Step) -> Checked {
        match step {
            Step::Write { path, at, length, seed, sync } => self.write(path, *at, *length, *seed, *sync)?,
            Step::Resize { path, length } => self.resize(path, *length)?,
            Step::Truncate { path } => self.truncate(path)?,
            Step::Remove { path } => self.remove(path)?,
            Step::Directory { path } => self.directory(path)?,
            Step::Rename { from, to } => self.rename(from, to)?,
        }
        self.used = self.expected.values().flatten().map(Vec::len).sum();
        Ok(())
    }

    fn write(&mut self, path: &str, at: u64, length: usize, seed: u8, sync: bool) -> Checked {
        let end = at as usize + length;
        if self.used + end > MOST {
            return Ok(());
        }
        let creation = self.creation(path);
        let opened = self.system.open(path, OpenHow::CREATE);
        prop_assert_eq!(opened.map(drop), creation.map(drop), "open {}", path);
        let Ok(file) = opened else { return Ok(()) };
        let bytes: Vec<u8> = (0..length).map(|index| (index as u8).wrapping_mul(7) ^ seed).collect();
        prop_assert_eq!(self.system.write(file, at, &bytes), Ok(length));
        let expected = self.expected.entry(path.to_owned()).or_default().get_or_insert_default();
        if length > 0 {
            expected.resize(expected.len().max(end), 0);
            expected[at as usize..end].copy_from_slice(&bytes);
        }
        if sync {
            prop_assert_eq!(self.system.sync(file), Ok(()));
        }
        let result = same(self.system, file, expected);
        self.system.close(file);
        result
    }

    fn resize(&mut self, path: &str, length: u64) -> Checked {
        if self.used + length as usize > MOST {
            return Ok(());
        }
        let how = OpenHow { write: true, ..OpenHow::READ };
        let Some(file) = self.open_existing(path, how)? else { return Ok(()) };
        prop_assert_eq!(self.system.resize(file, length), Ok(()));
        let expected = self.expected.get_mut(path).and_then(Option::as_mut).expect("it is a file");
        expected.resize(length as usize, 0);
        let result = same(self.system, file, expected);
        self.system.close(file);
        result
    }

    fn truncate(&mut self, path: &str) -> Checked {
        let how = OpenHow { write: true, truncate: true, ..OpenHow::READ };
        let Some(file) = self.open_existing(path, how)? else { return Ok(()) };
        self.expected.insert(path.to_owned(), Some(Vec::new()));
        let result = same(self.system, file, &[]);
        self.system.close(file);
        result
    }

    /// Opens a file to be written; what has to come of it comes of it.
    fn open_existing(&self, path: &str, how: OpenHow) -> Result<Option<OpenFile>, TestCaseError> {
        let expected = match self.lookup(path) {
            Ok(Some(_)) => Ok(()),
            Ok(None) => Err(FsError::IsDirectory),
            Err(error) => Err(error),
        };
        let opened = self.system.open(path, how);
        prop_assert_eq!(opened.map(drop), expected, "open {}", path);
        Ok(opened.ok())
    }

    fn remove(&mut self, path: &str) -> Checked {
        let expected = match self.lookup(path) {
            Ok(None) if self.has_children(path) => Err(FsError::NotEmpty),
            Ok(_) => Ok(()),
            Err(error) => Err(error),
        };
        prop_assert_eq!(self.system.remove(path), expected, "remove {}", path);
        if expected.is_ok() {
            self.expected.remove(path);
        }
        Ok(())
    }

    fn directory(&mut self, path: &str) -> Checked {
        let expected = match self.creation(path) {
            Ok(true) => Ok(()),
            Ok(false) | Err(FsError::IsDirectory) => Err(FsError::Exists),
            Err(error) => Err(error),
        };
        prop_assert_eq!(self.system.create_directory(path), expected, "create {}", path);
        if expected.is_ok() {
            self.expected.insert(path.to_owned(), None);
        }
        Ok(())
    }

    fn rename(&mut self, from: &str, to: &str) -> Checked {
        let expected = self.renaming(from, to);
        prop_assert_eq!(self.system.rename(from, to), expected, "rename {} to {}", from, to);
        if expected.is_err() || from == to {
            return Ok(());
        }
        let inside = format!("{from}/");
        let moved: Vec<String> =
            self.expected.keys().filter(|path| *path == from || path.starts_with(&inside)).cloned().collect();
        for path in moved {
            let node = self.expected.remove(&path).expect("it is there");
            self.expected.insert(format!("{to}{}", &path[from.len()..]), node);
        }
        Ok(())
    }

    fn renaming(&self, from: &str, to: &str) -> Result<(), FsError> {
        let is_directory = self.lookup(from)?.is_none();
        let is_inside = is_directory && to.strip_prefix(from).is_some_and(|rest| rest.starts_with('/'));
        match self.lookup(to) {
            _ if from == to => Ok(()),
            _ if is_inside && self.has_parent(to) => Err(FsError::InvalidPath),
            Err(FsError::NotFound) if self.has_parent(to) => Ok(()),
            Err(error) => Err(error),
            Ok(_) if is_inside => Err(FsError::InvalidPath),
            Ok(Some(_)) if is_directory => Err(FsError::NotDirectory),
            Ok(None) if !is_directory => Err(FsError::IsDirectory),
            Ok(None) if self.has_children(to) => Err(FsError::NotEmpty),
            Ok(_) => Ok(()),
        }
    }

    /// All of it is as it has to be.
    pub fn finish(self) -> Checked {
        let mut found = BTreeMap::new();
        let mut directories = vec![String::new()];
        while let Some(directory) = directories.pop() {
            let mut names = Vec::new();
            let listed = self.system.entries(&directory, |name, kind| {
                names.push((name.to_owned(), kind));
                true
            });
            prop_assert_eq!(listed, Ok(()), "entries of {}", directory);
            for (name, kind) in names {
                let path = if directory.is_empty() { name } else { format!("{directory}/{name}") };
                let known = self.system.metadata(&path);
                prop_assert_eq!(known.map(|known| known.kind), Ok(kind), "{}", path);
                if kind == FileKind::Directory {
                    directories.push(path.clone());
                }
                prop_assert!(found.insert(path, kind).is_none(), "a name is listed twice");
            }
        }
        let kinds = self.expected.iter().map(|(path, node)| {
            (path.clone(), if node.is_some() { FileKind::File } else { FileKind::Directory })
        });
        prop_assert_eq!(found, kinds.collect::<BTreeMap<_, _>>());
        for (path, node) in &self.expected {
            if let Some(bytes) = node {
                let file = self.system.open(path, OpenHow::READ);
                prop_assert!(file.is_ok(), "{path}: {file:?}");
                if let Ok(file) = file {
                    same(self.system, file, bytes)?;
                    self.system.close(file);
                }
            }
        }
        Ok(())
    }
}

/// An open file has these bytes.
fn same(system: impl FileSystem, file: OpenFile, expected: &[u8]) -> Checked {
    let known = system.stat(file);
    prop_assert_eq!(known.map(|known| known.length), Ok(expected.len() as u64));
    let mut bytes = vec![0xee; expected.len() + 10];
    prop_assert_eq!(system.read(file, 0, &mut bytes), Ok(expected.len()));
    prop_assert!(bytes[..expected.len()] == *expected, "the bytes are others");
    prop_assert_eq!(system.read(file, expected.len() as u64, &mut bytes), Ok(0));
    let middle = expected.len() / 2;
    let mut half = vec![0; expected.len() - middle];
    prop_assert_eq!(system.read(file, middle as u64, &mut half), Ok(half.len()));
    prop_assert!(half == expected[middle..], "the bytes from the middle on are others");
    Ok(())
}
