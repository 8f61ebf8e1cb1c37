//! Reading files and folders as sources.

use oscomp_lang::source::ReadError;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// Bytes of a source that are read at the most: far more than anybody writes by hand.
const LIMIT: u64 = 4 << 20;

/// The text of a file.
pub fn read_file(path: &Path) -> Result<Arc<str>, ReadError> {
    let metadata = fs::metadata(path).map_err(|error| refusal(&error))?;
    if metadata.is_dir() {
        return Err(ReadError::IsFolder);
    }
    if metadata.len() > LIMIT {
        return Err(ReadError::TooLarge { size: metadata.len(), limit: LIMIT });
    }
    let bytes = fs::read(path).map_err(|error| refusal(&error))?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text.into()),
        Err(error) => Err(ReadError::NotText { offset: error.utf8_error().valid_up_to() }),
    }
}

/// The names of a folder's entries, sorted; those that are not UTF-8 cannot be meant and are left out.
pub fn read_folder(path: &Path) -> Result<Arc<[String]>, ReadError> {
    let entries = fs::read_dir(path).map_err(|error| refusal(&error))?;
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| refusal(&error))?;
        if let Ok(name) = entry.file_name().into_string() {
            names.push(name);
        }
    }
    names.sort();
    Ok(names.into())
}

fn refusal(error: &io::Error) -> ReadError {
    match error.kind() {
        io::ErrorKind::NotFound => ReadError::NotFound,
        io::ErrorKind::NotADirectory => ReadError::IsFile,
        io::ErrorKind::IsADirectory => ReadError::IsFolder,
        _ => ReadError::Other(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_folders_are_told_apart() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        assert_eq!(read_file(here), Err(ReadError::IsFolder));
        assert_eq!(read_folder(&here.join("Cargo.toml")), Err(ReadError::IsFile));
        assert_eq!(read_file(&here.join("no-such-file")), Err(ReadError::NotFound));
        assert!(read_folder(here).unwrap().contains(&"Cargo.toml".to_owned()));
    }
}
