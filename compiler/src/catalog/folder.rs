//! Reading files and folders as sources.

use oscomp_lang::source::ReadError;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

/// Bytes of a source that are read at the most: far more than anybody writes by hand.
const LIMIT: u64 = 4 << 20;

/// The text of a file.
pub fn read_file(path: &Path) -> Result<Arc<str>, ReadError> {
    let file = File::open(path).map_err(|error| refusal(&error))?;
    let metadata = file.metadata().map_err(|error| refusal(&error))?;
    if metadata.is_dir() {
        return Err(ReadError::IsFolder);
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len().min(LIMIT)).unwrap_or(0) + 1);
    // A pipe or a device does not say how long it is.
    file.take(LIMIT + 1).read_to_end(&mut bytes).map_err(|error| refusal(&error))?;
    if bytes.len() as u64 > LIMIT {
        return Err(ReadError::TooLarge { size: metadata.len().max(bytes.len() as u64), limit: LIMIT });
    }
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
