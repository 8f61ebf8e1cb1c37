//! A disk in memory whose power fails.

use super::*;
use oscomp_interfaces::{BlockError, Geometry, Request, Transfer};
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard};

/// Chance that can be repeated: Xorshift64 (Marsaglia: "Xorshift RNGs", 2003).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 16) % bound.max(1) as u64) as usize
    }
}

pub struct State {
    /// What is there when the power fails.
    durable: Vec<u8>,
    /// What is read.
    now: Vec<u8>,
    /// What was written since the last flush, in order.
    pending: Vec<(usize, Vec<u8>)>,
    unreadable: BTreeSet<usize>,
    /// Blocks that can be written before the power fails.
    until_power_fails: Option<usize>,
    pub is_off: bool,
    pub is_read_only: bool,
    /// Of 1000, how many reads, writes and flushes fail.
    pub read_errors: usize,
    pub write_errors: usize,
    pub flush_errors: usize,
    pub dice: Dice,
    pub calls: usize,
    /// Requests to write, the bytes of them, and flushes.
    pub writes: usize,
    pub written: usize,
    pub flushes: usize,
}

pub struct FakeDisk {
    block: usize,
    state: Mutex<State>,
}

pub type Disk<'d> = &'d FakeDisk;

impl FakeDisk {
    pub fn new(block: usize, bytes: usize) -> Self {
        Self::of(block, vec![0; bytes])
    }

    /// With blocks of 512 bytes that are these.
    pub fn with(bytes: Vec<u8>) -> Self {
        Self::of(512, bytes)
    }

    fn of(block: usize, bytes: Vec<u8>) -> Self {
        let state = State {
            durable: bytes.clone(),
            now: bytes,
            pending: Vec::new(),
            unreadable: BTreeSet::new(),
            until_power_fails: None,
            is_off: false,
            is_read_only: false,
            read_errors: 0,
            write_errors: 0,
            flush_errors: 0,
            dice: Dice::new(1),
            calls: 0,
            writes: 0,
            written: 0,
            flushes: 0,
        };
        Self { block, state: Mutex::new(state) }
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Changes what is on the disk.
    pub fn change(&self, change: impl FnOnce(&mut [u8])) {
        let mut state = self.state();
        change(&mut state.now);
        state.durable = state.now.clone();
        state.pending.clear();
    }

    pub fn bytes(&self) -> Vec<u8> {
        self.state().now.clone()
    }

    /// Has the power fail after so many blocks are written.
    pub fn power_fails_after(&self, blocks: usize, seed: u64) {
        let mut state = self.state();
        state.until_power_fails = Some(blocks.max(1));
        state.dice = Dice::new(seed);
    }

    /// Has the power fail now, if it did not, and come back.
    pub fn restart(&self) {
        let mut state = self.state();
        if !state.is_off {
            state.power_fails(self.block);
        }
        state.is_off = false;
        state.until_power_fails = None;
    }
}

impl State {
    /// Of what was written since the last flush each block may be on the disk or not, as it was at any time, or in
    /// part, or be unreadable. Or the machine stops and the disk does not, so that all of it is there until the
    /// power fails.
    fn power_fails(&mut self, block: usize) {
        self.is_off = true;
        if self.dice.below(5) == 0 {
            return;
        }
        let chance = [0, 20, 50, 80, 100][self.dice.below(5)];
        let torn = [0, 0, 10, 50][self.dice.below(4)];
        for (number, new) in core::mem::take(&mut self.pending) {
            let range = number * block..(number + 1) * block;
            let place = &mut self.durable[range.clone()];
            if self.dice.below(100) < torn {
                let end = self.dice.below(block);
                match self.dice.below(4) {
                    0 => place[end..].copy_from_slice(&new[end..]),
                    1 => place.fill(self.dice.below(256) as u8),
                    2 => drop(self.unreadable.insert(number)),
                    _ => place[..end].copy_from_slice(&new[..end]),
                }
            } else if self.dice.below(100) < chance {
                place.copy_from_slice(&new);
            }
            self.now[range.clone()].copy_from_slice(&self.durable[range]);
        }
    }

    fn write(&mut self, block: usize, first: usize, from: &[u8]) -> Result<(), BlockError> {
        self.writes += 1;
        self.written += from.len();
        let fails = self.dice.below(1000) < self.write_errors;
        for (number, bytes) in (first..).zip(from.chunks(block)) {
            if fails && self.dice.below(2) == 0 {
                continue;
            }
            self.unreadable.remove(&number);
            self.now[number * block..][..block].copy_from_slice(bytes);
            self.pending.push((number, bytes.to_vec()));
            self.until_power_fails = self.until_power_fails.map(|left| left.saturating_sub(1));
        }
        if fails { Err(BlockError::Failed) } else { Ok(()) }
    }

    fn flush(&mut self, block: usize) -> Result<(), BlockError> {
        self.flushes += 1;
        if self.dice.below(1000) < self.flush_errors {
            // What is not on the disk yet never will be.
            let dropped = self.dice.below(self.pending.len() + 1);
            self.pending.truncate(dropped);
            return Err(BlockError::Failed);
        }
        for (number, bytes) in self.pending.drain(..) {
            self.durable[number * block..][..block].copy_from_slice(&bytes);
        }
        Ok(())
    }
}

impl BlockDevice for Disk<'_> {
    fn geometry(self) -> Geometry {
        let state = self.state();
        let blocks = (state.now.len() / self.block) as u64;
        Geometry { block: self.block, blocks, is_read_only: state.is_read_only }
    }

    fn run(self, transfers: &mut [Transfer<'_>]) {
        let geometry = self.geometry();
        let mut state = self.state();
        let state = &mut *state;
        state.calls += 1;
        for Transfer { request, result } in &mut *transfers {
            *result = match request {
                _ if state.is_off => Err(BlockError::Failed),
                Request::Read { first, into } if geometry.holds(*first, into.len()) => {
                    let range = *first as usize..*first as usize + into.len() / self.block;
                    into.copy_from_slice(&state.now[range.start * self.block..range.end * self.block]);
                    let is_readable = state.unreadable.range(range).next().is_none()
                        && state.dice.below(1000) >= state.read_errors;
                    if is_readable { Ok(()) } else { Err(BlockError::Failed) }
                }
                Request::Write { first, from } if geometry.holds(*first, from.len()) => {
                    if geometry.is_read_only {
                        Err(BlockError::ReadOnly)
                    } else {
                        state.write(self.block, *first as usize, from)
                    }
                }
                Request::Flush => state.flush(self.block),
                Request::Discard { .. } => Err(BlockError::Unsupported),
                _ => Err(BlockError::OutOfRange),
            };
        }
        if state.until_power_fails == Some(0) && !state.is_off {
            state.power_fails(self.block);
            transfers.iter_mut().for_each(|transfer| transfer.result = Err(BlockError::Failed));
        }
    }
}
