//! Folders for images to share.

use crate::disk::CHANGED;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// A folder that an image shares: what is in it, and what has to be in it when the image has ended, by the paths. That of
/// an empty directory ends with `/`, and its text is empty.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Share {
    before: BTreeMap<String, Entry>,
    after: BTreeMap<String, Entry>,
}

/// What is at a path.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
enum Entry {
    /// A file with that text, changed last at the beginning of 2026.
    File(String),
    /// A symbolic link.
    Link { link: String },
    /// A text of that many bytes.
    Long { length: usize },
}

impl Entry {
    /// Whether what was found is what was expected.
    fn is(&self, found: &Self) -> bool {
        match (self, found) {
            (Self::Long { length }, Self::File(text)) => text.len() == *length,
            (expected, found) => expected == found,
        }
    }
}

impl Share {
    /// Makes the folder.
    ///
    /// # Errors
    /// When that fails.
    pub fn make(&self, folder: &Path) -> io::Result<()> {
        let _ = fs::remove_dir_all(folder);
        fs::create_dir_all(folder)?;
        for (path, entry) in &self.before {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().unwrap_or(folder))?;
            match entry {
                _ if path.as_os_str().as_encoded_bytes().ends_with(b"/") => fs::create_dir_all(&path)?,
                Entry::File(text) => {
                    fs::write(&path, text)?;
                    let changed = SystemTime::UNIX_EPOCH + Duration::from_secs(CHANGED);
                    File::options().write(true).open(&path)?.set_modified(changed)?;
                }
                Entry::Link { link } => symlink(link, &path)?,
                Entry::Long { length } => fs::write(&path, "x".repeat(*length))?,
            }
        }
        Ok(())
    }

    /// Verifies what is in the folder afterwards.
    ///
    /// # Errors
    /// What differs.
    pub fn verify(&self, folder: &Path) -> Result<(), String> {
        let mut found = BTreeMap::new();
        look(folder, "", &mut found).map_err(|error| format!("{}: {error}", folder.display()))?;
        let is_right = |(expected, found): ((&String, &Entry), (&String, &Entry))| {
            expected.0 == found.0 && expected.1.is(found.1)
        };
        if found.len() == self.after.len() && self.after.iter().zip(&found).all(is_right) {
            return Ok(());
        }
        Err(format!("expected in the shared folder: {:#?}\nbut there is: {found:#?}", self.after))
    }
}

/// Notes what is in a folder.
fn look(folder: &Path, inside: &str, found: &mut BTreeMap<String, Entry>) -> io::Result<()> {
    for entry in fs::read_dir(folder.join(inside))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let path = if inside.is_empty() { name } else { format!("{inside}/{name}") };
        let place = folder.join(&path);
        let kind = place.symlink_metadata()?.file_type();
        if kind.is_symlink() {
            let link = place.read_link()?.to_string_lossy().into_owned();
            found.insert(path, Entry::Link { link });
        } else if !kind.is_dir() {
            found.insert(path, Entry::File(fs::read_to_string(&place)?));
        } else if fs::read_dir(&place)?.next().is_none() {
            found.insert(path + "/", Entry::File(String::new()));
        } else {
            look(folder, &path, found)?;
        }
    }
    Ok(())
}
