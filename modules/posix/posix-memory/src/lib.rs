//! Mappings of POSIX for C programs: `mmap` and its relatives, with memory of the heap.
//!
//! There is one address space, in which the heap can be read and written, so protection can be set without effect;
//! nothing in it can be executed. A mapping of a file is a copy. What changed in a shared one is written to the file by
//! `msync`, `munmap`, and at the end; what others change in the file is seen after `msync` with `MS_INVALIDATE`. Memory
//! goes back to the heap when the last page of what one call mapped is unmapped.
#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod flags;
mod mapping;
mod region;

#[cfg(test)]
mod tests;

use core::ffi::{c_int, c_void};
use core::ptr;
use flags::{MREMAP_MAYMOVE, PAGE};
use mapping::Mappings;
use oscomp_abi::StartError;
use oscomp_interfaces::{Errno, Heap, OpenFiles, or_errno};
use oscomp_macros::{exports, module};
use spin::{Mutex, MutexGuard};

/// What was asked for, or the number of an error.
type Result<T> = core::result::Result<T, c_int>;

/// Mappings of memory and of files.
#[module(exports, ambient(Heap), stop)]
pub struct PosixMemory<
    /// The files that descriptors are of.
    Files: OpenFiles,
    /// Where the numbers of errors go.
    Numbers: Errno,
> {
    files: Files,
    numbers: Numbers,
    mappings: Mutex<Mappings>,
}

impl<Files: OpenFiles, Numbers: Errno> PosixMemory<Files, Numbers> {
    /// Nothing is mapped.
    ///
    /// # Errors
    /// None.
    pub const fn start(files: Files, numbers: Numbers) -> core::result::Result<Self, StartError> {
        Ok(Self { files, numbers, mappings: Mutex::new(Mappings::new()) })
    }

    /// Writes what changed to the files.
    pub fn stop(&self) {
        self.mappings().write_all(self.files);
    }

    fn mappings(&self) -> MutexGuard<'_, Mappings> {
        self.mappings.lock()
    }

    fn done(&self, result: Result<()>) -> c_int {
        or_errno(self.numbers, result.map(|()| 0), -1)
    }

    fn placed(&self, result: Result<*mut u8>) -> *mut c_void {
        or_errno(self.numbers, result.map(<*mut u8>::cast), ptr::without_provenance_mut(usize::MAX))
    }
}

#[exports]
impl<Files: OpenFiles, Numbers: Errno> PosixMemory<Files, Numbers> {
    /// Maps zeroes, or a copy of a file; where is the module's affair. `MAP_FIXED` and `PROT_EXEC` are `ENOTSUP`.
    pub fn mmap(
        &self,
        _place: *mut c_void,
        length: usize,
        protection: c_int,
        flags: c_int,
        descriptor: c_int,
        offset: i64,
    ) -> *mut c_void {
        self.placed(self.mappings().map(self.files, length, protection, flags, descriptor, offset))
    }

    /// Unmaps pages; what changed in those of shared files is written to them.
    ///
    /// # Safety
    /// Nobody uses the pages any more.
    pub unsafe fn munmap(&self, place: *mut c_void, length: usize) -> c_int {
        // SAFETY: the caller's.
        self.done(unsafe { self.mappings().unmap(self.files, place.addr(), length) })
    }

    /// Makes a mapping longer or shorter; with `MREMAP_MAYMOVE` it may be elsewhere then. Of a shared file only the
    /// whole mapping can become longer.
    ///
    /// # Safety
    /// Nobody uses the pages meanwhile, nor afterwards those that are no more.
    pub unsafe fn mremap(&self, place: *mut c_void, length: usize, new: usize, flags: c_int) -> *mut c_void {
        let may_move = flags == MREMAP_MAYMOVE;
        if flags & !MREMAP_MAYMOVE != 0 {
            return self.placed(Err(oscomp_c_abi::numbers::EINVAL));
        }
        // SAFETY: the caller's.
        self.placed(unsafe { self.mappings().resize(self.files, place.cast(), length, new, may_move) })
    }

    /// Writes what changed to the file; with `MS_SYNC` it is there after the power failed, and with `MS_INVALIDATE`
    /// what others changed is seen.
    ///
    /// # Safety
    /// Nobody changes the pages meanwhile.
    pub unsafe fn msync(&self, place: *mut c_void, length: usize, flags: c_int) -> c_int {
        // SAFETY: the caller's.
        self.done(unsafe { self.mappings().sync(self.files, place.addr(), length, flags) })
    }

    /// Verifies that pages are mapped and could be used so.
    pub fn mprotect(&self, place: *mut c_void, length: usize, protection: c_int) -> c_int {
        self.done(self.mappings().protect(place.addr(), length, protection))
    }

    /// Takes advice. What is not needed of memory that is no file's is zeroes afterwards, as on Linux.
    ///
    /// # Safety
    /// With `MADV_DONTNEED` nobody uses the pages meanwhile.
    pub unsafe fn madvise(&self, place: *mut c_void, length: usize, advice: c_int) -> c_int {
        // SAFETY: the caller's.
        self.done(unsafe { self.mappings().advise(place.addr(), length, advice) })
    }

    /// Takes advice without doing anything; the number of an error, or 0.
    pub fn posix_madvise(&self, place: *mut c_void, length: usize, advice: c_int) -> c_int {
        let known = self.mappings().take_advice(place.addr(), length, advice);
        known.map_or_else(|number| number, |()| 0)
    }
}

/// A length in whole pages.
fn pages(length: usize) -> Option<usize> {
    length.checked_next_multiple_of(PAGE)
}
