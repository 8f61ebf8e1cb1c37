//! A heap for those who only ask how full it is.

use core::alloc::Layout;
use core::ptr::null_mut;
use oscomp_interfaces::{Heap, HeapUsage};

/// A heap that grants nothing, and reports these figures.
#[derive(Clone, Copy, Debug)]
pub struct FullHeap(pub HeapUsage);

// SAFETY: a heap that refuses everything keeps every promise.
unsafe impl Heap for FullHeap {
    unsafe fn allocate(self, _layout: Layout) -> *mut u8 {
        null_mut()
    }

    unsafe fn deallocate(self, _block: *mut u8, _layout: Layout) {}

    unsafe fn reallocate(self, _block: *mut u8, _layout: Layout, _size: usize) -> *mut u8 {
        null_mut()
    }

    fn usage(self) -> HeapUsage {
        self.0
    }

    fn name(self) -> &'static str {
        "full"
    }
}
