//! What a disk with a cache does.

use crate::lines::{Blocks, Lines, blocks, each_of};
use alloc::vec::Vec;
use core::mem;
use oscomp_interfaces::{
    BlockDevice, BlockError, Geometry, Request, discard_blocks, flush_blocks, read_blocks, write_blocks,
};

/// Bytes that go to or from the disk at once, unless a block has more.
const RUN: usize = 64 << 10;

/// Blocks of a disk in memory. The disk behind is the same in each call.
pub struct Cache {
    geometry: Geometry,
    lines: Lines,
    /// Where runs of blocks are put together, or come apart.
    run: Vec<u8>,
    /// Lines that have something which the disk does not have.
    dirty: usize,
    /// The line that follows the one that was read last.
    expected: u64,
    /// How many lines were read the last time.
    ahead: usize,
}

/// The part of a request that lies in one line.
struct Part {
    line: u64,
    /// Its first block in the line.
    start: usize,
    count: usize,
}

impl Part {
    const fn blocks(&self) -> Blocks {
        blocks(self.start, self.count)
    }
}

impl Cache {
    /// Room for so many bytes of a disk; None if the heap has not so much.
    pub fn new(geometry: Geometry, size: usize) -> Option<Self> {
        let lines = Lines::new(geometry.block, size)?;
        let mut run = Vec::new();
        let length = RUN.max(lines.per_line() * geometry.block);
        run.try_reserve_exact(length).ok()?;
        run.resize(length, 0);
        Some(Self { geometry, lines, run, dirty: 0, expected: 0, ahead: 1 })
    }

    pub fn carry_out(
        &mut self,
        behind: impl BlockDevice,
        request: &mut Request<'_>,
    ) -> Result<(), BlockError> {
        let most = self.lines.count() * self.lines.per_line() * self.geometry.block / 4;
        match request {
            Request::Read { first, into } => {
                if !self.geometry.holds(*first, into.len()) {
                    return Err(BlockError::OutOfRange);
                }
                if into.len() > most {
                    return self.read_large(behind, *first, into);
                }
                self.read(behind, *first, into)
            }
            Request::Write { first, from } => {
                if !self.geometry.holds(*first, from.len()) {
                    return Err(BlockError::OutOfRange);
                }
                if self.geometry.is_read_only {
                    return Err(BlockError::ReadOnly);
                }
                if from.len() > most {
                    return self.write_large(behind, *first, from);
                }
                self.write(behind, *first, from)
            }
            Request::Flush => self.flush(behind),
            Request::Discard { first, count } => {
                discard_blocks(behind, *first, *count)?;
                self.forget(*first, *count);
                Ok(())
            }
        }
    }

    /// Has all that was written reach the disk, and stay there.
    pub fn flush(&mut self, behind: impl BlockDevice) -> Result<(), BlockError> {
        self.write_back(behind)?;
        flush_blocks(behind)
    }

    /// The part of `left` blocks from block `first` on that lies in the line of the first.
    fn part(&self, first: u64, left: u64) -> Part {
        let per_line = self.lines.per_line();
        let start = (first % per_line as u64) as usize;
        let count = usize::try_from(left).unwrap_or(usize::MAX).min(per_line - start);
        Part { line: first / per_line as u64, start, count }
    }

    /// All blocks of a line: the last of a disk may have fewer.
    fn all(&self, line: u64) -> Blocks {
        blocks(0, self.part(line * self.lines.per_line() as u64, self.blocks_from(line)).count)
    }

    /// How many blocks the disk has from a line on.
    fn blocks_from(&self, line: u64) -> u64 {
        self.geometry.blocks.saturating_sub(line * self.lines.per_line() as u64)
    }

    fn read(&mut self, behind: impl BlockDevice, first: u64, into: &mut [u8]) -> Result<(), BlockError> {
        let block = self.geometry.block;
        let (mut at, mut rest) = (first, into);
        while !rest.is_empty() {
            let left = (rest.len() / block) as u64;
            let part = self.part(at, left);
            let has = |cache: &mut Self| {
                let slot = cache.lines.find(part.line)?;
                (part.blocks() & !cache.lines.slot(slot).valid == 0).then_some(slot)
            };
            let slot = has(self).or_else(|| {
                let last = self.part(at + left - 1, 1).line;
                self.fill(behind, part.line, (last - part.line + 1) as usize);
                has(self)
            });
            let (bytes, others) = mem::take(&mut rest).split_at_mut(part.count * block);
            match slot {
                Some(slot) => bytes.copy_from_slice(self.lines.bytes(slot, part.start, part.count)),
                // Another block of the line may be what cannot be read, or there is no memory to be had.
                None => self.read_large(behind, at, bytes)?,
            }
            self.expected = part.line + 1;
            (at, rest) = (at + part.count as u64, others);
        }
        Ok(())
    }

    /// Reads a line, and those after it that are wanted or expected, as far as that succeeds.
    fn fill(&mut self, behind: impl BlockDevice, line: u64, wanted: usize) {
        let (block, per_line) = (self.geometry.block, self.lines.per_line());
        let expected = if line == self.expected { 2 * self.ahead } else { 1 };
        let most = (self.run.len() / (per_line * block)).min(self.lines.count() / 4);
        self.ahead = expected.max(wanted).min(most).max(1);
        let mut count = 0;
        while count < self.ahead {
            let next = line + count as u64;
            let Some(slot) = self.slot_for(behind, next) else { break };
            if self.all(next) & !self.lines.slot(slot).valid == 0 {
                break;
            }
            count += 1;
        }
        let first = line * per_line as u64;
        let length = ((count * per_line) as u64).min(self.blocks_from(line)) as usize;
        if length == 0 || read_blocks(behind, first, &mut self.run[..length * block]).is_err() {
            return;
        }
        for next in line..line + count as u64 {
            let Some(slot) = self.lines.find(next) else { continue };
            let (all, known) = (self.all(next), self.lines.slot(slot));
            for index in each_of(all & !known.valid) {
                let from = ((next - line) as usize * per_line + index) * block;
                self.lines.bytes_mut(slot, index, 1).copy_from_slice(&self.run[from..from + block]);
            }
            self.lines.set(slot, all, known.dirty);
        }
    }

    fn write(&mut self, behind: impl BlockDevice, first: u64, from: &[u8]) -> Result<(), BlockError> {
        let block = self.geometry.block;
        let (mut at, mut rest) = (first, from);
        while !rest.is_empty() {
            let part = self.part(at, (rest.len() / block) as u64);
            let (bytes, others) = rest.split_at(part.count * block);
            match self.slot_for(behind, part.line) {
                Some(slot) => {
                    self.lines.bytes_mut(slot, part.start, part.count).copy_from_slice(bytes);
                    let known = self.lines.slot(slot);
                    self.mark(slot, known.valid | part.blocks(), known.dirty | part.blocks());
                }
                // All memory has what the disk did not take. It may take this.
                None => write_blocks(behind, at, bytes)?,
            }
            (at, rest) = (at + part.count as u64, others);
        }
        if self.dirty > self.lines.count() / 2 {
            // What fails stays here, and the next flush says so.
            let _ = self.write_back(behind);
        }
        Ok(())
    }

    /// The slot of a line, a new one if need be.
    fn slot_for(&mut self, behind: impl BlockDevice, line: u64) -> Option<usize> {
        self.lines.find(line).or_else(|| self.lines.take(line)).or_else(|| {
            self.write_back(behind).ok()?;
            self.lines.take(line)
        })
    }

    /// Says what a slot has, and keeps count.
    fn mark(&mut self, slot: usize, valid: Blocks, dirty: Blocks) {
        let before = self.lines.slot(slot).dirty;
        self.dirty = self.dirty + usize::from(dirty != 0) - usize::from(before != 0);
        self.lines.set(slot, valid, dirty);
    }

    /// Writes what the disk does not have, in order and in long runs; says so if some of it could not be written.
    fn write_back(&mut self, behind: impl BlockDevice) -> Result<(), BlockError> {
        if self.dirty == 0 {
            return Ok(());
        }
        let block = self.geometry.block;
        let (mut result, mut start, mut length, mut line) = (Ok(()), 0, 0, 0);
        while let Some((found, slot)) = self.lines.next(line) {
            let first = found * self.lines.per_line() as u64;
            for index in each_of(self.lines.slot(slot).dirty) {
                let place = first + index as u64;
                if place != start + length as u64 || (length + 1) * block > self.run.len() {
                    result = self.write_run(behind, start, length).and(result);
                    (start, length) = (place, 0);
                }
                self.run[length * block..(length + 1) * block]
                    .copy_from_slice(self.lines.bytes(slot, index, 1));
                length += 1;
            }
            line = found + 1;
        }
        self.write_run(behind, start, length).and(result)
    }

    /// Writes what has been put together, from block `start` on.
    fn write_run(&mut self, behind: impl BlockDevice, start: u64, length: usize) -> Result<(), BlockError> {
        if length == 0 {
            return Ok(());
        }
        write_blocks(behind, start, &self.run[..length * self.geometry.block])?;
        self.each(start, length as u64, |cache, slot, part, _| {
            let known = cache.lines.slot(slot);
            cache.mark(slot, known.valid, known.dirty & !part.blocks());
        });
        Ok(())
    }

    /// Reads at once, but for what the disk does not have.
    fn read_large(
        &mut self,
        behind: impl BlockDevice,
        first: u64,
        into: &mut [u8],
    ) -> Result<(), BlockError> {
        read_blocks(behind, first, into)?;
        let block = self.geometry.block;
        self.each(first, (into.len() / block) as u64, |cache, slot, part, at| {
            for index in each_of(cache.lines.slot(slot).dirty & part.blocks()) {
                let to = (at + index - part.start) * block;
                into[to..to + block].copy_from_slice(cache.lines.bytes(slot, index, 1));
            }
        });
        Ok(())
    }

    /// Writes at once; what is here of it is the same then.
    fn write_large(&mut self, behind: impl BlockDevice, first: u64, from: &[u8]) -> Result<(), BlockError> {
        let block = self.geometry.block;
        let result = write_blocks(behind, first, from);
        self.each(first, (from.len() / block) as u64, |cache, slot, part, at| {
            let known = cache.lines.slot(slot);
            if result.is_ok() {
                let bytes = &from[at * block..(at + part.count) * block];
                cache.lines.bytes_mut(slot, part.start, part.count).copy_from_slice(bytes);
                cache.mark(slot, known.valid | part.blocks(), known.dirty & !part.blocks());
            } else {
                // Nobody knows which of them the disk has now.
                cache.mark(slot, known.valid & (!part.blocks() | known.dirty), known.dirty);
            }
        });
        result
    }

    /// Forgets blocks that are of no use any more.
    fn forget(&mut self, first: u64, count: u64) {
        self.each(first, count, |cache, slot, part, _| {
            let known = cache.lines.slot(slot);
            cache.mark(slot, known.valid & !part.blocks(), known.dirty & !part.blocks());
        });
    }

    /// Calls `act` for each line that is here and has one of the blocks, with the part of them in it, and how many of
    /// them come before that.
    fn each(&mut self, first: u64, count: u64, mut act: impl FnMut(&mut Self, usize, &Part, usize)) {
        let end = first + count;
        let mut at = first;
        while at < end {
            let Some((line, slot)) = self.lines.next(self.part(at, 1).line) else { return };
            at = at.max(line * self.lines.per_line() as u64);
            if at >= end {
                return;
            }
            let part = self.part(at, end - at);
            act(self, slot, &part, (at - first) as usize);
            at += part.count as u64;
        }
    }
}
