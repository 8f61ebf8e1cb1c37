use core::alloc::Layout;
use core::mem::MaybeUninit;
use core::ptr::NonNull;
use linked_list_allocator::Heap;
use oscomp_heap_region::{Allocator, relocate};

/// The crate's allocator.
pub struct Holes(Heap);

/// The least hole: a size and a pointer, in bytes.
const UNIT: usize = 2 * size_of::<usize>();

impl Holes {
    pub fn new(memory: &'static mut [MaybeUninit<u8>]) -> Self {
        Self(Heap::from_slice(memory))
    }
}

/// What is cut out for a request: whole units, so that what remains is a hole or nothing.
///
/// The crate is only ever asked for these, so that a block may change its size within its units.
fn units_of(size: usize, align: usize) -> Option<Layout> {
    Layout::from_size_align(size.checked_next_multiple_of(UNIT)?, align).ok()
}

// SAFETY: the crate cuts a block out of one hole, which it takes off the list or makes smaller, and a block
// is on the list only once it has come back.
unsafe impl Allocator for Holes {
    #[inline]
    unsafe fn allocate(&mut self, layout: Layout) -> Option<NonNull<u8>> {
        self.0.allocate_first_fit(units_of(layout.size(), layout.align())?).ok()
    }

    #[inline]
    unsafe fn deallocate(&mut self, block: NonNull<u8>, layout: Layout) {
        if let Some(layout) = units_of(layout.size(), layout.align()) {
            // SAFETY: the block came from `allocate_first_fit` for these units: `allocate` asked for
            // them, and `reallocate` keeps a block only if they stay the same.
            unsafe { self.0.deallocate(block, layout) };
        }
    }

    unsafe fn reallocate(&mut self, block: NonNull<u8>, layout: Layout, size: usize) -> Option<NonNull<u8>> {
        if units_of(size, layout.align()) == units_of(layout.size(), layout.align()) {
            return Some(block);
        }
        // SAFETY: our caller's contract.
        unsafe { relocate(self, block, layout, size) }
    }
}
