//! Systems with changes.

use std::fs;
use std::path::{Path, PathBuf};

/// A `system.kdl` with the changes of a variation, beside the original; removed in the end.
pub struct VariedSystem {
    path: PathBuf,
    temporary: bool,
}

impl VariedSystem {
    /// Replaces texts of the system in a folder, each of which has to be there. A variation without a name is the system
    /// as it is. `kind` tells it apart from the same variation that is used otherwise at the same time.
    ///
    /// # Errors
    /// When a text is not there, or a file cannot be read or written.
    pub fn write(folder: &Path, name: &str, replace: &[[String; 2]], kind: &str) -> Result<Self, String> {
        let original = folder.join("system.kdl");
        if name.is_empty() {
            return Ok(Self { path: original, temporary: false });
        }
        let mut text =
            fs::read_to_string(&original).map_err(|error| format!("{}: {error}", original.display()))?;
        for [old, new] in replace {
            if !text.contains(old) {
                return Err(format!("{} does not contain `{old}`", original.display()));
            }
            text = text.replace(old, new);
        }
        // Its own name, so that the images of the variations lie side by side.
        let (head, tail) = text.split_once("system \"").ok_or("no system node")?;
        let (system, tail) = tail.split_once('"').ok_or("no system name")?;
        let text = format!("{head}system \"{system}-{name}\"{tail}");
        let path = folder.join(format!("variation-{name}-{kind}.kdl"));
        fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self { path, temporary: true })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for VariedSystem {
    fn drop(&mut self) {
        if self.temporary {
            let _ = fs::remove_file(&self.path);
        }
    }
}
