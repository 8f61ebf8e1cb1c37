//! A folder with a system, read past the documents that nobody saved.

use super::documents::Documents;
use crate::catalog::{self, Catalog};
use crate::session::plain;
use oscomp_lang::source::{ReadError, SourcePath, Sources};
use std::cell::{OnceCell, RefCell};
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

/// A folder with a system, and the catalog that it is composed from.
pub struct Project {
    /// The folder, absolute.
    pub folder: PathBuf,
    /// Where modules come from.
    pub catalog: Catalog,
    documents: Rc<RefCell<Documents>>,
    /// Where the catalog that is packed into the command has been unpacked.
    unpacked: OnceCell<Option<PathBuf>>,
}

impl Project {
    pub fn new(folder: PathBuf, catalog: Catalog, documents: Rc<RefCell<Documents>>) -> Self {
        Self { folder, catalog, documents, unpacked: OnceCell::new() }
    }

    /// Where a source is on this machine; none if the catalog is packed into the command and cannot be unpacked.
    pub fn located(&self, source: &SourcePath) -> Option<PathBuf> {
        match source {
            SourcePath::Project(path) => Some(plain(&self.folder.join(path))),
            SourcePath::Catalog(path) => Some(self.catalog_folder()?.join(path)),
        }
    }

    fn catalog_folder(&self) -> Option<&Path> {
        match &self.catalog {
            Catalog::Folder(root) => Some(root),
            Catalog::Embedded => self.unpacked.get_or_init(|| self.catalog.unpacked().ok()).as_deref(),
        }
    }

    /// What a path of this machine is called here; in a folder of the catalog it has two names.
    pub fn names(&self, path: &Path) -> Vec<SourcePath> {
        let mut names = vec![SourcePath::Project(relative(&self.folder, path))];
        let root = match &self.catalog {
            Catalog::Folder(root) => Some(root.as_path()),
            Catalog::Embedded => self.unpacked.get().and_then(|root| root.as_deref()),
        };
        let inside = root.and_then(|root| path.strip_prefix(root).ok()).and_then(Path::to_str);
        names.extend(inside.map(|inside| SourcePath::Catalog(inside.to_owned())));
        names
    }
}

impl Sources for Project {
    fn read(&self, file: &SourcePath) -> Result<Arc<str>, ReadError> {
        // What is packed into the command cannot be open: where it was unpacked is a copy.
        if let (SourcePath::Catalog(path), Catalog::Embedded) = (file, &self.catalog) {
            return self.catalog.read(path);
        }
        let Some(path) = self.located(file) else { return Err(ReadError::NotFound) };
        if let Some(document) = self.documents.borrow().get(&path) {
            return Ok(document.text.clone());
        }
        catalog::read_file(&path)
    }

    fn list(&self, folder: &SourcePath) -> Result<Arc<[String]>, ReadError> {
        match folder {
            SourcePath::Catalog(path) => self.catalog.list(path),
            SourcePath::Project(path) => catalog::read_folder(&self.folder.join(path)),
        }
    }
}

/// A path as seen from a folder; both are absolute.
fn relative(folder: &Path, path: &Path) -> String {
    let common = folder.components().zip(path.components()).take_while(|(one, two)| one == two).count();
    let up = folder.components().skip(common).map(|_| Component::ParentDir);
    let down = path.components().skip(common);
    let parts: Vec<&str> = up.chain(down).filter_map(|part| part.as_os_str().to_str()).collect();
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_folder() {
        let from = |path: &str| relative(Path::new("/a/b"), Path::new(path));
        assert_eq!(from("/a/b/system.kdl"), "system.kdl");
        assert_eq!(from("/a/c/src/lib.rs"), "../c/src/lib.rs");
        assert_eq!(from("/x"), "../../x");
    }
}
