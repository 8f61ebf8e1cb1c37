//! Descriptors: what is open for a C program, by small numbers.

use oscomp_macros::interface;

/// The number of an error, as `errno` has it (POSIX.1-2024, `<errno.h>`); never 0.
pub type ErrorNumber = i32;

/// From where [`Descriptors::seek`] counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whence {
    /// The beginning of the file (`SEEK_SET`).
    Start,
    /// The position (`SEEK_CUR`).
    Current,
    /// The end of the file (`SEEK_END`).
    End,
}

/// The descriptors of a C program: 0, 1 and 2 are open from the beginning. Who writes C's `<stdio.h>` needs no more of
/// POSIX than this.
///
/// The errors are those that POSIX.1-2024 has for the functions of these names.
#[interface]
pub trait Descriptors {
    /// Opens the file at a path, with flags as `open` takes them; the lowest descriptor that was free.
    ///
    /// # Errors
    /// Those of `open`; `ENOSYS` where there are no files.
    fn open(self, path: &[u8], flags: i32, mode: u32) -> Result<i32, ErrorNumber>;

    /// Closes a descriptor.
    ///
    /// # Errors
    /// `EBADF`.
    fn close(self, descriptor: i32) -> Result<(), ErrorNumber>;

    /// Reads from the position on; how many bytes, 0 at the end. Waits for the first byte where none is there yet.
    ///
    /// # Errors
    /// Those of `read`.
    fn read(self, descriptor: i32, into: &mut [u8]) -> Result<usize, ErrorNumber>;

    /// Writes from the position on; how many bytes.
    ///
    /// # Errors
    /// Those of `write`.
    fn write(self, descriptor: i32, from: &[u8]) -> Result<usize, ErrorNumber>;

    /// Moves the position; where it is then.
    ///
    /// # Errors
    /// Those of `lseek`: `ESPIPE` for what has no position.
    fn seek(self, descriptor: i32, offset: i64, whence: Whence) -> Result<u64, ErrorNumber>;

    /// Whether a person may be at the other end.
    ///
    /// # Errors
    /// `EBADF`.
    fn is_terminal(self, descriptor: i32) -> Result<bool, ErrorNumber>;

    /// Removes what is at a path.
    ///
    /// # Errors
    /// Those of `remove`; `ENOSYS` where there are no files.
    fn remove(self, path: &[u8]) -> Result<(), ErrorNumber>;

    /// Gives what is at a path another one.
    ///
    /// # Errors
    /// Those of `rename`; `ENOSYS` where there are no files.
    fn rename(self, from: &[u8], to: &[u8]) -> Result<(), ErrorNumber>;
}
