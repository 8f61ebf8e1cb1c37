//! Small blocks that were freed, kept for the next that is as long.
//!
//! Whatever allocator is composed, a program that frees and allocates the same sizes over and over goes round here
//! in a few instructions. The lock is only tried: who does not get it goes to the heap, so nobody waits for a thread
//! that was preempted meanwhile.

use crate::block::{ALIGNMENT, Block};
use core::cell::UnsafeCell;
use core::hint;
use core::sync::atomic::{AtomicBool, Ordering};

/// The longest block that is kept, in bytes.
const LONGEST: usize = 2048;
/// Lengths of blocks that are kept.
const LENGTHS: usize = LONGEST / ALIGNMENT;
/// How many bytes are kept at the most, without headers; one more, and all go back to the heap.
pub const MOST: usize = 16 << 10;

/// The blocks.
pub struct Kept {
    busy: AtomicBool,
    lists: UnsafeCell<Lists>,
}

// SAFETY: the lists are reached by who has set `busy` alone, and a block in them belongs to nobody else.
unsafe impl Sync for Kept {}
// SAFETY: a block may be used and freed in any thread.
unsafe impl Send for Kept {}

struct Lists {
    bytes: usize,
    /// The one freed last, by length; its first bytes say which was before.
    last: [Option<Block>; LENGTHS],
}

/// Which list is that of blocks for `size` bytes, if they are kept.
#[inline]
const fn list(size: usize) -> Option<usize> {
    let list = size.wrapping_sub(1) / ALIGNMENT;
    if list < LENGTHS { Some(list) } else { None }
}

impl Kept {
    /// None yet.
    pub const fn new() -> Self {
        let lists = Lists { bytes: 0, last: [None; LENGTHS] };
        Self { busy: AtomicBool::new(false), lists: UnsafeCell::new(lists) }
    }

    /// A block for `size` bytes, if there is one.
    #[inline]
    pub fn take(&self, size: usize) -> Option<Block> {
        let list = list(size)?;
        self.with(|lists| {
            let block = lists.last[list]?;
            // SAFETY: `keep` has put it there, and written which was before.
            lists.last[list] = unsafe { block.first().read() };
            lists.bytes -= (list + 1) * ALIGNMENT;
            Some(block)
        })?
    }

    /// Keeps a block; false if that is for the heap to take.
    ///
    /// # Safety
    /// It was not freed, and, if it is kept, is not used afterwards.
    #[inline]
    pub unsafe fn keep(&self, block: Block) -> bool {
        let size = block.size();
        let Some(list) = list(size).filter(|_| block.is_aligned_as_usual()) else { return false };
        let kept = self.with(|lists| {
            if lists.bytes + size > MOST {
                lists.free();
            }
            lists.bytes += size;
            // SAFETY: by the contract nobody uses the block, which has 16 bytes at the least.
            unsafe { block.first().write(lists.last[list]) };
            lists.last[list] = Some(block);
        });
        kept.is_some()
    }

    /// Gives all of them back to the heap; false if there were none.
    #[cold]
    pub fn free(&self) -> bool {
        loop {
            if let Some(some) = self.with(Lists::free) {
                return some;
            }
            hint::spin_loop();
        }
    }

    /// None if another thread is at it.
    #[inline]
    fn with<T>(&self, act: impl FnOnce(&mut Lists) -> T) -> Option<T> {
        if self.busy.swap(true, Ordering::Acquire) {
            return None;
        }
        // SAFETY: nobody else has found `busy` unset.
        let result = act(unsafe { &mut *self.lists.get() });
        self.busy.store(false, Ordering::Release);
        Some(result)
    }
}

impl Lists {
    #[cold]
    fn free(&mut self) -> bool {
        for last in &mut self.last {
            while let Some(block) = *last {
                // SAFETY: `keep` has put it there, and it is not used any more when it is off the list.
                unsafe {
                    *last = block.first().read();
                    block.free();
                }
            }
        }
        core::mem::take(&mut self.bytes) > 0
    }
}
