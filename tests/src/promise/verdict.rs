//! What `check` says of a composition, without a file for each.

use super::FOLDER;
use crate::command::repository;
use crate::sources::{Project, system};
use oscomp_lang::catalog::{Listing, list};
use oscomp_lang::check::{CheckOptions, Report, check};
use oscomp_lang::source::{ReadError, SourcePath, Sources};
use std::cell::RefCell;
use std::collections::HashMap;
use std::fs;
use std::sync::Arc;

type Answers<T> = RefCell<HashMap<SourcePath, Result<Arc<T>, ReadError>>>;

/// Checks texts against the catalog of this repository, reading each of its files once.
pub struct Checker {
    project: Project,
    texts: Answers<str>,
    folders: Answers<[String]>,
}

impl Default for Checker {
    fn default() -> Self {
        Self::new()
    }
}

impl Checker {
    /// A checker that has read nothing yet.
    ///
    /// # Panics
    /// When the folder that systems would lie in cannot be made.
    #[must_use]
    pub fn new() -> Self {
        let folder = repository().join(FOLDER).join("systems/any");
        fs::create_dir_all(&folder).expect("the target folder can be written");
        Self { project: Project::new(folder), texts: RefCell::default(), folders: RefCell::default() }
    }

    /// What there is to compose.
    #[must_use]
    pub fn listing(&self) -> Listing {
        list(self)
    }

    /// What `check` says of a text.
    #[must_use]
    pub fn check(&self, text: &str) -> Report {
        check(&With { checker: self, text: text.into() }, &system(), &CheckOptions::default())
    }
}

impl Sources for Checker {
    fn read(&self, file: &SourcePath) -> Result<Arc<str>, ReadError> {
        self.texts.borrow_mut().entry(file.clone()).or_insert_with(|| self.project.read(file)).clone()
    }

    fn list(&self, folder: &SourcePath) -> Result<Arc<[String]>, ReadError> {
        self.folders.borrow_mut().entry(folder.clone()).or_insert_with(|| self.project.list(folder)).clone()
    }
}

/// A checker's sources with one text for `system.kdl`.
struct With<'a> {
    checker: &'a Checker,
    text: Arc<str>,
}

impl Sources for With<'_> {
    fn read(&self, file: &SourcePath) -> Result<Arc<str>, ReadError> {
        if *file == system() { Ok(self.text.clone()) } else { self.checker.read(file) }
    }

    fn list(&self, folder: &SourcePath) -> Result<Arc<[String]>, ReadError> {
        self.checker.list(folder)
    }
}
