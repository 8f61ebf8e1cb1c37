//! The memory that the CPU itself needs.

use crate::paging::Table;
use core::cell::UnsafeCell;
use core::mem::{MaybeUninit, offset_of};
use core::ops::Range;

/// Size of the stack that exceptions are handled on, in bytes.
pub const EXCEPTIONS: usize = 8 * 1024;

/// Page tables and stacks, `STACK` bytes of it for the main stack.
///
/// Under each stack lie two tables. Nothing writes to a table once it is in use, so they are left out
/// of the mapping: each pair is the guard of the stack above it, and no stray write reaches a table.
#[repr(C, align(4096))]
pub struct Ground<const STACK: usize> {
    upper: UnsafeCell<[Table; 2]>,
    main: UnsafeCell<[MaybeUninit<u8>; STACK]>,
    lower: UnsafeCell<[Table; 2]>,
    exceptions: UnsafeCell<[MaybeUninit<u8>; EXCEPTIONS]>,
}

// SAFETY: only the CPU and the boot code, which runs once and alone, look inside.
unsafe impl<const STACK: usize> Sync for Ground<STACK> {}

impl<const STACK: usize> Ground<STACK> {
    /// Offset of the second-level table (page-directory pointers); the root is at the beginning.
    pub const POINTERS: usize = size_of::<Table>();
    /// Offset of the end of the main stack, where the third-level table (the page directory) begins.
    pub const STACK_END: usize = offset_of!(Self, lower);

    /// All of it, unused.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "only ever a static")]
    pub const fn new() -> Self {
        const { assert!(STACK.is_multiple_of(4096), "a stack is whole pages of 4 KiB") };
        Self {
            upper: UnsafeCell::new([const { Table::new() }; 2]),
            main: UnsafeCell::new([const { MaybeUninit::uninit() }; STACK]),
            lower: UnsafeCell::new([const { Table::new() }; 2]),
            exceptions: UnsafeCell::new([const { MaybeUninit::uninit() }; EXCEPTIONS]),
        }
    }

    /// Where its parts are.
    #[inline(always)]
    #[must_use]
    pub fn places(&'static self) -> Places {
        let base = core::ptr::from_ref(self).addr();
        let exceptions = base + offset_of!(Self, exceptions);
        Places {
            root: self.upper.get().cast(),
            directory: self.lower.get().cast(),
            main_guard: base..base + offset_of!(Self, main),
            exceptions_guard: base + Self::STACK_END..exceptions,
            exceptions_end: exceptions + EXCEPTIONS,
        }
    }
}

/// Where the parts of a [`Ground`] are.
pub struct Places {
    /// The root of the page tables; the second level follows it.
    pub root: *mut Table,
    /// The third level, for the first GiB; the fourth, for the first 2 MiB, follows it.
    pub directory: *mut Table,
    /// The addresses under the main stack.
    pub main_guard: Range<usize>,
    /// The addresses under the stack of the exceptions.
    pub exceptions_guard: Range<usize>,
    /// Where the stack of the exceptions begins, growing down.
    pub exceptions_end: usize,
}
