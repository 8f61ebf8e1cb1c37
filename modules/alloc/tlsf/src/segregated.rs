use core::alloc::Layout;
use core::mem::MaybeUninit;
use core::ptr::NonNull;
use oscomp_heap_region::Allocator;
use rlsf::Tlsf;

/// The crate's allocator: 32 powers of two from 32 bytes to 64 GiB, each in 16 steps.
pub struct Segregated(Tlsf<'static, u32, u16, 32, 16>);

impl Segregated {
    pub fn new(memory: &'static mut [MaybeUninit<u8>]) -> Self {
        let mut tlsf = Tlsf::new();
        tlsf.insert_free_block(memory);
        Self(tlsf)
    }
}

// SAFETY: the crate's contract is that of `GlobalAlloc`, except that a block's size is not needed to
// free it.
unsafe impl Allocator for Segregated {
    #[inline]
    unsafe fn allocate(&mut self, layout: Layout) -> Option<NonNull<u8>> {
        self.0.allocate(layout)
    }

    #[inline]
    unsafe fn deallocate(&mut self, block: NonNull<u8>, layout: Layout) {
        // SAFETY: the block came from `allocate` for this alignment, by our caller's contract.
        unsafe { self.0.deallocate(block, layout.align()) }
    }

    unsafe fn reallocate(&mut self, block: NonNull<u8>, layout: Layout, size: usize) -> Option<NonNull<u8>> {
        let wanted = Layout::from_size_align(size, layout.align()).ok()?;
        // SAFETY: the block came from `allocate` for the same alignment, by our caller's contract.
        unsafe { self.0.reallocate(block, wanted) }
    }
}
