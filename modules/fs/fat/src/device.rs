//! A block device, as `hadris-fat` wants one.

use hadris_io::{Error, ErrorKind, ErrorType};
use hadris_storage::{BlockIndex, BlockSize, sync};
use oscomp_interfaces::{BlockDevice, BlockError, flush_blocks, read_blocks, write_blocks};

/// A block device.
pub struct Device<Disk>(pub Disk);

impl<Disk> ErrorType for Device<Disk> {
    type Error = BlockError;
}

fn error(error: BlockError) -> Error<BlockError> {
    match error {
        BlockError::ReadOnly => ErrorKind::ReadOnly.into(),
        BlockError::OutOfRange => ErrorKind::InvalidInput.into(),
        other => Error::device(other, "the disk failed"),
    }
}

impl<Disk: BlockDevice> sync::BlockDevice for Device<Disk> {
    fn block_size(&self) -> BlockSize {
        const SECTOR: BlockSize = BlockSize::new(512).expect("it is not zero");
        u32::try_from(self.0.geometry().block).ok().and_then(BlockSize::new).unwrap_or(SECTOR)
    }

    fn block_count(&self) -> u64 {
        self.0.geometry().blocks
    }

    fn writable(&self) -> bool {
        !self.0.geometry().is_read_only
    }

    fn read_blocks(&mut self, first: BlockIndex, into: &mut [u8]) -> Result<(), Error<BlockError>> {
        read_blocks(self.0, first.get(), into).map_err(error)
    }

    fn write_blocks(&mut self, first: BlockIndex, from: &[u8]) -> Result<(), Error<BlockError>> {
        write_blocks(self.0, first.get(), from).map_err(error)
    }

    fn flush(&mut self) -> Result<(), Error<BlockError>> {
        flush_blocks(self.0).map_err(error)
    }
}
