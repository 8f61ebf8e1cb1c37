//! The blocks of the file system, over those of the device. A few are kept.

use alloc::vec;
use alloc::vec::Vec;
use oscomp_interfaces::{BlockDevice, FsError, read_blocks};

/// A block that is kept.
struct Kept {
    number: u64,
    /// When it was used last, as a count of uses.
    used: u64,
    bytes: Vec<u8>,
}

pub struct Blocks<Disk> {
    disk: Disk,
    /// Bytes of a block.
    size: usize,
    kept: Vec<Kept>,
    /// How many are kept at the most.
    limit: usize,
    uses: u64,
}

/// Reads bytes from any place of a device.
pub fn read_bytes(disk: impl BlockDevice, at: u64, into: &mut [u8]) -> Result<(), FsError> {
    let block = disk.geometry().block;
    let within = (at % block as u64) as usize;
    let first = at / block as u64;
    if within == 0 && into.len().is_multiple_of(block) {
        return read_blocks(disk, first, into).map_err(|_| FsError::Failed);
    }
    let mut whole = vec![0; (within + into.len()).next_multiple_of(block)];
    read_blocks(disk, first, &mut whole).map_err(|_| FsError::Failed)?;
    into.copy_from_slice(&whole[within..][..into.len()]);
    Ok(())
}

impl<Disk: BlockDevice> Blocks<Disk> {
    /// Blocks of a size, of which so many bytes are kept, but a few in any case.
    pub fn new(disk: Disk, size: usize, keep: usize) -> Self {
        Self { disk, size, kept: Vec::new(), limit: (keep / size).max(4), uses: 0 }
    }

    pub fn size(&self) -> usize {
        self.size
    }

    /// One block, which is kept for a while.
    pub fn block(&mut self, number: u64) -> Result<&[u8], FsError> {
        self.uses += 1;
        let index = match self.kept.iter().position(|kept| kept.number == number) {
            Some(index) => index,
            None => self.fetch(number)?,
        };
        let kept = &mut self.kept[index];
        kept.used = self.uses;
        Ok(&kept.bytes)
    }

    /// Reads a block, in place of the one that was not used for the longest time if need be.
    fn fetch(&mut self, number: u64) -> Result<usize, FsError> {
        if self.kept.len() < self.limit {
            let mut bytes = vec![0; self.size];
            read_bytes(self.disk, number * self.size as u64, &mut bytes)?;
            self.kept.push(Kept { number, used: 0, bytes });
            return Ok(self.kept.len() - 1);
        }
        let oldest = self.kept.iter().enumerate().min_by_key(|(_, kept)| kept.used);
        let (index, _) = oldest.ok_or(FsError::Failed)?;
        let kept = &mut self.kept[index];
        // It holds anything when reading fails.
        kept.number = u64::MAX;
        read_bytes(self.disk, number * self.size as u64, &mut kept.bytes)?;
        kept.number = number;
        Ok(index)
    }

    /// Whole blocks, which are not kept.
    pub fn run(&self, first: u64, into: &mut [u8]) -> Result<(), FsError> {
        read_bytes(self.disk, first * self.size as u64, into)
    }
}
