//! The documents that are open in the client, as they are there.

use super::position::{Encoding, Lines};
use lsp_types::TextDocumentContentChangeEvent;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One open document.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its text.
    pub text: Arc<str>,
    /// Its version, which the client counts.
    pub version: i32,
}

/// The open documents, by path.
#[derive(Clone, Debug, Default)]
pub struct Documents {
    open: HashMap<PathBuf, Document>,
}

impl Documents {
    pub fn get(&self, path: &Path) -> Option<&Document> {
        self.open.get(path)
    }

    pub fn paths(&self) -> impl Iterator<Item = &PathBuf> {
        self.open.keys()
    }

    pub fn open(&mut self, path: PathBuf, text: String, version: i32) {
        self.open.insert(path, Document { text: text.into(), version });
    }

    /// Changes a document; false if it is not open.
    pub fn change(
        &mut self,
        path: &Path,
        changes: Vec<TextDocumentContentChangeEvent>,
        version: i32,
        encoding: Encoding,
    ) -> bool {
        let Some(document) = self.open.get_mut(path) else { return false };
        for change in changes {
            document.text = match change.range {
                Some(range) => {
                    let span = Lines::new(&document.text, encoding).span(range);
                    [&document.text[..span.start], &change.text, &document.text[span.end..]].concat().into()
                }
                None => change.text.into(),
            };
        }
        document.version = version;
        true
    }

    /// Whether it was open.
    pub fn close(&mut self, path: &Path) -> bool {
        self.open.remove(path).is_some()
    }
}
