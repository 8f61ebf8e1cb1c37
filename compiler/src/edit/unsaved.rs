//! A text that nobody has saved yet, with all else as it is on the disk.

use crate::session::Session;
use oscomp_lang::source::{ReadError, SourcePath, Sources};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

/// A text that several have a hold of.
#[derive(Clone)]
pub struct Text(Rc<RefCell<Arc<str>>>);

impl Text {
    /// A text.
    pub fn new(text: &Arc<str>) -> Self {
        Self(Rc::new(RefCell::new(text.clone())))
    }

    /// What it is now.
    pub fn get(&self) -> Arc<str> {
        self.0.borrow().clone()
    }

    /// Makes it another.
    pub fn set(&self, text: Arc<str>) {
        *self.0.borrow_mut() = text;
    }
}

/// A session whose system has a text that is not in its file.
pub struct Unsaved {
    session: Session,
    text: Text,
}

impl Unsaved {
    /// A session with that text.
    pub fn new(session: Session, text: &Text) -> Self {
        Self { session, text: text.clone() }
    }
}

impl Sources for Unsaved {
    fn read(&self, file: &SourcePath) -> Result<Arc<str>, ReadError> {
        match file {
            SourcePath::Project(path) if *path == self.session.file => Ok(self.text.get()),
            other => self.session.read(other),
        }
    }

    fn list(&self, folder: &SourcePath) -> Result<Arc<[String]>, ReadError> {
        self.session.list(folder)
    }
}
