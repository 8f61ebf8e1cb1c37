//! The memory of a cache: lines of neighbouring blocks, and which of them is where.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::ops::Range;

/// Bytes of a line, unless a block has more.
const LINE: usize = 4096;

/// A set of the blocks of a line, of which there are 8 at the most: the lowest bit is the first.
pub type Blocks = u8;

/// The blocks of a line from `start` on.
pub const fn blocks(start: usize, count: usize) -> Blocks {
    (((1_u16 << count) - 1) << start) as Blocks
}

/// Which blocks they are, in order.
pub fn each_of(set: Blocks) -> impl Iterator<Item = usize> {
    (0..Blocks::BITS as usize).filter(move |index| set & blocks(*index, 1) != 0)
}

/// What is known of the memory for one line.
#[derive(Clone, Copy, Debug, Default)]
pub struct Slot {
    /// Which line of the disk it was taken for last.
    line: u64,
    /// Blocks that hold what the disk has or is to have.
    pub valid: Blocks,
    /// Blocks that the disk does not have yet.
    pub dirty: Blocks,
    /// Whether it was used since somebody looked for memory here.
    used: bool,
}

/// Lines in memory.
pub struct Lines {
    block: usize,
    per_line: usize,
    bytes: Vec<u8>,
    slots: Vec<Slot>,
    places: BTreeMap<u64, usize>,
    hand: usize,
}

impl Lines {
    /// Room for `size` bytes of blocks of `block` bytes, for one line at the least; None if the heap has not so much.
    pub fn new(block: usize, size: usize) -> Option<Self> {
        let line = LINE.max(block);
        let count = (size / line).max(1);
        let (mut bytes, mut slots) = (Vec::new(), Vec::new());
        bytes.try_reserve_exact(count * line).ok()?;
        slots.try_reserve_exact(count).ok()?;
        bytes.resize(count * line, 0);
        slots.resize(count, Slot::default());
        Some(Self { block, per_line: line / block, bytes, slots, places: BTreeMap::new(), hand: 0 })
    }

    /// Blocks of a line.
    pub const fn per_line(&self) -> usize {
        self.per_line
    }

    /// How many lines there is room for.
    pub const fn count(&self) -> usize {
        self.slots.len()
    }

    /// Which slot has a line; it counts as used.
    pub fn find(&mut self, line: u64) -> Option<usize> {
        let slot = *self.places.get(&line)?;
        self.slots[slot].used = true;
        Some(slot)
    }

    /// The first line from `line` on that is here, and its slot.
    pub fn next(&self, line: u64) -> Option<(u64, usize)> {
        self.places.range(line..).next().map(|(line, slot)| (*line, *slot))
    }

    /// What is known of a slot.
    pub fn slot(&self, slot: usize) -> Slot {
        self.slots[slot]
    }

    /// Says which of its blocks hold something now, and which the disk does not have.
    pub fn set(&mut self, slot: usize, valid: Blocks, dirty: Blocks) {
        let known = &mut self.slots[slot];
        (known.valid, known.dirty) = (valid, dirty);
    }

    /// The bytes of some blocks of a slot.
    pub fn bytes(&self, slot: usize, start: usize, count: usize) -> &[u8] {
        &self.bytes[self.range(slot, start, count)]
    }

    /// The bytes of some blocks of a slot.
    pub fn bytes_mut(&mut self, slot: usize, start: usize, count: usize) -> &mut [u8] {
        let range = self.range(slot, start, count);
        &mut self.bytes[range]
    }

    const fn range(&self, slot: usize, start: usize, count: usize) -> Range<usize> {
        let first = slot * self.per_line + start;
        first * self.block..(first + count) * self.block
    }

    /// A slot for a line that has none: the next of the clock's hand that was not used for a turn and has nothing that
    /// the disk does not have. None if all of them have.
    pub fn take(&mut self, line: u64) -> Option<usize> {
        for _ in 0..2 * self.slots.len() {
            let index = self.hand;
            self.hand = (self.hand + 1) % self.slots.len();
            let slot = &mut self.slots[index];
            if slot.dirty != 0 || core::mem::take(&mut slot.used) {
                continue;
            }
            if self.places.get(&slot.line) == Some(&index) {
                self.places.remove(&slot.line);
            }
            *slot = Slot { line, valid: 0, dirty: 0, used: true };
            self.places.insert(line, index);
            return Some(index);
        }
        None
    }
}
