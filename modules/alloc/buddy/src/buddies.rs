use core::alloc::Layout;
use core::mem::MaybeUninit;
use core::ptr::NonNull;
use oscomp_heap_region::{Allocator, relocate};

/// The crate's allocator: blocks of up to 2^39 bytes.
pub struct Buddies(buddy_system_allocator::Heap<40>);

// SAFETY: the free lists lie in the region, which belongs to the allocator alone, wherever that is.
unsafe impl Send for Buddies {}

impl Buddies {
    pub fn new(memory: &'static mut [MaybeUninit<u8>]) -> Self {
        let mut heap = buddy_system_allocator::Heap::empty();
        // SAFETY: the region is ours for ever, and the heap has no other. Its provenance is exposed, for
        // the crate makes pointers of addresses.
        unsafe { heap.init(memory.as_mut_ptr().expose_provenance(), memory.len()) };
        Self(heap)
    }
}

/// The block that a request gets: a power of two, which holds both size and alignment.
///
/// The crate is only ever asked for such blocks, so that it need not know when one changes its size
/// without changing its block.
fn block_of(size: usize, align: usize) -> Option<Layout> {
    let size = size.max(align).max(size_of::<usize>()).checked_next_power_of_two()?;
    Layout::from_size_align(size, align).ok()
}

// SAFETY: each block is a power of two in size and stands at a multiple of it, split from a larger one or
// taken off a free list, so it is on none while it is out.
unsafe impl Allocator for Buddies {
    #[inline]
    unsafe fn allocate(&mut self, layout: Layout) -> Option<NonNull<u8>> {
        self.0.alloc(block_of(layout.size(), layout.align())?).ok()
    }

    #[inline]
    unsafe fn deallocate(&mut self, block: NonNull<u8>, layout: Layout) {
        if let Some(layout) = block_of(layout.size(), layout.align()) {
            // SAFETY: the block came from `alloc` for this block layout: `allocate` asked for the same,
            // and `reallocate` keeps a block only if its block layout stays.
            unsafe { self.0.dealloc(block, layout) };
        }
    }

    unsafe fn reallocate(&mut self, block: NonNull<u8>, layout: Layout, size: usize) -> Option<NonNull<u8>> {
        if block_of(size, layout.align()) == block_of(layout.size(), layout.align()) {
            return Some(block);
        }
        // SAFETY: our caller's contract.
        unsafe { relocate(self, block, layout, size) }
    }
}
