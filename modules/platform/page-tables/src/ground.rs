//! The memory that the CPU itself needs.

use crate::{Frames, PAGE, Table};
use core::cell::UnsafeCell;
use core::mem::{MaybeUninit, offset_of};
use core::ops::Range;

/// Size of the stack that exceptions and interrupts are handled on, in bytes.
pub const EXCEPTIONS: usize = 8 * 1024;

/// Page tables and stacks, `STACK` bytes of it for the main stack.
///
/// Under each stack lies a table. Nothing writes to a table once it is in use, so they are left out of the
/// mapping: each is the guard of the stack above it, and no stray write reaches it.
#[repr(C, align(4096))]
pub struct Ground<const STACK: usize> {
    root: UnsafeCell<Table>,
    main: UnsafeCell<[MaybeUninit<u8>; STACK]>,
    below: UnsafeCell<Table>,
    exceptions: UnsafeCell<[MaybeUninit<u8>; EXCEPTIONS]>,
}

// SAFETY: only the CPU and the boot code, which runs once and alone, look inside.
unsafe impl<const STACK: usize> Sync for Ground<STACK> {}

impl<const STACK: usize> Ground<STACK> {
    /// Offset of the end of the main stack.
    pub const STACK_END: usize = offset_of!(Self, below);
    /// Offset of the end of the stack of exceptions.
    pub const EXCEPTIONS_END: usize = offset_of!(Self, exceptions) + EXCEPTIONS;

    /// All of it, unused.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "only ever a static")]
    pub const fn new() -> Self {
        const { assert!(STACK.is_multiple_of(4096), "a stack is whole pages of 4 KiB") };
        Self {
            root: UnsafeCell::new(Table::new()),
            main: UnsafeCell::new([const { MaybeUninit::uninit() }; STACK]),
            below: UnsafeCell::new(Table::new()),
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
            root: self.root.get(),
            below: self.below.get(),
            main: base + offset_of!(Self, main)..base + Self::STACK_END,
            exceptions: exceptions..exceptions + EXCEPTIONS,
        }
    }
}

/// Where the parts of a [`Ground`] are.
#[derive(Clone, Debug)]
pub struct Places {
    /// The root of the page tables; the guard of the main stack.
    pub root: *mut Table,
    /// Another table; the guard of the stack of exceptions.
    pub below: *mut Table,
    /// The main stack.
    pub main: Range<usize>,
    /// The stack of exceptions.
    pub exceptions: Range<usize>,
}

impl Places {
    /// The addresses under the main stack, and under the stack of exceptions.
    #[must_use]
    pub fn guards(&self) -> [Range<usize>; 2] {
        [self.root.addr()..self.main.start, self.below.addr()..self.exceptions.start]
    }
}

/// Takes tables: the ground's own first, then from the memory behind the image.
#[derive(Debug)]
pub struct Behind {
    own: Option<*mut Table>,
    rest: Range<usize>,
}

impl Behind {
    /// Takes from `rest`, which begins with a whole page.
    ///
    /// # Safety
    /// The ground's table is in use nowhere, and `rest` is free memory at its own address.
    #[must_use]
    pub const unsafe fn new(places: &Places, rest: Range<usize>) -> Self {
        Self { own: Some(places.below), rest }
    }

    /// The memory that is left.
    #[must_use]
    pub fn into_rest(self) -> Range<usize> {
        self.rest
    }
}

impl Frames for Behind {
    fn frame(&mut self) -> Option<*mut Table> {
        if let Some(own) = self.own.take() {
            return Some(own);
        }
        if self.rest.len() < PAGE {
            return None;
        }
        let frame: *mut Table = core::ptr::with_exposed_provenance_mut(self.rest.start);
        self.rest.start += PAGE;
        // SAFETY: free memory by the contract of `new`, a whole page.
        unsafe { frame.write(Table::new()) };
        Some(frame)
    }
}
