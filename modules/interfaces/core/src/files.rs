//! Files.

use core::time::Duration;
use oscomp_macros::interface;

/// Files that stay as they are while the image runs, and whose bytes lie in memory.
///
/// They are numbered from 0 in the order of their paths, byte by byte. A path has `/` between its parts
/// and none at its ends; no part is empty, `.` or `..`.
#[interface]
pub trait Files {
    /// How many there are.
    fn count(self) -> usize;

    /// The file of a number; none from [`count`](Self::count) on.
    fn file(self, number: usize) -> Option<File>;

    /// The number of the file at a path.
    fn find(self, path: &str) -> Option<usize>;
}

/// A file that stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct File {
    /// Where it is.
    pub path: &'static str,
    /// What is in it.
    pub bytes: &'static [u8],
    /// When it was changed last, counted from the beginning of 1970 in UTC, if that is known.
    pub modified: Option<Duration>,
}
