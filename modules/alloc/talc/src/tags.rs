use core::alloc::Layout;
use core::mem::MaybeUninit;
use core::ptr::NonNull;
use oscomp_heap_region::{Allocator, relocate};
use talc::DefaultBinning;
use talc::base::Talc;
use talc::source::Manual;

/// The crate's allocator over one region, which is all that it will ever have.
pub struct Tags(Talc<Manual, DefaultBinning>);

impl Tags {
    /// None when the region is too small for the allocator's own figures.
    pub fn new(memory: &'static mut [MaybeUninit<u8>]) -> Option<Self> {
        let mut talc = Talc::new(Manual);
        // SAFETY: the region is ours for ever, and `Manual` leaves claiming to us.
        unsafe { talc.claim(memory.as_mut_ptr().cast(), memory.len()) }?;
        Some(Self(talc))
    }
}

// SAFETY: the crate keeps the contract of `GlobalAlloc` by the same methods.
unsafe impl Allocator for Tags {
    #[inline]
    unsafe fn allocate(&mut self, layout: Layout) -> Option<NonNull<u8>> {
        // SAFETY: the size is not zero by our caller's contract.
        unsafe { self.0.try_allocate(layout) }
    }

    #[inline]
    unsafe fn deallocate(&mut self, block: NonNull<u8>, layout: Layout) {
        // SAFETY: the block came from `allocate` for this layout, by our caller's contract.
        unsafe { self.0.deallocate(block.as_ptr(), layout) }
    }

    unsafe fn reallocate(&mut self, block: NonNull<u8>, layout: Layout, size: usize) -> Option<NonNull<u8>> {
        // SAFETY: the block came from `allocate` for this layout, and the size is not zero.
        if unsafe { self.0.try_realloc_in_place(block.as_ptr(), layout, size) } {
            return Some(block);
        }
        // SAFETY: our caller's contract; the block is unchanged.
        unsafe { relocate(self, block, layout, size) }
    }
}
