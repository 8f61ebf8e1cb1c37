//! A folder of `tests/refused` as the checker sees it, without a command in between.

use oscomp_lang::check::{CheckOptions, Report, check};
use oscomp_lang::diagnostic::Fix;
use oscomp_lang::source::{ReadError, SourcePath, Sources};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::command::repository;

/// A project, the catalog of this repository, and what lies over both.
#[derive(Clone, Debug)]
pub struct Project {
    folder: PathBuf,
    /// Texts that replace those on the disk, such as an edited `system.kdl`.
    edited: BTreeMap<SourcePath, Arc<str>>,
}

/// The folder of a project whose entries replace and extend those of the catalog.
pub const OVERLAY: &str = "catalog";

impl Project {
    /// The project in a folder.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), edited: BTreeMap::new() }
    }

    /// The same with another text for a file.
    #[must_use]
    pub fn with(mut self, file: SourcePath, text: impl Into<Arc<str>>) -> Self {
        self.edited.insert(file, text.into());
        self
    }

    /// Checks its `system.kdl`.
    #[must_use]
    pub fn check(&self, options: &CheckOptions) -> Report {
        check(self, &system(), options)
    }

    /// The same after the edits of a fix.
    ///
    /// # Panics
    /// When an edit lies outside its file or overlaps another.
    #[must_use]
    pub fn mended(&self, fix: &Fix) -> Self {
        let mut mended = self.clone();
        let mut edits: Vec<_> = fix.edits.iter().collect();
        edits.sort_by_key(|edit| edit.span.start);
        let mut end: BTreeMap<&SourcePath, usize> = BTreeMap::new();
        for edit in &edits {
            let start = end.insert(&edit.file, edit.span.end).unwrap_or(0);
            assert!(start <= edit.span.start, "the edits of `{}` overlap", fix.title);
        }
        for edit in edits.into_iter().rev() {
            let text = mended.read(&edit.file).expect("an edited file can be read");
            assert!(text.get(edit.span.clone()).is_some(), "`{}` edits outside the file", fix.title);
            let text = [&text[..edit.span.start], &edit.text, &text[edit.span.end..]].concat();
            mended = mended.with(edit.file.clone(), text);
        }
        mended
    }

    /// Where a source may be, the first place that has it counts.
    fn places(&self, path: &SourcePath) -> Vec<PathBuf> {
        match path {
            SourcePath::Catalog(path) => {
                vec![self.folder.join(OVERLAY).join(path), repository().join(path)]
            }
            SourcePath::Project(path) => vec![self.folder.join(path)],
        }
    }
}

/// The path of a project's `system.kdl`.
#[must_use]
pub fn system() -> SourcePath {
    SourcePath::Project("system.kdl".to_owned())
}

impl Sources for Project {
    fn read(&self, file: &SourcePath) -> Result<Arc<str>, ReadError> {
        if let Some(text) = self.edited.get(file) {
            return Ok(text.clone());
        }
        let mut answer = Err(ReadError::NotFound);
        for place in self.places(file) {
            answer = read(&place);
            if answer != Err(ReadError::NotFound) {
                break;
            }
        }
        answer
    }

    fn list(&self, folder: &SourcePath) -> Result<Arc<[String]>, ReadError> {
        let mut names = BTreeSet::new();
        let mut problem = Some(ReadError::NotFound);
        for place in self.places(folder) {
            match fs::read_dir(&place) {
                Ok(entries) => {
                    names.extend(entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()));
                    problem = None;
                }
                Err(error) if error.kind() == ErrorKind::NotADirectory => {
                    problem = Some(ReadError::IsFile);
                }
                Err(_) => {}
            }
        }
        problem.map_or_else(|| Ok(names.into_iter().collect()), Err)
    }
}

fn read(path: &Path) -> Result<Arc<str>, ReadError> {
    if path.is_dir() {
        return Err(ReadError::IsFolder);
    }
    let bytes = fs::read(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => ReadError::NotFound,
        _ => ReadError::Other(error.to_string()),
    })?;
    String::from_utf8(bytes)
        .map(Arc::from)
        .map_err(|error| ReadError::NotText { offset: error.utf8_error().valid_up_to() })
}
