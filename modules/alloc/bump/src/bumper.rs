use core::alloc::Layout;
use core::mem::MaybeUninit;
use core::ptr::NonNull;
use oscomp_heap_region::Allocator;

/// A region of which the first `next` bytes are handed out, or were and are not reused.
pub struct Bumper {
    base: NonNull<u8>,
    length: usize,
    next: usize,
    /// How many blocks are out.
    live: usize,
}

// SAFETY: the region belongs to the bumper alone, wherever that is.
unsafe impl Send for Bumper {}

impl Bumper {
    pub fn new(memory: &'static mut [MaybeUninit<u8>]) -> Self {
        Self { length: memory.len(), base: NonNull::from(memory).cast(), next: 0, live: 0 }
    }

    fn offset(&self, block: NonNull<u8>) -> usize {
        block.addr().get() - self.base.addr().get()
    }
}

// SAFETY: a block lies between the old and the new `next`, within the region. `next` goes back to a
// block's start only when that block is given back and ends there, so that no block lies behind it; or
// when no block is out.
unsafe impl Allocator for Bumper {
    #[inline]
    unsafe fn allocate(&mut self, layout: Layout) -> Option<NonNull<u8>> {
        let padding = (self.base.addr().get() + self.next).wrapping_neg() & (layout.align() - 1);
        let start = self.next.checked_add(padding)?;
        let end = start.checked_add(layout.size())?;
        if end > self.length {
            return None;
        }
        self.next = end;
        self.live += 1;
        // SAFETY: `start` is below `end`, which is within the region.
        Some(unsafe { self.base.add(start) })
    }

    #[inline]
    unsafe fn deallocate(&mut self, block: NonNull<u8>, layout: Layout) {
        self.live -= 1;
        let start = self.offset(block);
        if self.live == 0 {
            self.next = 0;
        } else if start + layout.size() == self.next {
            self.next = start;
        }
    }

    unsafe fn reallocate(&mut self, block: NonNull<u8>, layout: Layout, size: usize) -> Option<NonNull<u8>> {
        let start = self.offset(block);
        if start + layout.size() == self.next {
            let end = start.checked_add(size).filter(|end| *end <= self.length)?;
            self.next = end;
            return Some(block);
        }
        if size <= layout.size() {
            return Some(block);
        }
        // SAFETY: our caller's contract.
        unsafe { oscomp_heap_region::relocate(self, block, layout, size) }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::vec;

    #[test]
    fn the_last_block_comes_back_and_grows_where_it_stands() {
        let mut bumper = Bumper::new(vec![MaybeUninit::uninit(); 4096].leak());
        let layout = Layout::from_size_align(100, 4).unwrap();
        // SAFETY: sizes within the region, and each block is given back once, for its layout.
        unsafe {
            let first = bumper.allocate(layout).unwrap();
            let last = bumper.allocate(layout).unwrap();
            assert_eq!(bumper.reallocate(last, layout, 3000), Some(last));
            bumper.deallocate(last, Layout::from_size_align(3000, 4).unwrap());
            assert_eq!(bumper.allocate(layout), Some(last));
            assert_eq!(bumper.reallocate(first, layout, 50), Some(first));
            assert_ne!(bumper.reallocate(first, Layout::from_size_align(50, 4).unwrap(), 60), Some(first));
        }
    }
}
