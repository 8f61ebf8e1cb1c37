//! Where the text of systems, platforms and modules comes from.
//!
//! The command reads files; the editor hands over buffers that nobody saved.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

/// A file or folder, relative to one of the two roots; the separator is `/`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "root", content = "path")]
pub enum SourcePath {
    /// Relative to the root of the catalog: `modules/console/uart-16550`.
    Catalog(String),
    /// Relative to the folder of `system.kdl`; may begin with `..`.
    Project(String),
}

impl SourcePath {
    /// The path of an entry of this folder. `.` and `..` in `relative` are resolved where they can be.
    #[must_use]
    pub fn join(&self, relative: &str) -> Self {
        match self {
            Self::Catalog(path) => Self::Catalog(join(path, relative)),
            Self::Project(path) => Self::Project(join(path, relative)),
        }
    }
}

impl fmt::Display for SourcePath {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Catalog(path) => write!(out, "catalog/{path}"),
            Self::Project(path) => out.write_str(path),
        }
    }
}

fn join(folder: &str, relative: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(relative.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Gives the text of files.
pub trait Sources {
    /// The text of a file.
    ///
    /// # Errors
    /// Why there is none.
    fn read(&self, file: &SourcePath) -> Result<Arc<str>, ReadError>;

    /// The names of a folder's entries, sorted.
    ///
    /// # Errors
    /// Why there are none.
    fn list(&self, folder: &SourcePath) -> Result<Arc<[String]>, ReadError>;
}

impl<S: Sources + ?Sized> Sources for &S {
    fn read(&self, file: &SourcePath) -> Result<Arc<str>, ReadError> {
        (**self).read(file)
    }

    fn list(&self, folder: &SourcePath) -> Result<Arc<[String]>, ReadError> {
        (**self).list(folder)
    }
}

impl<S: Sources + ?Sized> Sources for Rc<S> {
    fn read(&self, file: &SourcePath) -> Result<Arc<str>, ReadError> {
        (**self).read(file)
    }

    fn list(&self, folder: &SourcePath) -> Result<Arc<[String]>, ReadError> {
        (**self).list(folder)
    }
}

/// Why a source cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadError {
    /// There is nothing of that name.
    NotFound,
    /// A folder where a file is expected.
    IsFolder,
    /// A file where a folder is expected.
    IsFile,
    /// The bytes are not UTF-8 from this offset on.
    NotText {
        /// The first byte that is wrong.
        offset: usize,
    },
    /// More than anybody writes by hand.
    TooLarge {
        /// Bytes in the file.
        size: u64,
        /// Bytes that are read at the most.
        limit: u64,
    },
    /// What the operating system says.
    Other(String),
}

impl fmt::Display for ReadError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => out.write_str("it does not exist"),
            Self::IsFolder => out.write_str("it is a folder"),
            Self::IsFile => out.write_str("it is not a folder"),
            Self::NotText { offset } => write!(out, "it is not UTF-8 text from byte {offset} on"),
            Self::TooLarge { size, limit } => {
                write!(out, "it has {size} bytes, more than the {limit} that are read")
            }
            Self::Other(reason) => out.write_str(reason),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::SourcePath;

    #[test]
    fn joining_resolves_dots() {
        let folder = SourcePath::Project("a/b".into());
        assert_eq!(folder.join("../c/./d"), SourcePath::Project("a/c/d".into()));
        assert_eq!(folder.join("../../../d"), SourcePath::Project("../d".into()));
        assert_eq!(SourcePath::Project(String::new()).join("x"), SourcePath::Project("x".into()));
    }
}
