//! The catalog: the modules that the command knows.
//!
//! It is a folder in the layout of the repository, or packed into the command itself. Checking reads
//! it where it is; building unpacks it once.

mod embedded;
mod folder;

pub use folder::{read_file, read_folder};

use crate::failure::Failure;
use oscomp_lang::source::{ReadError, SourcePath, Sources};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where modules come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Catalog {
    /// The copy in the command.
    Embedded,
    /// A folder, by its absolute path.
    Folder(PathBuf),
}

impl Catalog {
    /// The catalog for a system: the folder that was asked for, else the one that the system lies in,
    /// else the copy in the command.
    pub fn find(asked: Option<&Path>, system: &Path) -> Result<Self, Failure> {
        if let Some(folder) = asked {
            let root = folder.canonicalize().map_err(|error| {
                Failure::environment(
                    format!("the catalog {} cannot be read: {error}", folder.display()),
                    "name the root of a catalog: a folder with `modules/` and `oscomp-macros/`",
                )
            })?;
            if !is_root(&root) {
                return Err(Failure::environment(
                    format!("{} is not the root of a catalog", folder.display()),
                    "a catalog has `modules/interfaces/core/Cargo.toml` and `oscomp-macros/`",
                ));
            }
            return Ok(Self::Folder(root));
        }
        let root = system.ancestors().find(|folder| is_root(folder));
        Ok(root.map_or(Self::Embedded, |root| Self::Folder(root.to_owned())))
    }

    /// The text of a file.
    pub fn read(&self, path: &str) -> Result<Arc<str>, ReadError> {
        match self {
            Self::Embedded => embedded::read(path),
            Self::Folder(root) => read_file(&root.join(path)),
        }
    }

    /// The names of a folder's entries, sorted.
    pub fn list(&self, path: &str) -> Result<Arc<[String]>, ReadError> {
        match self {
            Self::Embedded => embedded::list(path),
            Self::Folder(root) => read_folder(&root.join(path)),
        }
    }

    /// The catalog as a folder; the copy in the command is unpacked if that has not happened yet.
    pub fn unpacked(&self) -> Result<PathBuf, Failure> {
        match self {
            Self::Embedded => embedded::unpack(),
            Self::Folder(root) => Ok(root.clone()),
        }
    }
}

/// The catalog alone, where there is no system.
pub struct CatalogSources(pub Catalog);

impl Sources for CatalogSources {
    fn read(&self, file: &SourcePath) -> Result<Arc<str>, ReadError> {
        match file {
            SourcePath::Catalog(path) => self.0.read(path),
            SourcePath::Project(_) => Err(ReadError::NotFound),
        }
    }

    fn list(&self, folder: &SourcePath) -> Result<Arc<[String]>, ReadError> {
        match folder {
            SourcePath::Catalog(path) => self.0.list(path),
            SourcePath::Project(_) => Err(ReadError::NotFound),
        }
    }
}

fn is_root(folder: &Path) -> bool {
    folder.join("modules/interfaces/core/Cargo.toml").is_file() && folder.join("oscomp-macros").is_dir()
}
