//! What a disk with faults does.

use crate::dice::Dice;
use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;
use oscomp_interfaces::{
    BlockDevice, BlockError, Geometry, Request, discard_blocks, flush_blocks, read_blocks, write_blocks,
};

/// Blocks that lie here at the most before some are written.
const CACHE: usize = 256;

/// How often what happens, of 1000 times.
#[derive(Clone, Copy, Debug, Default)]
pub struct Chances {
    pub read_errors: u16,
    pub write_errors: u16,
    pub flush_errors: u16,
    pub lost_flushes: u16,
    pub torn_writes: bool,
}

/// The disk's own state.
pub struct Disk {
    dice: Dice,
    chances: Chances,
    /// Blocks that can still be written before the power fails.
    until_power_fails: Option<u32>,
    /// What was written and has not reached the disk behind, by block.
    cache: BTreeMap<u64, Vec<u8>>,
    /// Blocks at the end of the disk behind that nobody sees.
    hidden: u64,
}

impl Disk {
    pub fn new(seed: u32, chances: Chances, power_fails_after: Option<u32>) -> Self {
        let (dice, cache) = (Dice::new(seed), BTreeMap::new());
        Self { dice, chances, until_power_fails: power_fails_after, cache, hidden: 0 }
    }

    /// A disk that is told by the last block of the one behind it, which it hides, what [`new`](Self::new) is told by
    /// its caller: the seed, and after how many blocks the power fails or 0, each in 4 bytes, the lowest first.
    pub fn told_by(behind: impl BlockDevice, chances: Chances) -> Result<Self, BlockError> {
        let geometry = behind.geometry();
        let mut block = vec![0; geometry.block];
        read_blocks(behind, geometry.blocks.checked_sub(1).ok_or(BlockError::OutOfRange)?, &mut block)?;
        let number =
            |at: usize| (0..4).rev().fold(0, |number, byte| number << 8 | u32::from(block[at + byte]));
        let power_fails_after = Some(number(4)).filter(|blocks| *blocks > 0);
        Ok(Self { hidden: 1, ..Self::new(number(0), chances, power_fails_after) })
    }

    /// The geometry of a disk with that one behind it.
    pub fn geometry(&self, behind: impl BlockDevice) -> Geometry {
        let Geometry { block, blocks, is_read_only } = behind.geometry();
        Geometry { block, blocks: blocks - self.hidden, is_read_only }
    }

    fn is_off(&self) -> bool {
        self.until_power_fails == Some(0)
    }

    pub fn carry_out(
        &mut self,
        behind: impl BlockDevice,
        request: &mut Request<'_>,
    ) -> Result<(), BlockError> {
        let geometry = self.geometry(behind);
        if self.is_off() {
            return Err(BlockError::Failed);
        }
        let is_held = match request {
            Request::Read { first, into } => geometry.holds(*first, into.len()),
            Request::Write { first, from } => geometry.holds(*first, from.len()),
            Request::Discard { first, count } => {
                first.checked_add(*count).is_some_and(|end| end <= geometry.blocks)
            }
            Request::Flush => true,
        };
        if !is_held {
            return Err(BlockError::OutOfRange);
        }
        match request {
            Request::Read { first, into } => self.read(behind, geometry, *first, into),
            Request::Write { first, from } => self.write(behind, geometry, *first, from),
            Request::Flush => self.flush(behind),
            Request::Discard { first, count } => {
                discard_blocks(behind, *first, *count)?;
                self.cache.retain(|number, _| !(*first..*first + *count).contains(number));
                Ok(())
            }
        }
    }

    fn read(
        &mut self,
        behind: impl BlockDevice,
        geometry: Geometry,
        first: u64,
        into: &mut [u8],
    ) -> Result<(), BlockError> {
        read_blocks(behind, first, into)?;
        for (number, block) in (first..).zip(into.chunks_mut(geometry.block)) {
            if let Some(bytes) = self.cache.get(&number) {
                block.copy_from_slice(bytes);
            }
        }
        if self.dice.permille(self.chances.read_errors) { Err(BlockError::Failed) } else { Ok(()) }
    }

    fn write(
        &mut self,
        behind: impl BlockDevice,
        geometry: Geometry,
        first: u64,
        from: &[u8],
    ) -> Result<(), BlockError> {
        if geometry.is_read_only {
            return Err(BlockError::ReadOnly);
        }
        let fails = self.dice.permille(self.chances.write_errors);
        for (number, block) in (first..).zip(from.chunks(geometry.block)) {
            if fails && self.dice.permille(500) {
                continue;
            }
            self.cache.insert(number, block.to_vec());
            self.count(behind, geometry)?;
            if self.cache.len() > CACHE {
                let any = self.dice.below(self.cache.len());
                self.reach(behind, any)?;
            }
        }
        if fails { Err(BlockError::Failed) } else { Ok(()) }
    }

    /// One block was written; the power fails if it was the last.
    fn count(&mut self, behind: impl BlockDevice, geometry: Geometry) -> Result<(), BlockError> {
        let Some(left) = &mut self.until_power_fails else { return Ok(()) };
        *left -= 1;
        if *left > 0 {
            return Ok(());
        }
        self.fail(behind, geometry)?;
        Err(BlockError::Failed)
    }

    /// The power fails: of what lies here some has reached the disk, in any order, and one block in part.
    fn fail(&mut self, behind: impl BlockDevice, geometry: Geometry) -> Result<(), BlockError> {
        let reached = self.dice.below(self.cache.len() + 1);
        for _ in 0..reached {
            let any = self.dice.below(self.cache.len());
            self.reach(behind, any)?;
        }
        if self.chances.torn_writes
            && !self.cache.is_empty()
            && let Some((number, bytes)) = self.cache.iter().nth(self.dice.below(self.cache.len()))
        {
            let mut torn = vec![0; geometry.block];
            read_blocks(behind, *number, &mut torn)?;
            let end = self.dice.below(geometry.block);
            torn[..end].copy_from_slice(&bytes[..end]);
            write_blocks(behind, *number, &torn)?;
        }
        self.cache.clear();
        flush_blocks(behind)
    }

    /// One of the blocks that lie here reaches the disk.
    fn reach(&mut self, behind: impl BlockDevice, index: usize) -> Result<(), BlockError> {
        let Some(number) = self.cache.keys().nth(index).copied() else { return Ok(()) };
        let bytes = self.cache.remove(&number).unwrap_or_default();
        write_blocks(behind, number, &bytes)
    }

    fn flush(&mut self, behind: impl BlockDevice) -> Result<(), BlockError> {
        if self.dice.permille(self.chances.lost_flushes) {
            return Ok(());
        }
        if self.dice.permille(self.chances.flush_errors) {
            return Err(BlockError::Failed);
        }
        while !self.cache.is_empty() {
            let any = self.dice.below(self.cache.len());
            self.reach(behind, any)?;
        }
        flush_blocks(behind)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use alloc::boxed::Box;
    use oscomp_interfaces::Transfer;
    use spin::Mutex;

    const BLOCK: usize = 512;

    /// A disk without faults, and what it was told.
    #[derive(Clone, Copy)]
    struct Plain(&'static Mutex<Vec<u8>>);

    impl Plain {
        fn new() -> Self {
            Self(Box::leak(Box::new(Mutex::new(vec![0; 64 * BLOCK]))))
        }
    }

    impl BlockDevice for Plain {
        fn geometry(self) -> Geometry {
            Geometry { block: BLOCK, blocks: 64, is_read_only: false }
        }

        fn run(self, transfers: &mut [Transfer<'_>]) {
            let mut bytes = self.0.lock();
            for Transfer { request, result } in transfers {
                let range = |first: u64, length: usize| {
                    let is_held = self.geometry().holds(first, length);
                    is_held.then(|| first as usize * BLOCK..first as usize * BLOCK + length)
                };
                *result = match request {
                    Request::Read { first, into } => range(*first, into.len())
                        .map(|range| into.copy_from_slice(&bytes[range]))
                        .ok_or(BlockError::OutOfRange),
                    Request::Write { first, from } => range(*first, from.len())
                        .map(|range| bytes[range].copy_from_slice(from))
                        .ok_or(BlockError::OutOfRange),
                    Request::Flush => Ok(()),
                    Request::Discard { .. } => Err(BlockError::Unsupported),
                };
            }
        }
    }

    fn write(disk: &mut Disk, behind: Plain, first: u64, value: u8, count: usize) -> Result<(), BlockError> {
        disk.carry_out(behind, &mut Request::Write { first, from: &vec![value; count * BLOCK] })
    }

    #[derive(Clone, Copy)]
    struct Wrapped(&'static Mutex<Disk>, Plain);

    impl BlockDevice for Wrapped {
        fn geometry(self) -> Geometry {
            self.1.geometry()
        }

        fn run(self, transfers: &mut [Transfer<'_>]) {
            for Transfer { request, result } in transfers {
                *result = self.0.lock().carry_out(self.1, request);
            }
        }
    }

    #[test]
    fn without_faults_it_is_a_block_device() {
        let disk = Box::leak(Box::new(Mutex::new(Disk::new(1, Chances::default(), None))));
        oscomp_block_conformance::verify(Wrapped(disk, Plain::new()));
    }

    #[test]
    fn what_is_not_flushed_may_be_lost_and_what_is_flushed_is_there() {
        let (mut lost, mut kept, mut torn, mut out_of_order) = (0, 0, 0, 0);
        for seed in 0..200 {
            let behind = Plain::new();
            let chances = Chances { torn_writes: true, ..Chances::default() };
            let mut disk = Disk::new(seed, chances, Some(20));
            write(&mut disk, behind, 0, 1, 8).unwrap();
            disk.carry_out(behind, &mut Request::Flush).unwrap();
            write(&mut disk, behind, 4, 2, 8).unwrap();
            assert_eq!(write(&mut disk, behind, 32, 3, 8), Err(BlockError::Failed));
            assert_eq!(disk.carry_out(behind, &mut Request::Flush), Err(BlockError::Failed), "it is off");
            let bytes = behind.0.lock();
            assert!(bytes[..4 * BLOCK].iter().all(|byte| *byte == 1), "flushed, and not written since");
            assert!(bytes[4 * BLOCK..8 * BLOCK].iter().all(|byte| matches!(byte, 1 | 2)));
            let blocks: Vec<&[u8]> = bytes.chunks(BLOCK).collect();
            lost += blocks[8..12].iter().filter(|block| block[0] == 0).count();
            kept += blocks[8..12].iter().filter(|block| block[0] == 2).count();
            torn += blocks.iter().filter(|block| block.iter().any(|byte| *byte != block[0])).count();
            out_of_order += usize::from(blocks[32][0] == 3 && blocks[8][0] == 0);
        }
        assert!(
            lost > 50 && kept > 50 && torn > 50 && out_of_order > 10,
            "{lost} {kept} {torn} {out_of_order}"
        );
    }

    #[test]
    fn the_disk_behind_may_say_when_the_power_fails() {
        let behind = Plain::new();
        let told = |seed: u32, blocks: u32| {
            let mut block = [0; BLOCK];
            block[..4].copy_from_slice(&seed.to_le_bytes());
            block[4..8].copy_from_slice(&blocks.to_le_bytes());
            write_blocks(behind, 63, &block).unwrap();
            Disk::told_by(behind, Chances::default()).unwrap()
        };
        let mut disk = told(5, 300);
        assert_eq!(disk.geometry(behind).blocks, 63);
        assert_eq!(disk.dice.below(1 << 20), Dice::new(5).below(1 << 20));
        let mut block = [0; BLOCK];
        let requests = [
            Request::Read { first: 63, into: &mut block },
            Request::Write { first: 63, from: &[0; BLOCK] },
            Request::Discard { first: 63, count: 1 },
        ];
        for mut request in requests {
            assert_eq!(disk.carry_out(behind, &mut request), Err(BlockError::OutOfRange));
        }
        let written = (0..400).filter(|block| write(&mut disk, behind, block % 63, 1, 1).is_ok()).count();
        assert_eq!(written, 299);
        let mut disk = told(5, 0);
        assert!((0..400).all(|block| write(&mut disk, behind, block % 63, 1, 1).is_ok()));
    }

    #[test]
    fn errors_come_as_often_as_asked_and_the_same_each_time() {
        let run = |seed| {
            let behind = Plain::new();
            let chances =
                Chances { read_errors: 100, write_errors: 200, flush_errors: 300, ..Chances::default() };
            let mut disk = Disk::new(seed, chances, None);
            let mut errors = [0; 3];
            for round in 0..1000_u64 {
                let mut block = [0; BLOCK];
                let mut requests = [
                    Request::Read { first: round % 64, into: &mut block },
                    Request::Write { first: round % 64, from: &[1; BLOCK] },
                    Request::Flush,
                ];
                for (request, errors) in requests.iter_mut().zip(&mut errors) {
                    *errors += usize::from(disk.carry_out(behind, request).is_err());
                }
            }
            errors
        };
        let errors = run(7);
        assert!(
            (50..150).contains(&errors[0])
                && (140..260).contains(&errors[1])
                && (230..370).contains(&errors[2])
        );
        assert_eq!(run(7), errors);
        assert_ne!(run(8), errors);
    }

    #[test]
    fn a_disk_that_lies_about_flushes_loses_what_was_flushed() {
        let lost = (0..50).filter(|seed| {
            let behind = Plain::new();
            let mut disk = Disk::new(*seed, Chances { lost_flushes: 1000, ..Chances::default() }, Some(9));
            write(&mut disk, behind, 0, 1, 8).unwrap();
            disk.carry_out(behind, &mut Request::Flush).unwrap();
            let _ = write(&mut disk, behind, 20, 1, 8);
            behind.0.lock()[..8 * BLOCK].contains(&0)
        });
        assert!(lost.count() > 10);
    }
}
