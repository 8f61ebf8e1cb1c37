//! The memory of a machine that nothing uses yet. A library of the platforms, not a module.
#![no_std]

use core::mem::MaybeUninit;
use core::ops::Range;
use spin::mutex::SpinMutex;

/// Bytes of a page.
const PAGE: usize = 4096;
/// How many separate ranges are kept; smaller ones give way to larger ones.
const RANGES: usize = 8;

/// Ranges of free memory, handed out once and for ever.
#[derive(Debug)]
pub struct Pool(SpinMutex<Free>);

/// The machine's free memory. Empty until the platform's boot code has filled it.
pub static POOL: Pool = Pool::new();

impl Pool {
    /// Without any memory.
    const fn new() -> Self {
        Self(SpinMutex::new(Free::new(0..0)))
    }

    /// Adds a range.
    ///
    /// # Safety
    /// The memory is mapped, readable and writable, and nothing else ever uses it.
    pub unsafe fn add(&self, range: Range<usize>) {
        self.0.lock().add(range);
    }

    /// Takes `size` bytes, the first aligned to `align` (a power of two); none when no range has them.
    ///
    /// They come from the end of the smallest range that has them.
    pub fn take(&self, size: usize, align: usize) -> Option<&'static mut [MaybeUninit<u8>]> {
        let mut ranges = self.0.lock();
        let start = |range: &Range<usize>| {
            let start = range.end.checked_sub(size)? & !(align - 1);
            (start >= range.start && start != 0).then_some(start)
        };
        let range =
            ranges.0.iter_mut().filter(|range| start(range).is_some()).min_by_key(|range| range.len())?;
        range.end = start(range)?;
        let block = core::ptr::with_exposed_provenance_mut(range.end);
        // SAFETY: by the contract of `add` the range is usable memory that nobody else uses, and what
        // is taken is in it no longer. Uninitialised bytes need no particular content.
        Some(unsafe { core::slice::from_raw_parts_mut(block, size) })
    }

    /// Bytes in the largest range.
    pub fn largest(&self) -> usize {
        self.0.lock().0.iter().map(ExactSizeIterator::len).max().unwrap_or(0)
    }
}

/// The memory of a machine that is in one piece with the image.
#[derive(Clone, Debug)]
pub struct Ram {
    /// All of it: whole pages.
    pub all: Range<usize>,
    /// What of it nobody has.
    pub free: Free,
}

impl Ram {
    /// Memory that nobody has yet: whole pages.
    #[must_use]
    pub const fn new(all: Range<usize>) -> Self {
        let free = Free::new(all.start..all.end);
        Self { all, free }
    }
}

/// Ranges of free memory, whole pages, before there is a pool.
#[derive(Clone, Debug)]
pub struct Free([Range<usize>; RANGES]);

impl Free {
    /// One range.
    #[must_use]
    pub const fn new(range: Range<usize>) -> Self {
        let mut ranges = [const { 0..0 }; RANGES];
        ranges[0] = range;
        Self(ranges)
    }

    /// Leaves out the pages of what somebody has. Of too many pieces the smallest is lost.
    pub fn leave_out(&mut self, taken: &Range<usize>) {
        if taken.is_empty() {
            return;
        }
        let taken = taken.start & !(PAGE - 1)..taken.end.checked_next_multiple_of(PAGE).unwrap_or(usize::MAX);
        for index in 0..RANGES {
            let range = self.0[index].clone();
            if range.start < taken.end && taken.start < range.end {
                let [before, behind] = without(range, &taken);
                self.0[index] = before;
                self.add(behind);
            }
        }
    }

    /// Takes the largest range out.
    pub fn take_largest(&mut self) -> Range<usize> {
        let largest = self.0.iter_mut().max_by_key(|range| range.len());
        largest.map_or(0..0, |range| core::mem::replace(range, 0..0))
    }

    /// Adds a range in place of the smallest, if that is smaller.
    pub fn add(&mut self, range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        if let Some(least) = self.0.iter_mut().min_by_key(|range| range.len())
            && least.len() < range.len()
        {
            *least = range;
        }
    }

    /// The ranges; some may be empty.
    pub fn into_ranges(self) -> impl Iterator<Item = Range<usize>> {
        self.0.into_iter()
    }
}

/// What of `range` lies before and behind what is `taken`.
#[must_use]
pub fn without(range: Range<usize>, taken: &Range<usize>) -> [Range<usize>; 2] {
    let Range { start, end } = range;
    [start..taken.start.clamp(start, end), taken.end.clamp(start, end)..end]
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::boxed::Box;

    /// A pool of the given ranges, in pages, of one block of 64 pages; and the block's address.
    fn pool(pages: &[Range<usize>]) -> (Pool, usize) {
        #[repr(align(4096))]
        struct Block([u8; 64 * 4096]);
        let base = Box::leak(Box::new(Block([0; 64 * 4096]))).0.as_mut_ptr().expose_provenance();
        let pool = Pool::new();
        for range in pages {
            // SAFETY: leaked above for this pool alone; the tests give ranges that do not overlap.
            unsafe { pool.add(base + range.start * 4096..base + range.end * 4096) };
        }
        (pool, base)
    }

    #[test]
    fn the_smallest_range_that_fits_is_cut() {
        let (pool, base) = pool(&[0..8, 10..12, 20..24]);
        let block = pool.take(2 * 4096, 4096).unwrap();
        assert_eq!(block.as_ptr().addr(), base + 10 * 4096);
        assert_eq!(pool.take(3 * 4096, 8).unwrap().as_ptr().addr(), base + 21 * 4096);
        assert_eq!(pool.largest(), 8 * 4096);
    }

    #[test]
    fn blocks_are_aligned_disjoint_and_writable() {
        let (pool, base) = pool(core::slice::from_ref(&(1..64)));
        let mut floor = base + 64 * 4096;
        for (size, align) in [(1, 1), (100, 64), (4096, 4096), (5, 2), (16 * 4096, 8192)] {
            let block = pool.take(size, align).unwrap();
            block.fill(MaybeUninit::new(0xa5));
            let start = block.as_ptr().addr();
            assert_eq!((start % align, block.len()), (0, size));
            assert!(start + size <= floor && start >= base + 4096);
            floor = start;
        }
    }

    #[test]
    fn what_no_range_has_is_refused_and_nothing_is_lost() {
        let (pool, _) = pool(&[0..2, 3..5]);
        assert!(pool.take(2 * 4096 + 1, 1).is_none());
        assert!(pool.take(usize::MAX, 1).is_none());
        assert!(pool.take(4096, 1 << 40).is_none());
        assert_eq!(pool.largest(), 2 * 4096);
        assert!(pool.take(2 * 4096, 4096).is_some());
        assert!(pool.take(2 * 4096, 4096).is_some());
        assert_eq!(pool.largest(), 0);
    }

    #[test]
    fn too_many_ranges_drop_the_smallest() {
        let (pool, _) = pool(&[0..1, 2..4, 5..7, 8..10, 11..13, 14..16, 17..19, 20..22, 23..30, 31..33]);
        let pages: usize = pool.0.lock().0.iter().map(|range| range.len() / 4096).sum();
        assert_eq!(pages, 7 * 2 + 7);
    }

    #[test]
    fn several_may_have_memory() {
        let mut free = Free::new(0x1000..0x10000);
        for taken in [0x4010..0x4020, 0x7000..0x9000, 0..0x1000, 0xf000..0x20000, 0x2000..0x2000] {
            free.leave_out(&taken);
        }
        let mut left: std::vec::Vec<_> =
            free.clone().into_ranges().filter(|range| !range.is_empty()).collect();
        left.sort_by_key(|range| range.start);
        assert_eq!(left, [0x1000..0x4000, 0x5000..0x7000, 0x9000..0xf000]);
        assert_eq!(free.take_largest(), 0x9000..0xf000);
        assert_eq!(free.take_largest(), 0x1000..0x4000);
    }

    #[test]
    fn what_is_taken_is_left_out_wherever_it_is() {
        assert_eq!(without(4..8, &(5..6)), [4..5, 6..8]);
        assert_eq!(without(4..8, &(3..6)), [4..4, 6..8]);
        assert_eq!(without(4..8, &(6..9)), [4..6, 8..8]);
        assert_eq!(without(4..8, &(3..9)), [4..4, 8..8]);
        assert_eq!(without(4..8, &(1..2)), [4..4, 4..8]);
        assert_eq!(without(4..8, &(9..10)), [4..8, 8..8]);
    }
}
