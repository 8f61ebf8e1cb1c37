//! The files behind descriptors, for who goes on using one after its descriptor was closed.

use crate::ErrorNumber;
use oscomp_macros::interface;

/// A file that is held open; of no meaning to another provider, or after it was released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldFile {
    /// Which it is.
    pub number: u32,
    /// Whether its descriptor was open to be read.
    pub readable: bool,
    /// Whether its descriptor was open to be written.
    pub writable: bool,
}

/// The files of a C program, as what maps them into memory needs them: `mmap` adds a reference to the file that
/// closing the descriptor does not remove (POSIX.1-2024, `mmap`).
#[interface]
pub trait OpenFiles {
    /// Keeps the file of a descriptor open until [`release`](Self::release).
    ///
    /// # Errors
    /// `EBADF`; `ENODEV` for what is no file; `ENFILE` if as many are held as can be.
    fn hold(self, descriptor: i32) -> Result<HeldFile, ErrorNumber>;

    /// Lets a file go, which is closed if nothing else has it open.
    fn release(self, file: HeldFile);

    /// The bytes of a file.
    ///
    /// # Errors
    /// Those of `fstat`.
    fn length(self, file: HeldFile) -> Result<u64, ErrorNumber>;

    /// Reads from byte `at` on; how many bytes. Fewer than asked for only where the file ends.
    ///
    /// # Errors
    /// Those of `pread`.
    fn read_at(self, file: HeldFile, at: u64, into: &mut [u8]) -> Result<usize, ErrorNumber>;

    /// Writes from byte `at` on; how many bytes.
    ///
    /// # Errors
    /// Those of `pwrite`.
    fn write_at(self, file: HeldFile, at: u64, from: &[u8]) -> Result<usize, ErrorNumber>;

    /// Has what was written be there after the power fails.
    ///
    /// # Errors
    /// Those of `fsync`.
    fn sync(self, file: HeldFile) -> Result<(), ErrorNumber>;
}
