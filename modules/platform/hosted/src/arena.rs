//! Memory of the host, handed out once and for ever.

use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicUsize, Ordering};

/// One mapping, of which the front is still free.
pub struct Arena {
    base: *mut MaybeUninit<u8>,
    /// Bytes from the base on that nobody has taken.
    free: AtomicUsize,
}

// SAFETY: the pointer is only ever used to make blocks that do not overlap, which the atomic sees to.
unsafe impl Send for Arena {}
// SAFETY: as for `Send`.
unsafe impl Sync for Arena {}

impl Arena {
    /// Maps `size` bytes; none when the host refuses.
    pub fn map(size: usize) -> Option<Self> {
        let (access, kind) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
        // SAFETY: a new mapping wherever the host likes touches nothing that is there already.
        let base =
            unsafe { libc::mmap(core::ptr::null_mut(), size, access, kind | libc::MAP_NORESERVE, -1, 0) };
        (base != libc::MAP_FAILED).then(|| Self { base: base.cast(), free: AtomicUsize::new(size) })
    }

    /// Takes `size` bytes from the end, the first aligned to `align` (a power of two).
    pub fn take(&self, size: usize, align: usize) -> Option<&'static mut [MaybeUninit<u8>]> {
        let base = self.base.addr();
        // The address of the block, if there is room for it, as an offset.
        let cut = |free: usize| ((base + free).checked_sub(size)? & !(align - 1)).checked_sub(base);
        let free = self.free.fetch_update(Ordering::AcqRel, Ordering::Acquire, cut).ok()?;
        let start = cut(free)?;
        // SAFETY: within the mapping, which is never given back; `free` now ends before the block, so
        // it is nobody else's. Uninitialised bytes need no particular content.
        Some(unsafe { core::slice::from_raw_parts_mut(self.base.add(start), size) })
    }

    /// Bytes that are free.
    pub fn left(&self) -> usize {
        self.free.load(Ordering::Acquire)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_aligned_disjoint_and_writable() {
        let arena = Arena::map(1 << 20).unwrap();
        let mut floor = arena.base.addr() + (1 << 20);
        for (size, align) in [(1, 1), (100, 64), (4096, 4096), (5, 2), (1 << 16, 1 << 14)] {
            let block = arena.take(size, align).unwrap();
            block.fill(MaybeUninit::new(0xa5));
            let start = block.as_ptr().addr();
            assert_eq!((start % align, block.len()), (0, size));
            assert!(start + size <= floor);
            floor = start;
        }
        assert_eq!(arena.left(), floor - arena.base.addr());
    }

    #[test]
    fn what_is_not_there_is_refused_and_nothing_is_lost() {
        let arena = Arena::map(1 << 16).unwrap();
        assert!(arena.take((1 << 16) + 1, 1).is_none());
        assert!(arena.take(usize::MAX, 1).is_none());
        assert_eq!(arena.left(), 1 << 16);
        assert!(arena.take(1 << 16, 1).is_some());
        assert!(arena.take(1, 1).is_none());
    }
}
