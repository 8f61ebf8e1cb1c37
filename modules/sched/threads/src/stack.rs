//! The stack of a thread, with a page under it that nothing may touch.

use crate::Machine;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem::MaybeUninit;
use core::ops::Range;
use core::ptr::NonNull;
use oscomp_interfaces::{GuardPage, Page, RunningStack, ThreadStacks};

/// Bytes of the smallest stack: what the scheduler itself and an interrupt need.
const LEAST: usize = 4 << 10;

/// A stack, from the heap. It is given back by [`free`](Self::free), not when it is dropped.
pub struct Stack {
    guard: GuardPage,
    /// The guard's page, and those above it.
    pages: NonNull<[Page]>,
}

// SAFETY: the pages are the stack's alone.
unsafe impl Send for Stack {}

impl Stack {
    /// A stack of so many bytes at the least; none when there is no memory. Called where the heap may be used.
    pub fn new(bytes: usize, machine: impl Machine) -> Option<Self> {
        let above = bytes.max(LEAST).div_ceil(Page::SIZE);
        let pages = NonNull::new(Box::into_raw(self::pages(above.checked_add(1)?)?))?;
        // SAFETY: just made, and nobody else's.
        let mut page: &'static mut Page = unsafe { &mut (*pages.as_ptr())[0] };
        let mut table = None;
        loop {
            let guard = machine.masked(|_| machine.stacks().guard(page, || table.take()));
            match guard {
                Ok(guard) => {
                    if let Some(table) = table {
                        // SAFETY: from `Box::leak` below, and not taken.
                        drop(unsafe { Box::from_raw(table) });
                    }
                    return Some(Self { guard, pages });
                }
                Err(again) => page = again,
            }
            // Got while nothing is masked; others may have made what it was for by then.
            let Some(one) = self::pages(1) else {
                // SAFETY: from `Box::into_raw` above; the page is accessible again, and not used any more.
                drop(unsafe { Box::from_raw(pages.as_ptr()) });
                return None;
            };
            table = Box::leak(one).first_mut();
        }
    }

    /// What the thread may use.
    pub fn bytes(&mut self) -> &mut [MaybeUninit<u8>] {
        let range = self.range();
        let start = self.pages.as_ptr().cast::<MaybeUninit<u8>>();
        // SAFETY: the pages above the guard's, which are the stack's alone.
        unsafe { core::slice::from_raw_parts_mut(start.add(Page::SIZE), range.len()) }
    }

    /// The addresses of that.
    fn range(&self) -> Range<usize> {
        let start = self.guard.address() + Page::SIZE;
        start..start + (self.pages.len() - 1) * Page::SIZE
    }

    /// What a report has to know while the thread of that name runs.
    pub fn running(&self, name: &'static str) -> RunningStack {
        let stack = self.range();
        RunningStack { name, guard: self.guard.address()..stack.start, stack }
    }

    /// Gives the memory back. Called where the heap may be used, when nothing runs on the stack any more.
    pub fn free(self, machine: impl Machine) {
        let Self { guard, pages } = self;
        machine.masked(|_| machine.stacks().release(guard));
        // SAFETY: from `Box::into_raw` in `new`; all of it is accessible again, and not used any more.
        drop(unsafe { Box::from_raw(pages.as_ptr()) });
    }
}

/// So many pages; none when there is no memory.
fn pages(count: usize) -> Option<Box<[Page]>> {
    let mut pages = Vec::new();
    pages.try_reserve_exact(count).ok()?;
    // SAFETY: there is room, and a page may have any bytes, or none.
    unsafe { pages.set_len(count) };
    Some(pages.into_boxed_slice())
}
