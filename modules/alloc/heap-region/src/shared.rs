use core::alloc::Layout;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicUsize, Ordering};
use oscomp_interfaces::{HeapUsage, Memory};
use spin::Mutex;

/// An algorithm that hands out blocks of one region, for one caller at a time.
///
/// # Safety
/// A block that [`allocate`](Self::allocate) returns has the size and the alignment of its layout, lies in
/// memory that the allocator alone owns, and overlaps no other block until it is taken back. No method
/// panics or unwinds when its own contract is kept.
pub unsafe trait Allocator: Send {
    /// A block, or none.
    ///
    /// # Safety
    /// The size of `layout` is not zero; neither it nor the alignment exceeds the region's size.
    unsafe fn allocate(&mut self, layout: Layout) -> Option<NonNull<u8>>;

    /// Takes a block back.
    ///
    /// # Safety
    /// `block` came from this allocator for `layout`, and nobody uses it any more.
    unsafe fn deallocate(&mut self, block: NonNull<u8>, layout: Layout);

    /// Makes a block `size` bytes long, moving it if need be; none, with the block unchanged, when there
    /// is no room.
    ///
    /// # Safety
    /// As for [`deallocate`](Self::deallocate); `size` is not zero and does not exceed the region's.
    unsafe fn reallocate(&mut self, block: NonNull<u8>, layout: Layout, size: usize) -> Option<NonNull<u8>>;
}

/// Moves a block into a new one of `size` bytes: what is left when it cannot change where it stands.
///
/// # Safety
/// As for [`Allocator::reallocate`].
pub unsafe fn relocate(
    allocator: &mut impl Allocator,
    block: NonNull<u8>,
    layout: Layout,
    size: usize,
) -> Option<NonNull<u8>> {
    let wanted = Layout::from_size_align(size, layout.align()).ok()?;
    // SAFETY: the size is in order by our caller's contract, and the alignment was before.
    let new = unsafe { allocator.allocate(wanted) }?;
    // SAFETY: the old block is readable for its size, the new one writable for its own, and they do not
    // overlap, for both are handed out; the old one is not used after that.
    unsafe {
        new.copy_from_nonoverlapping(block, layout.size().min(size));
        allocator.deallocate(block, layout);
    }
    Some(new)
}

/// An allocator behind a lock, with the figures of [`HeapUsage`].
pub struct Shared<A, Source> {
    allocator: Mutex<A>,
    total: usize,
    // Written under the lock, read without it.
    used: AtomicUsize,
    peak: AtomicUsize,
    source: Source,
}

/// From how many bytes on the source of the memory hears of growth.
const MUCH: usize = 256 << 10;

impl<A: Allocator, Source: Memory> Shared<A, Source> {
    /// Shares an allocator that was given `total` bytes of what `source` has.
    pub const fn new(allocator: A, total: usize, source: Source) -> Self {
        Self {
            allocator: Mutex::new(allocator),
            total,
            used: AtomicUsize::new(0),
            peak: AtomicUsize::new(0),
            source,
        }
    }

    /// As in `Heap`.
    ///
    /// # Safety
    /// As in `Heap`.
    #[inline]
    pub unsafe fn allocate(&self, layout: Layout) -> *mut u8 {
        if layout.size().max(layout.align()) > self.total {
            return core::ptr::null_mut();
        }
        let mut allocator = self.allocator.lock();
        // SAFETY: the size is not zero by our caller's contract; neither figure exceeds the region's.
        match unsafe { allocator.allocate(layout) } {
            Some(block) => {
                self.count(layout.size(), 0);
                block.as_ptr()
            }
            None => core::ptr::null_mut(),
        }
    }

    /// As in `Heap`.
    ///
    /// # Safety
    /// As in `Heap`.
    #[inline]
    pub unsafe fn deallocate(&self, block: *mut u8, layout: Layout) {
        let mut allocator = self.allocator.lock();
        // SAFETY: by our caller's contract the block came from here, so it is not null, and is free.
        unsafe { allocator.deallocate(NonNull::new_unchecked(block), layout) };
        self.count(0, layout.size());
    }

    /// As in `Heap`.
    ///
    /// # Safety
    /// As in `Heap`.
    pub unsafe fn reallocate(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if size > self.total {
            return core::ptr::null_mut();
        }
        let mut allocator = self.allocator.lock();
        // SAFETY: by our caller's contract the block came from here, so it is not null, and the size is
        // not zero; it does not exceed the region's.
        match unsafe { allocator.reallocate(NonNull::new_unchecked(block), layout, size) } {
            Some(block) => {
                self.count(size, layout.size());
                block.as_ptr()
            }
            None => core::ptr::null_mut(),
        }
    }

    /// As in `Heap`.
    pub fn usage(&self) -> HeapUsage {
        let used = self.used.load(Ordering::Relaxed);
        HeapUsage { total: self.total, used, peak: self.peak.load(Ordering::Relaxed).max(used) }
    }

    /// Counts bytes in and out; only the holder of the lock calls this.
    #[inline]
    fn count(&self, more: usize, less: usize) {
        let used = self.used.load(Ordering::Relaxed) + more - less;
        self.used.store(used, Ordering::Relaxed);
        let peak = self.peak.load(Ordering::Relaxed);
        if used > peak {
            self.peak.store(used, Ordering::Relaxed);
            // It has one binary digit more.
            if used ^ peak > peak | (MUCH - 1) {
                self.source.grown();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use core::mem::MaybeUninit;
    use std::boxed::Box;

    /// Hands out what nobody uses.
    struct Nothing;

    // SAFETY: no block is read or written here.
    unsafe impl Allocator for Nothing {
        unsafe fn allocate(&mut self, _: Layout) -> Option<NonNull<u8>> {
            Some(NonNull::dangling())
        }

        unsafe fn deallocate(&mut self, _: NonNull<u8>, _: Layout) {}

        unsafe fn reallocate(&mut self, block: NonNull<u8>, _: Layout, _: usize) -> Option<NonNull<u8>> {
            Some(block)
        }
    }

    #[derive(Clone, Copy)]
    struct Growing(&'static AtomicUsize);

    impl Memory for Growing {
        fn take(self, _: usize, _: usize) -> Option<&'static mut [MaybeUninit<u8>]> {
            None
        }

        fn largest(self) -> usize {
            0
        }

        fn grown(self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn the_source_hears_when_much_has_become_twice_as_much() {
        let source = Growing(Box::leak(Box::new(AtomicUsize::new(0))));
        let heap = Shared::new(Nothing, 64 << 20, source);
        let layout = Layout::from_size_align(64 << 10, 16).unwrap();
        let mut heard = std::vec::Vec::new();
        for _ in 0..2 {
            for blocks in 1..=100 {
                // SAFETY: the size is not zero.
                unsafe { heap.allocate(layout) };
                if source.0.swap(0, Ordering::Relaxed) > 0 {
                    heard.push(blocks);
                }
            }
            for _ in 0..100 {
                // SAFETY: so many blocks have been handed out.
                unsafe { heap.deallocate(NonNull::dangling().as_ptr(), layout) };
            }
        }
        // The second time it is not more than ever before.
        assert_eq!(heard, [4, 8, 16, 32, 64]);
    }
}
