//! A site in its folder: whole or not at all.

use super::Site;
use crate::failure::Failure;
use std::path::{Path, PathBuf};
use std::{fs, io, process};

/// What tells a site from a folder of somebody's.
const MARK: &str = "search-index.js";

/// Writes a site to a folder that is not there yet, is empty, or holds one that was written before; that one is
/// replaced.
pub fn write(folder: &Path, site: &Site) -> Result<(), Failure> {
    let occupied = fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    if (occupied && !folder.join(MARK).is_file()) || folder.is_file() {
        return Err(Failure::environment(
            format!("{} exists and is not a reference that was written before", folder.display()),
            "name a folder that does not exist yet: `oscomp doc -o FOLDER`",
        ));
    }
    let beside = |what: &str| {
        let mut name = folder.as_os_str().to_owned();
        name.push(format!(".{what}.{}", process::id()));
        PathBuf::from(name)
    };
    let (new, old) = (beside("new"), beside("old"));
    let written = write_files(&new, site).and_then(|()| {
        if folder.exists() {
            fs::rename(folder, &old)?;
        }
        fs::rename(&new, folder).inspect_err(|_| {
            // What was there comes back.
            let _ = fs::rename(&old, folder);
        })
    });
    // What is left of the attempt, or of what was replaced, is of no use.
    let _ = fs::remove_dir_all(&new);
    let _ = fs::remove_dir_all(&old);
    written.map_err(|error| {
        Failure::environment(
            format!("{} cannot be written: {error}", folder.display()),
            "name another folder: `oscomp doc -o FOLDER`",
        )
    })
}

fn write_files(folder: &Path, site: &Site) -> io::Result<()> {
    for (path, text) in site {
        let file = folder.join(path);
        if let Some(parent) = file.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(file, text)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(files: &[&str]) -> Site {
        files.iter().map(|file| ((*file).to_owned(), "x".to_owned())).collect()
    }

    #[test]
    fn a_site_replaces_the_one_before_and_nothing_else() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().join("a/doc");
        write(&folder, &site(&[MARK, "module/old.html"])).unwrap();
        write(&folder, &site(&[MARK, "module/new.html"])).unwrap();
        assert!(folder.join("module/new.html").is_file() && !folder.join("module/old.html").exists());
        assert_eq!(fs::read_dir(folder.parent().unwrap()).unwrap().count(), 1);

        let other = temporary.path().join("mine");
        fs::create_dir(&other).unwrap();
        write(&other, &site(&[MARK])).unwrap();
        fs::remove_file(other.join(MARK)).unwrap();
        fs::write(other.join("thesis.txt"), "years").unwrap();
        assert!(write(&other, &site(&[MARK])).is_err());
        assert_eq!(fs::read_dir(&other).unwrap().count(), 1);
        assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 2);
    }

    #[test]
    fn nothing_is_left_of_one_that_cannot_be_written() {
        let temporary = tempfile::tempdir().unwrap();
        // A file and a folder of one name.
        let broken = site(&["a", "a/b"]);
        assert!(write(&temporary.path().join("doc"), &broken).is_err());
        assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0);
    }
}
