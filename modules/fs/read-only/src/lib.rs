//! What file systems refuse that can only be read, and for which reason: that nothing can be changed is the last one,
//! behind all that would be wrong where something can.
//!
//! Each function is given what is at a path, as `FileSystem::metadata` finds it.
#![no_std]
#![forbid(unsafe_code)]

use oscomp_interfaces::{FileKind, FsError, OpenHow, verify_path};

/// The directory that a path is in.
fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// Why nothing is made at a path where nothing is.
fn made(path: &str, mut kind: impl FnMut(&str) -> Result<FileKind, FsError>) -> FsError {
    match kind(parent(path)) {
        Ok(FileKind::Directory) => FsError::ReadOnly,
        Ok(FileKind::File) => FsError::NotDirectory,
        Err(error) => error,
    }
}

/// What is at a path that is opened so.
///
/// # Errors
/// Those of `FileSystem::open`, but for `TooManyOpen`.
pub fn open(
    path: &str,
    how: OpenHow,
    mut kind: impl FnMut(&str) -> Result<FileKind, FsError>,
) -> Result<FileKind, FsError> {
    match kind(path) {
        Err(FsError::NotFound) if how.create => Err(made(path, kind)),
        Ok(_) if how.create && how.exclusive => Err(FsError::Exists),
        Ok(FileKind::Directory) if how.write || how.create => Err(FsError::IsDirectory),
        Ok(FileKind::File) if how.write => Err(FsError::ReadOnly),
        result => result,
    }
}

/// Why a directory is not made.
pub fn create_directory(path: &str, mut kind: impl FnMut(&str) -> Result<FileKind, FsError>) -> FsError {
    match kind(path) {
        Ok(_) => FsError::Exists,
        Err(FsError::NotFound) => made(path, kind),
        Err(error) => error,
    }
}

/// Why something is not removed.
pub fn remove(path: &str, mut kind: impl FnMut(&str) -> Result<FileKind, FsError>) -> FsError {
    if path.is_empty() {
        return FsError::Busy;
    }
    kind(path).err().unwrap_or(FsError::ReadOnly)
}

/// Why something is given no other path.
pub fn rename(from: &str, to: &str, mut kind: impl FnMut(&str) -> Result<FileKind, FsError>) -> FsError {
    if from.is_empty() || to.is_empty() {
        return FsError::Busy;
    }
    match kind(from).and_then(|_| verify_path(to)) {
        Ok(()) => made(to, kind),
        Err(error) => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(path: &str) -> Result<FileKind, FsError> {
        verify_path(path)?;
        match path {
            "" | "d" => Ok(FileKind::Directory),
            "f" | "d/f" => Ok(FileKind::File),
            _ if path.starts_with("f/") => Err(FsError::NotDirectory),
            _ => Err(FsError::NotFound),
        }
    }

    #[test]
    fn that_nothing_can_be_changed_is_the_last_reason() {
        let write = OpenHow { write: true, ..OpenHow::READ };
        let exclusive = OpenHow { exclusive: true, ..OpenHow::CREATE };
        for (path, how, result) in [
            ("d/f", OpenHow::READ, Ok(FileKind::File)),
            ("d", OpenHow::READ, Ok(FileKind::Directory)),
            ("d/f", OpenHow { create: true, ..OpenHow::READ }, Ok(FileKind::File)),
            ("d/f", write, Err(FsError::ReadOnly)),
            ("d", write, Err(FsError::IsDirectory)),
            ("d", exclusive, Err(FsError::Exists)),
            ("d/n", write, Err(FsError::NotFound)),
            ("d/n", OpenHow::CREATE, Err(FsError::ReadOnly)),
            ("n/n", OpenHow::CREATE, Err(FsError::NotFound)),
            ("f/n", OpenHow::CREATE, Err(FsError::NotDirectory)),
            ("n//n", OpenHow::CREATE, Err(FsError::InvalidPath)),
        ] {
            assert_eq!(open(path, how, kind), result, "{path} {how:?}");
        }
        for (path, made, removed) in [
            ("", FsError::Exists, FsError::Busy),
            ("d", FsError::Exists, FsError::ReadOnly),
            ("n", FsError::ReadOnly, FsError::NotFound),
            ("n/n", FsError::NotFound, FsError::NotFound),
            ("f/n", FsError::NotDirectory, FsError::NotDirectory),
        ] {
            assert_eq!((create_directory(path, kind), remove(path, kind)), (made, removed), "{path}");
        }
        for (from, to, error) in [
            ("", "n", FsError::Busy),
            ("f", "", FsError::Busy),
            ("n", "f", FsError::NotFound),
            ("f", "n/n", FsError::NotFound),
            ("f", "d/f/n", FsError::NotDirectory),
            ("f", "n/", FsError::InvalidPath),
            ("f", "d/n", FsError::ReadOnly),
            ("d", "f", FsError::ReadOnly),
        ] {
            assert_eq!(rename(from, to, kind), error, "{from} to {to}");
        }
    }
}
