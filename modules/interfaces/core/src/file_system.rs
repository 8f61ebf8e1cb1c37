//! File systems: files that can be made, changed and removed.

use core::fmt;
use core::time::Duration;
use oscomp_macros::interface;

/// The longest name of one part of a path, in bytes.
pub const NAME_LIMIT: usize = 255;
/// The longest path, in bytes.
pub const PATH_LIMIT: usize = 4095;

/// An open file of a file system; of no meaning to another one, or after it was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OpenFile(pub u32);

/// How a file is opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenHow {
    /// It is going to be written; a directory cannot.
    pub write: bool,
    /// It is made, empty, if it is not there.
    pub create: bool,
    /// It must not be there already; with `create`.
    pub exclusive: bool,
    /// What is in it is removed; with `write`.
    pub truncate: bool,
}

impl OpenHow {
    /// To be read only.
    pub const READ: Self = Self { write: false, create: false, exclusive: false, truncate: false };
    /// To be read and written, and made if it is not there.
    pub const CREATE: Self = Self { write: true, create: true, ..Self::READ };
}

/// What is at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A file.
    File,
    /// A directory.
    Directory,
}

/// What is known of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// What it is.
    pub kind: FileKind,
    /// Its bytes; of a directory anything.
    pub length: u64,
    /// When it was changed last, counted from the beginning of 1970 in UTC, if that is known.
    pub modified: Option<Duration>,
    /// A number that no other file of the file system has at the same time.
    pub number: u64,
}

/// How much there is of a file system, and how much is left, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    /// What files can take in all.
    pub total: u64,
    /// What they can take in addition.
    pub free: u64,
}

/// One file system, as POSIX.1-2024 means it where nothing else is said.
///
/// **Paths** have `/` between their parts and none at their ends; no part is empty, `.` or `..`; the empty path is
/// that of the root. A path of another form is [`InvalidPath`](FsError::InvalidPath).
///
/// **Open files** stay what they are when their path is renamed or removed; what is removed is freed when it is closed
/// last. Reading and writing say where, and know no position. What was never written between what was reads as zeroes.
///
/// **Power.** What [`sync`](Self::sync) has succeeded for is there after the power failed: the bytes of the file, its
/// length, and its path. So is a name that was removed or changed before. Whether more is, is the module's affair.
///
/// Calls may come from several threads, and none is from interrupt context. None waits for ever.
#[interface]
pub trait FileSystem {
    /// Opens a file, or a directory for [`stat`](Self::stat) and [`sync`](Self::sync).
    ///
    /// # Errors
    /// `NotFound`, `Exists`, `IsDirectory`, `NotDirectory`, `ReadOnly`, `TooManyOpen`, `NoSpace`, and those of paths.
    fn open(self, path: &str, how: OpenHow) -> Result<OpenFile, FsError>;

    /// Closes a file. What was written is not synced by that.
    fn close(self, file: OpenFile);

    /// Reads from byte `at` on; how many bytes. Fewer than asked for only where the file ends; none behind.
    ///
    /// # Errors
    /// `IsDirectory`, `Failed`, `Corrupt`.
    fn read(self, file: OpenFile, at: u64, into: &mut [u8]) -> Result<usize, FsError>;

    /// Writes from byte `at` on; how many bytes, all unless there is no more space. The file is longer afterwards if
    /// need be.
    ///
    /// # Errors
    /// `NotWritable`, `TooLarge`, `NoSpace` if not one byte could be written, `Failed`, `Corrupt`.
    fn write(self, file: OpenFile, at: u64, from: &[u8]) -> Result<usize, FsError>;

    /// Makes a file so long, by cutting off or by zeroes.
    ///
    /// # Errors
    /// As [`write`](Self::write); nothing has changed then.
    fn resize(self, file: OpenFile, length: u64) -> Result<(), FsError>;

    /// Has what the file is now be there after the power fails.
    ///
    /// # Errors
    /// `Failed`; what was written since the last time may be lost then.
    fn sync(self, file: OpenFile) -> Result<(), FsError>;

    /// What is known of an open file.
    ///
    /// # Errors
    /// `Failed`, `Corrupt`.
    fn stat(self, file: OpenFile) -> Result<Metadata, FsError>;

    /// What is known of what is at a path.
    ///
    /// # Errors
    /// `NotFound`, `NotDirectory`, and those of paths.
    fn metadata(self, path: &str) -> Result<Metadata, FsError>;

    /// Makes a directory.
    ///
    /// # Errors
    /// `Exists`, `NotFound` if what it is to be in is not there, `NotDirectory`, `ReadOnly`, `NoSpace`, and those of
    /// paths.
    fn create_directory(self, path: &str) -> Result<(), FsError>;

    /// Removes a file, or a directory that is empty.
    ///
    /// # Errors
    /// `NotFound`, `NotDirectory`, `NotEmpty`, `Busy` for the root, `ReadOnly`, and those of paths.
    fn remove(self, path: &str) -> Result<(), FsError>;

    /// Gives what is at `from` the path `to`, at once: whoever looks sees it at one of both. A file that is at `to`
    /// is replaced, as is an empty directory by a directory.
    ///
    /// # Errors
    /// `NotFound`, `NotDirectory`, `IsDirectory`, `NotEmpty`, `InvalidPath` if `to` is inside of `from`, `Busy` for
    /// the root, `ReadOnly`, `NoSpace`, and those of paths.
    fn rename(self, from: &str, to: &str) -> Result<(), FsError>;

    /// Tells of what is in a directory, in an order of its own, until `tell` returns false: the name and what it is.
    /// `tell` does not call the file system.
    ///
    /// # Errors
    /// `NotFound`, `NotDirectory`, `Failed`, `Corrupt`, and those of paths.
    fn entries(self, path: &str, tell: impl FnMut(&str, FileKind) -> bool) -> Result<(), FsError>;

    /// How much there is, and how much is left.
    ///
    /// # Errors
    /// `Failed`, `Corrupt`.
    fn space(self) -> Result<Space, FsError>;
}

/// Verifies the form of a path: see [`FileSystem`].
///
/// # Errors
/// `InvalidPath` and `NameTooLong`.
pub fn verify_path(path: &str) -> Result<(), FsError> {
    if path.len() > PATH_LIMIT {
        return Err(FsError::NameTooLong);
    }
    if path.is_empty() {
        return Ok(());
    }
    // Byte by byte, once: whoever opens a file waits for this.
    let bytes = path.as_bytes();
    let mut start = 0;
    for (at, byte) in bytes.iter().enumerate() {
        // One comparison for most of them.
        if *byte > b'/' {
            continue;
        }
        match byte {
            b'/' => {
                verify_name(&bytes[start..at])?;
                start = at + 1;
            }
            0 => return Err(FsError::InvalidPath),
            _ => {}
        }
    }
    verify_name(&bytes[start..])
}

#[inline(always)]
const fn verify_name(name: &[u8]) -> Result<(), FsError> {
    match name {
        [] | [b'.'] | [b'.', b'.'] => Err(FsError::InvalidPath),
        long if long.len() > NAME_LIMIT => Err(FsError::NameTooLong),
        _ => Ok(()),
    }
}

/// Why a file system did not do what it was asked. Nothing has changed then, unless something else is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FsError {
    /// Nothing is at the path (`ENOENT`).
    NotFound,
    /// Something is at the path already (`EEXIST`).
    Exists,
    /// A directory is where a file is needed (`EISDIR`).
    IsDirectory,
    /// Something that is no directory is where one is needed (`ENOTDIR`).
    NotDirectory,
    /// The directory is not empty (`ENOTEMPTY`).
    NotEmpty,
    /// A part of the path, or all of it, is too long (`ENAMETOOLONG`).
    NameTooLong,
    /// The path is of no form that there is (`EINVAL`).
    InvalidPath,
    /// Nothing can be changed here (`EROFS`).
    ReadOnly,
    /// The file was not opened to be written, or is not open (`EBADF`).
    NotWritable,
    /// There is no space left (`ENOSPC`).
    NoSpace,
    /// A file cannot be so large (`EFBIG`).
    TooLarge,
    /// As many files are open as can be (`ENFILE`).
    TooManyOpen,
    /// It cannot be removed or moved (`EBUSY`).
    Busy,
    /// What is renamed would have to go to another file system (`EXDEV`).
    CrossesMounts,
    /// The file system cannot do that (`ENOTSUP`).
    Unsupported,
    /// The device failed (`EIO`); some of what was asked for may have been done.
    Failed,
    /// What is on the device is no file system of that kind, or is damaged (`EUCLEAN`).
    Corrupt,
}

impl fmt::Display for FsError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::NotFound => "no such file or directory",
            Self::Exists => "there is such a file already",
            Self::IsDirectory => "it is a directory",
            Self::NotDirectory => "it is no directory",
            Self::NotEmpty => "the directory is not empty",
            Self::NameTooLong => "the name is too long",
            Self::InvalidPath => "it is no path",
            Self::ReadOnly => "the file system can only be read",
            Self::NotWritable => "the file is not open to be written",
            Self::NoSpace => "there is no space left",
            Self::TooLarge => "a file cannot be so large",
            Self::TooManyOpen => "too many files are open",
            Self::Busy => "it is in use",
            Self::CrossesMounts => "it would go to another file system",
            Self::Unsupported => "the file system cannot do that",
            Self::Failed => "the device failed",
            Self::Corrupt => "the file system is damaged",
        })
    }
}

impl core::error::Error for FsError {}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;

    #[test]
    fn paths_have_a_form() {
        for path in ["", "a", "a/b", ".a/..b/...", "ä/ö"] {
            assert_eq!(verify_path(path), Ok(()), "{path}");
        }
        for path in ["/", "/a", "a/", "a//b", ".", "a/.", "../a", "a\0", "a/\0/b"] {
            assert_eq!(verify_path(path), Err(FsError::InvalidPath), "{path:?}");
        }
        let name = "n".repeat(NAME_LIMIT);
        assert_eq!(verify_path(&std::format!("{name}/{name}")), Ok(()));
        assert_eq!(verify_path(&std::format!("a/{name}n")), Err(FsError::NameTooLong));
        assert_eq!(verify_path(&"a/".repeat(PATH_LIMIT)), Err(FsError::NameTooLong));
    }
}
