//! Putting a changed text in a file's place.

use crate::failure::Failure;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process;

/// Replaces the contents of a file at once: it is the old one or the new one, whatever happens, and keeps its
/// permissions. Refuses if what is in it is not `expected` any more. `shown` is the path as the user would write it.
pub fn replace(path: &Path, shown: &str, expected: &str, text: &str) -> Result<(), Failure> {
    let failure = |error: &io::Error| {
        let help = match error.kind() {
            io::ErrorKind::StorageFull => "make room on that disk",
            _ => "check the permissions of the file and of its folder",
        };
        Failure::environment(format!("{shown} cannot be written: {error}"), help)
    };
    let found = fs::read(path).map_err(|error| failure(&error))?;
    if found != expected.as_bytes() {
        return Err(Failure::environment(
            format!("{shown} was changed meanwhile"),
            "nothing is written; run the command again, on what the file is now",
        ));
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}", process::id()));
    let beside = Path::new(&beside);
    let written = fs::metadata(path).and_then(|metadata| {
        let mut file = File::options().write(true).create_new(true).mode(0o600).open(beside)?;
        file.write_all(text.as_bytes())?;
        file.set_permissions(metadata.permissions())?;
        file.sync_all()?;
        fs::rename(beside, path)
    });
    written.map_err(|error| {
        // What is left of the attempt is of no use; that it cannot be removed changes nothing.
        if error.kind() != io::ErrorKind::AlreadyExists {
            let _ = fs::remove_file(beside);
        }
        failure(&error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_file_keeps_its_permissions() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("system.kdl");
        fs::write(&path, "one").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        replace(&path, "system.kdl", "one", "two").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_somebody_else_wrote_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("system.kdl");
        fs::write(&path, "three").unwrap();
        assert!(replace(&path, "system.kdl", "one", "two").is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "three");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
