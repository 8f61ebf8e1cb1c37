//! Which blocks are free. It is not on the disk, but found out when the file system is mounted.

use crate::layout::SLOTS;
use alloc::collections::TryReserveError;
use alloc::vec::Vec;

/// Bits, one for each block.
struct Bits(Vec<u64>);

impl Bits {
    fn new(count: u32) -> Result<Self, TryReserveError> {
        let words = count.div_ceil(64) as usize;
        let mut bits = Vec::new();
        bits.try_reserve_exact(words)?;
        bits.resize(words, 0);
        Ok(Self(bits))
    }

    fn has(&self, bit: u32) -> bool {
        self.0[(bit / 64) as usize] >> (bit % 64) & 1 != 0
    }

    fn set(&mut self, bit: u32) {
        self.0[(bit / 64) as usize] |= 1 << (bit % 64);
    }

    fn clear(&mut self, bit: u32) {
        self.0[(bit / 64) as usize] &= !(1 << (bit % 64));
    }
}

/// The blocks of the disk.
pub struct Space {
    blocks: u32,
    /// In use by what the files are now.
    used: Bits,
    /// In use by what is there after the power fails.
    committed: Bits,
    used_count: u32,
    /// How many are in use by what was committed alone.
    held: u32,
    /// Where to look for a free one.
    next: u32,
}

impl Space {
    /// All free but the superblocks.
    pub fn new(blocks: u32) -> Result<Self, TryReserveError> {
        let [mut used, committed] = [Bits::new(blocks)?, Bits::new(blocks)?];
        (0..SLOTS).for_each(|block| used.set(block));
        Ok(Self { blocks, used, committed, used_count: SLOTS, held: 0, next: SLOTS })
    }

    /// How many there are.
    pub fn blocks(&self) -> u32 {
        self.blocks
    }

    /// How many the files use now.
    pub fn used(&self) -> u32 {
        self.used_count
    }

    /// How many can be taken.
    pub fn available(&self) -> u32 {
        self.blocks - self.used_count - self.held
    }

    /// Whether the block was taken since the last commit, so that it may be written again.
    pub fn is_fresh(&self, block: u32) -> bool {
        self.used.has(block) && !self.committed.has(block)
    }

    /// Takes a certain block; whether it was free and there is one.
    pub fn mark(&mut self, block: u32) -> bool {
        if block >= self.blocks || self.used.has(block) {
            return false;
        }
        self.used.set(block);
        self.used_count += 1;
        true
    }

    /// Takes any, those behind the last one first.
    pub fn take(&mut self) -> Option<u32> {
        let block = self.free(self.next, self.blocks).or_else(|| self.free(SLOTS, self.next))?;
        self.used.set(block);
        self.used_count += 1;
        self.next = block + 1;
        Some(block)
    }

    fn free(&self, from: u32, end: u32) -> Option<u32> {
        let mut block = from;
        while block < end {
            let word = (block / 64) as usize;
            let free = !(self.used.0[word] | self.committed.0[word]) >> (block % 64);
            if free != 0 {
                return Some(block + free.trailing_zeros()).filter(|block| *block < end);
            }
            block = (block / 64 + 1) * 64;
        }
        None
    }

    /// Gives one back; it can be taken after the next commit, or at once if it was taken since the last one.
    pub fn give(&mut self, block: u32) {
        if self.used.has(block) {
            self.used.clear(block);
            self.used_count -= 1;
            self.held += u32::from(self.committed.has(block));
        }
    }

    /// What is used now is what is there after the power fails.
    pub fn commit(&mut self) {
        self.committed.0.copy_from_slice(&self.used.0);
        self.held = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_committed_is_not_taken_before_the_next_commit() {
        let mut space = Space::new(70).unwrap();
        let taken: Vec<u32> = core::iter::from_fn(|| space.take()).collect();
        assert_eq!(taken, (2..70).collect::<Vec<_>>());
        space.give(9);
        assert_eq!((space.available(), space.take()), (1, Some(9)), "it was never committed");
        space.commit();
        assert!(!space.is_fresh(9));
        [69, 3].into_iter().for_each(|block| space.give(block));
        assert_eq!((space.used(), space.available(), space.take()), (68, 0, None));
        space.commit();
        assert_eq!((space.available(), space.take(), space.take()), (2, Some(69), Some(3)));
        assert!(space.is_fresh(69) && !space.mark(69) && !space.mark(70));
    }
}
