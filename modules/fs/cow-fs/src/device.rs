//! The disk, in the file system's blocks.

use crate::layout::BLOCK;
use alloc::vec;
use alloc::vec::Vec;
use oscomp_interfaces::{
    BlockDevice, BlockError, FsError, Request, Transfer, flush_blocks, read_blocks, write_blocks,
};

/// How often a block is read until it is believed that it cannot be.
const READS: usize = 4;

/// The disk.
pub struct Device<Disk>(pub Disk);

fn error(error: BlockError) -> FsError {
    match error {
        BlockError::ReadOnly => FsError::ReadOnly,
        _ => FsError::Failed,
    }
}

impl<Disk: BlockDevice> Device<Disk> {
    /// The device's own blocks in one of the file system's.
    fn ratio(&self) -> u64 {
        (BLOCK / self.0.geometry().block) as u64
    }

    /// Reads a block. What fails may succeed the next time, and much depends on it: what cannot be read was being
    /// written when the power failed.
    pub fn read(&self, block: u32, into: &mut [u8]) -> Result<(), FsError> {
        let first = u64::from(block) * self.ratio();
        let mut result = read_blocks(self.0, first, into);
        for _ in 1..READS {
            if result != Err(BlockError::Failed) {
                break;
            }
            result = read_blocks(self.0, first, into);
        }
        result.map_err(error)
    }

    /// Reads blocks at the same time, each once; the first error, if there is one.
    pub fn read_all<'b>(&self, blocks: impl Iterator<Item = (u32, &'b mut [u8])>) -> Result<(), FsError> {
        let ratio = self.ratio();
        let mut transfers: Vec<Transfer<'_>> = blocks
            .map(|(block, into)| Transfer::new(Request::Read { first: u64::from(block) * ratio, into }))
            .collect();
        self.0.run(&mut transfers);
        transfers.iter().try_for_each(|transfer| transfer.result.map_err(error))
    }

    /// Writes blocks at the same time; what came of each, in their order.
    pub fn write<'b>(&self, blocks: impl Iterator<Item = (u32, &'b [u8])>) -> Vec<Result<(), FsError>> {
        let ratio = self.ratio();
        let mut transfers: Vec<Transfer<'_>> = blocks
            .map(|(block, from)| Transfer::new(Request::Write { first: u64::from(block) * ratio, from }))
            .collect();
        self.0.run(&mut transfers);
        transfers.iter().map(|transfer| transfer.result.map_err(error)).collect()
    }

    /// Reads the first of the device's own blocks in a block.
    pub fn read_first(&self, block: u32) -> Result<Vec<u8>, FsError> {
        let mut bytes = vec![0; self.0.geometry().block];
        self.read(block, &mut bytes)?;
        Ok(bytes)
    }

    /// Writes the first of the device's own blocks in a block: `bytes`, and zeroes behind.
    pub fn write_first(&self, block: u32, bytes: &[u8]) -> Result<(), FsError> {
        let mut whole = vec![0; self.0.geometry().block];
        whole[..bytes.len()].copy_from_slice(bytes);
        write_blocks(self.0, u64::from(block) * self.ratio(), &whole).map_err(error)
    }

    pub fn flush(&self) -> Result<(), FsError> {
        flush_blocks(self.0).map_err(error)
    }
}
