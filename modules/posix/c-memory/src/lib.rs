//! `malloc` and its kin, over the image's heap.
//!
//! In front of each block lies a header with what the heap wants to know again: how long the block is and how it is
//! aligned. Small ones that are freed are kept for a while, and come before the heap is asked. Where the GNU C library
//! goes beyond ISO C (section 7.24.3) and POSIX.1-2024, this does what it does.
#![no_std]

extern crate alloc;

mod block;
mod kept;
mod strings;
#[cfg(test)]
mod tests;

use block::{ALIGNMENT, Block};
use core::ffi::{c_int, c_void};
use core::ptr::{NonNull, null_mut};
use kept::Kept;
use oscomp_abi::StartError;
use oscomp_c_abi::numbers::{EINVAL, ENOMEM};
use oscomp_interfaces::{Errno, Heap, set_errno};
use oscomp_macros::{exports, module};

/// Memory for C programs.
#[module(ambient(Heap), exports)]
pub struct CMemory<
    /// Where the numbers of errors go.
    Numbers: Errno,
> {
    numbers: Numbers,
    kept: Kept,
}

impl<Numbers: Errno> CMemory<Numbers> {
    /// Takes nothing yet.
    ///
    /// # Errors
    /// None.
    pub const fn start(numbers: Numbers) -> Result<Self, StartError> {
        Ok(Self { numbers, kept: Kept::new() })
    }

    /// A block of the heap's, for C; without one null, and `errno` is `ENOMEM`.
    #[inline]
    fn found(&self, block: impl Fn() -> Option<Block>) -> *mut c_void {
        self.of_heap(block).map_or_else(|| self.failed(ENOMEM), Block::as_ptr)
    }

    /// A block of the heap's, which has all that is kept back if it has no room without.
    #[inline]
    fn of_heap(&self, block: impl Fn() -> Option<Block>) -> Option<Block> {
        block().or_else(|| if self.kept.free() { block() } else { None })
    }

    /// The heap's answer to `malloc`.
    #[inline(never)]
    fn fresh(&self, size: usize) -> *mut c_void {
        self.found(|| Block::new(size))
    }

    #[cold]
    fn failed(&self, number: c_int) -> *mut c_void {
        set_errno(self.numbers, number);
        null_mut()
    }
}

#[exports]
impl<Numbers: Errno> CMemory<Numbers> {
    /// A block of `size` bytes, aligned to 16; one of its own for a size of 0 too (ISO C, 7.24.3.6).
    ///
    /// Null, with `ENOMEM`, if there is no room.
    #[must_use]
    pub fn malloc(&self, size: usize) -> *mut c_void {
        self.kept.take(size).map_or_else(|| self.fresh(size), Block::as_ptr)
    }

    /// A block for `count` elements of `size` bytes, all 0 (ISO C, 7.24.3.2).
    ///
    /// Null, with `ENOMEM`, if there is no room, or the product is no size.
    #[must_use]
    pub fn calloc(&self, count: usize, size: usize) -> *mut c_void {
        let Some(size) = count.checked_mul(size) else {
            return self.failed(ENOMEM);
        };
        let Some(block) = self.kept.take(size) else {
            return self.found(|| Block::zeroed(size));
        };
        // SAFETY: the block has so many bytes.
        unsafe { block.as_ptr().write_bytes(0, size) };
        block.as_ptr()
    }

    /// The block with another size, moved if need be; a new one for null (ISO C, 7.24.3.7). With a size of 0 it is
    /// freed, and the result null, as in the GNU C library.
    ///
    /// Null, with `ENOMEM` and the block as it was, if there is no room.
    ///
    /// # Safety
    /// `block` is null or a block of this module's that was not freed.
    pub unsafe fn realloc(&self, block: *mut c_void, size: usize) -> *mut c_void {
        let Some(pointer) = NonNull::new(block) else {
            return self.malloc(size);
        };
        // SAFETY: by the contract.
        let block = unsafe { Block::from_ptr(pointer) };
        if size == 0 {
            // SAFETY: by the contract nobody uses it any more.
            unsafe { self.free(block.as_ptr()) };
            return null_mut();
        }
        // SAFETY: by the contract nobody uses it any more where it was.
        self.found(|| unsafe { block.resize(size) })
    }

    /// As `realloc`, for `count` elements of `size` bytes (POSIX.1-2024); null, with `ENOMEM`, too if their product is
    /// no size.
    ///
    /// # Safety
    /// That of `realloc`.
    pub unsafe fn reallocarray(&self, block: *mut c_void, count: usize, size: usize) -> *mut c_void {
        match count.checked_mul(size) {
            // SAFETY: the contract is the same.
            Some(size) => unsafe { self.realloc(block, size) },
            None => self.failed(ENOMEM),
        }
    }

    /// Takes a block back; nothing for null (ISO C, 7.24.3.3).
    ///
    /// # Safety
    /// `block` is null or a block of this module's that was not freed, and is not used afterwards.
    pub unsafe fn free(&self, block: *mut c_void) {
        let Some(pointer) = NonNull::new(block) else { return };
        // SAFETY: by the contract.
        unsafe {
            let block = Block::from_ptr(pointer);
            if !self.kept.keep(block) {
                block.free();
            }
        }
    }

    /// A block aligned to `alignment`, of any size (ISO C, 7.24.3.1).
    ///
    /// Null if there is no room, with `ENOMEM`, or if the alignment is not a power of two, with `EINVAL`.
    #[must_use]
    pub fn aligned_alloc(&self, alignment: usize, size: usize) -> *mut c_void {
        if alignment.is_power_of_two() {
            self.found(|| Block::aligned(alignment, size))
        } else {
            self.failed(EINVAL)
        }
    }

    /// As `aligned_alloc`, with the alignment rounded up to a power of two. Null, with `EINVAL`, if there is none.
    #[must_use]
    pub fn memalign(&self, alignment: usize, size: usize) -> *mut c_void {
        match alignment.checked_next_power_of_two() {
            Some(alignment) => self.found(|| Block::aligned(alignment, size)),
            None => self.failed(EINVAL),
        }
    }

    /// As `aligned_alloc`, with the block at `place` and 0 (POSIX.1-2024). Else the result is the number of the error
    /// and `errno` as before: `ENOMEM` without room, `EINVAL` if the alignment is not a power of two or less than a
    /// pointer.
    ///
    /// # Safety
    /// `place` can be written.
    pub unsafe fn posix_memalign(&self, place: *mut *mut c_void, alignment: usize, size: usize) -> c_int {
        if !alignment.is_power_of_two() || alignment < size_of::<*mut c_void>() {
            return EINVAL;
        }
        match self.of_heap(|| Block::aligned(alignment, size)) {
            Some(block) => {
                // SAFETY: by the contract.
                unsafe { place.write(block.as_ptr()) };
                0
            }
            None => ENOMEM,
        }
    }

    /// How many bytes of a block can be used: as many as were asked for, or up to 15 more. 0 for null.
    ///
    /// # Safety
    /// `block` is null or a block of this module's that was not freed.
    #[must_use]
    pub unsafe fn malloc_usable_size(&self, block: *mut c_void) -> usize {
        // SAFETY: by the contract.
        NonNull::new(block).map_or(0, |pointer| unsafe { Block::from_ptr(pointer).size() })
    }
}

const _: () = assert!(ALIGNMENT >= align_of::<u128>() && ALIGNMENT >= 2 * size_of::<usize>());
