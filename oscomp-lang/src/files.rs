//! The files of one run, each read once.

use crate::plan::Place;
use crate::source::{ReadError, SourcePath, Sources};
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Arc;

/// Sources with what has been read of them.
pub(crate) struct Files<'s> {
    sources: Box<dyn Sources + 's>,
    texts: RefCell<HashMap<SourcePath, Result<Arc<str>, ReadError>>>,
    lines: RefCell<HashMap<SourcePath, Rc<[usize]>>>,
}

impl<'s> Files<'s> {
    pub fn new(sources: impl Sources + 's) -> Self {
        Self { sources: Box::new(sources), texts: RefCell::default(), lines: RefCell::default() }
    }

    pub fn read(&self, file: &SourcePath) -> Result<Arc<str>, ReadError> {
        if let Some(text) = self.texts.borrow().get(file) {
            return text.clone();
        }
        let text = self.sources.read(file);
        self.texts.borrow_mut().insert(file.clone(), text.clone());
        text
    }

    /// The text of a file, if it has been read.
    pub fn known(&self, file: &SourcePath) -> Option<Arc<str>> {
        self.texts.borrow().get(file).and_then(|text| text.as_ref().ok().cloned())
    }

    /// Forgets a file, so that it is read anew.
    pub fn forget(&mut self, file: &SourcePath) {
        self.texts.get_mut().remove(file);
        self.lines.get_mut().remove(file);
    }

    /// Forgets all files.
    pub fn forget_all(&mut self) {
        self.texts.get_mut().clear();
        self.lines.get_mut().clear();
    }

    pub fn list(&self, folder: &SourcePath) -> Result<Arc<[String]>, ReadError> {
        self.sources.list(folder)
    }

    /// The text of a file, empty if there is none.
    pub fn text(&self, file: &SourcePath) -> Arc<str> {
        self.read(file).unwrap_or_else(|_| Arc::from(""))
    }

    pub fn place(&self, file: &SourcePath, offset: usize) -> Place {
        let text = self.text(file);
        let lines = self.lines.borrow().get(file).cloned();
        let lines = lines.unwrap_or_else(|| {
            let lines: Rc<[usize]> =
                std::iter::once(0).chain(text.match_indices('\n').map(|(offset, _)| offset + 1)).collect();
            self.lines.borrow_mut().insert(file.clone(), lines.clone());
            lines
        });
        let line = lines.partition_point(|start| *start <= offset).max(1);
        let start = lines.get(line - 1).copied().unwrap_or(0);
        let column = text.get(start..offset).map_or(0, |before| before.chars().count()) + 1;
        Place { file: file.to_string(), line, column }
    }

    /// The texts of the files that are asked for.
    pub fn texts<'a>(&self, files: impl Iterator<Item = &'a SourcePath>) -> BTreeMap<SourcePath, Arc<str>> {
        let mut texts = BTreeMap::new();
        for file in files {
            if !texts.contains_key(file)
                && let Ok(text) = self.read(file)
            {
                texts.insert(file.clone(), text);
            }
        }
        texts
    }
}
