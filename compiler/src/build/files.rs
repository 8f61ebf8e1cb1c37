//! Writing files so that nothing is ever half-written.

use crate::failure::Failure;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process;

/// Writes a file under another name and renames it, so that it appears whole or not at all.
pub fn write_whole(path: &Path, contents: &[u8]) -> Result<(), Failure> {
    write_with_mode(path, contents, 0o644)
}

/// Writes a file that can be executed, so that it appears whole or not at all.
pub fn write_program(path: &Path, contents: &[u8]) -> Result<(), Failure> {
    write_with_mode(path, contents, 0o755)
}

fn write_with_mode(path: &Path, contents: &[u8], mode: u32) -> Result<(), Failure> {
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(format!(".{}", process::id()));
    let unfinished = Path::new(&unfinished);
    make_parent(path)?;
    let written = File::options()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(mode)
        .open(unfinished)
        .and_then(|mut file| file.write_all(contents));
    written.and_then(|()| fs::rename(unfinished, path)).map_err(|error| {
        // What is left of the attempt is of no use; that it cannot be removed changes nothing.
        let _ = fs::remove_file(unfinished);
        unwritable(path, &error)
    })
}

/// Writes a file if its contents change, and says whether they did.
pub fn write_changed(path: &Path, contents: &[u8]) -> Result<bool, Failure> {
    if fs::read(path).is_ok_and(|old| old == contents) {
        return Ok(false);
    }
    write_whole(path, contents).map(|()| true)
}

/// Makes `link` a symbolic link to a folder.
pub fn link_folder(link: &Path, folder: &Path) -> Result<(), Failure> {
    if fs::read_link(link).is_ok_and(|old| old == folder) {
        return Ok(());
    }
    make_parent(link)?;
    match fs::remove_file(link) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(unwritable(link, &error)),
        _ => {}
    }
    std::os::unix::fs::symlink(folder, link).map_err(|error| unwritable(link, &error))
}

fn make_parent(path: &Path) -> Result<(), Failure> {
    let Some(folder) = path.parent() else { return Ok(()) };
    fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))
}

/// That a file cannot be written.
pub fn unwritable(path: &Path, error: &io::Error) -> Failure {
    let help = match error.kind() {
        io::ErrorKind::StorageFull => "make room on that disk",
        _ => "images are built beside the system: make that folder writable, or copy the system elsewhere",
    };
    Failure::environment(format!("{} cannot be written: {error}", path.display()), help)
}

/// That a file cannot be read.
pub fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::environment(
        format!("{} cannot be read: {error}", path.display()),
        "check its permissions; if it was removed meanwhile, run the command again",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_changes_are_written() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a folder/file");
        assert_eq!(write_changed(&file, b"one"), Ok(true));
        assert_eq!(write_changed(&file, b"one"), Ok(false));
        assert_eq!(write_changed(&file, b"two"), Ok(true));
        assert_eq!(fs::read(&file).unwrap(), b"two");
        assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn links_are_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        link_folder(&link, Path::new("/tmp")).unwrap();
        link_folder(&link, Path::new("/usr")).unwrap();
        assert_eq!(fs::read_link(&link).unwrap(), Path::new("/usr"));
    }
}
