//! Why nothing was measured.

use std::fmt;
use std::path::Path;

/// What went wrong, with what to do about it if that is known.
#[derive(Debug)]
pub struct Problem(pub String);

impl Problem {
    /// That file could not be read or written.
    pub fn file(path: &Path, error: impl fmt::Display) -> Self {
        Self(format!("{}: {error}", path.display()))
    }

    /// That program failed.
    pub fn program(name: &str, error: impl fmt::Display) -> Self {
        Self(format!("{name}: {error}"))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
