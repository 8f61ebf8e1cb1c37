//! Folders that a test works on a copy of.

use std::fs;
use std::path::Path;

/// Copies a folder with all that is in it, but for what has been built there.
///
/// # Panics
/// When it is not there, or there is no room for it.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("there is room for a folder");
    for entry in fs::read_dir(from).expect("the folder is there") {
        let entry = entry.expect("it can be read");
        let (name, path) = (entry.file_name(), entry.path());
        if name == "target" {
            continue;
        }
        if path.is_dir() {
            copy(&path, &to.join(name));
        } else {
            fs::copy(&path, to.join(name)).expect("there is room for a file");
        }
    }
}
