//! The catalog that is packed into the command.

use crate::failure::Failure;
use oscomp_lang::source::ReadError;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{env, fs, io, process};

/// Paths and contents, sorted by path.
static FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/catalog.rs"));

/// Tells this catalog from those of other versions of the command.
const HASH: &str = env!("OSCOMP_CATALOG_HASH");

/// The text of a file.
pub fn read(path: &str) -> Result<Arc<str>, ReadError> {
    let Ok(index) = FILES.binary_search_by_key(&path, |(name, _)| name) else {
        return Err(if inside(path).is_empty() { ReadError::NotFound } else { ReadError::IsFolder });
    };
    match str::from_utf8(FILES[index].1) {
        Ok(text) => Ok(text.into()),
        Err(error) => Err(ReadError::NotText { offset: error.valid_up_to() }),
    }
}

/// The names of a folder's entries, sorted.
pub fn list(path: &str) -> Result<Arc<[String]>, ReadError> {
    if FILES.binary_search_by_key(&path, |(name, _)| name).is_ok() {
        return Err(ReadError::IsFile);
    }
    let skip = if path.is_empty() { 0 } else { path.len() + 1 };
    let mut names: Vec<String> = Vec::new();
    for (file, _) in inside(path) {
        let name = file[skip..].split('/').next().unwrap_or_default();
        if names.last().is_none_or(|last| last != name) {
            names.push(name.to_owned());
        }
    }
    if names.is_empty() {
        return Err(ReadError::NotFound);
    }
    names.sort();
    names.dedup();
    Ok(names.into())
}

/// The files of a folder and of the folders in it.
fn inside(folder: &str) -> &'static [(&'static str, &'static [u8])] {
    if folder.is_empty() {
        return FILES;
    }
    let prefix = format!("{folder}/");
    let from = FILES.partition_point(|(name, _)| *name < prefix.as_str());
    let count = FILES[from..].partition_point(|(name, _)| name.starts_with(&prefix));
    &FILES[from..from + count]
}

/// Unpacks the catalog into the user's cache, once. It appears there whole or not at all.
pub fn unpack() -> Result<PathBuf, Failure> {
    let cache = crate::cache::folder()?;
    let root = cache.join(format!("catalog-{HASH}"));
    if root.is_dir() {
        return Ok(root);
    }
    let unfinished = cache.join(format!(".catalog-{HASH}.{}", process::id()));
    let result = write(&unfinished).and_then(|()| match fs::rename(&unfinished, &root) {
        // Somebody else was faster.
        Err(_) if root.is_dir() => fs::remove_dir_all(&unfinished),
        result => result,
    });
    result.map(|()| root).map_err(|error| {
        // What is left of the attempt is of no use; that it cannot be removed changes nothing.
        let _ = fs::remove_dir_all(&unfinished);
        Failure::environment(
            format!("the catalog cannot be unpacked into {}: {error}", cache.display()),
            "make that folder writable, or set XDG_CACHE_HOME to one that is",
        )
    })
}

fn write(root: &Path) -> io::Result<()> {
    for (name, contents) in FILES {
        let path = root.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, contents)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_and_sorted() {
        assert!(FILES.is_sorted_by_key(|(name, _)| name));
        assert!(read("modules/interfaces/core/src/lib.rs").is_ok());
        assert_eq!(read("modules/no-such-module"), Err(ReadError::NotFound));
        assert_eq!(read("modules/interfaces"), Err(ReadError::IsFolder));
    }

    #[test]
    fn folders_list_their_entries_once() {
        let entries = list("modules/interfaces").unwrap();
        assert!(entries.contains(&"core".to_owned()) && entries.is_sorted());
        assert!(list("").unwrap().contains(&"oscomp-macros".to_owned()));
        assert_eq!(list("modules/no-such-family"), Err(ReadError::NotFound));
        assert_eq!(list("Cargo.toml"), Err(ReadError::IsFile));
    }

    #[test]
    fn the_packed_workspace_names_only_what_is_packed() {
        let manifest = read("Cargo.toml").unwrap();
        assert!(manifest.contains("\"modules/*/*\"") && !manifest.contains("\"compiler\""));
    }
}
