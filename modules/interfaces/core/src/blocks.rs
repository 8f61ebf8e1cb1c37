//! Block devices: disks, in blocks of a fixed size.

use core::fmt;
use oscomp_macros::interface;

/// What a device is like. It stays so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// Bytes of a block: a power of two, 512 at the least.
    pub block: usize,
    /// How many blocks there are, numbered from 0.
    pub blocks: u64,
    /// Whether nothing can be written.
    pub is_read_only: bool,
}

impl Geometry {
    /// Whether `bytes` from block `first` on are whole blocks of the device.
    #[must_use]
    pub const fn holds(self, first: u64, bytes: usize) -> bool {
        let count = (bytes / self.block) as u64;
        bytes.is_multiple_of(self.block) && first <= self.blocks && count <= self.blocks - first
    }

    /// Bytes of all blocks.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        self.blocks * self.block as u64
    }
}

/// What a device is asked to do.
#[derive(Debug)]
pub enum Request<'b> {
    /// Reads whole blocks, from block `first` on.
    Read {
        /// The number of the first block.
        first: u64,
        /// Where they go, aligned as it likes. What it holds after an error is anything.
        into: &'b mut [u8],
    },
    /// Writes whole blocks, from block `first` on.
    Write {
        /// The number of the first block.
        first: u64,
        /// Where they come from, aligned as it likes.
        from: &'b [u8],
    },
    /// Has all that was written before be there after the power fails.
    Flush,
    /// Says that what is in blocks is of no use any more: they may hold anything until they are written again.
    Discard {
        /// The number of the first block.
        first: u64,
        /// How many.
        count: u64,
    },
}

/// A request, and what came of it.
#[derive(Debug)]
pub struct Transfer<'b> {
    /// The request.
    pub request: Request<'b>,
    /// What came of it; of no meaning before it was carried out.
    pub result: Result<(), BlockError>,
}

impl<'b> Transfer<'b> {
    /// A request that has not been carried out.
    #[must_use]
    pub const fn new(request: Request<'b>) -> Self {
        Self { request, result: Err(BlockError::Failed) }
    }
}

/// One block device.
///
/// **Order.** Those of one call are carried out in any order, and at the same time where the device can; what
/// overlaps then has either's bytes. What a call did is done before the next call begins.
///
/// **Power.** What was written is there after the power failed once a flush of a *later* call has succeeded. Until
/// then each block may hold what was there before or what was written, whatever happened to the others; a block that
/// was being written then may be unreadable, or hold anything, on devices that do not write blocks as a whole.
#[interface]
pub trait BlockDevice {
    /// What it is like.
    fn geometry(self) -> Geometry;

    /// Carries out requests, and says in each what came of it. Returns when the device has done with all of them; the
    /// processor halts meanwhile, if there is an interrupt to wait for. Never called in interrupt context.
    fn run(self, transfers: &mut [Transfer<'_>]);
}

/// Carries out one request.
///
/// # Errors
/// What came of it.
fn one(device: impl BlockDevice, request: Request<'_>) -> Result<(), BlockError> {
    let mut transfer = [Transfer::new(request)];
    device.run(&mut transfer);
    let [Transfer { result, .. }] = transfer;
    result
}

/// Reads whole blocks, from block `first` on.
///
/// # Errors
/// Those of [`BlockError`].
pub fn read_blocks(device: impl BlockDevice, first: u64, into: &mut [u8]) -> Result<(), BlockError> {
    one(device, Request::Read { first, into })
}

/// Writes whole blocks, from block `first` on.
///
/// # Errors
/// Those of [`BlockError`].
pub fn write_blocks(device: impl BlockDevice, first: u64, from: &[u8]) -> Result<(), BlockError> {
    one(device, Request::Write { first, from })
}

/// Has all that was written before be there after the power fails.
///
/// # Errors
/// Those of [`BlockError`]; what was written since the last flush may then be lost.
pub fn flush_blocks(device: impl BlockDevice) -> Result<(), BlockError> {
    one(device, Request::Flush)
}

/// Says that what is in `count` blocks from block `first` on is of no use any more.
///
/// # Errors
/// Those of [`BlockError`].
pub fn discard_blocks(device: impl BlockDevice, first: u64, count: u64) -> Result<(), BlockError> {
    one(device, Request::Discard { first, count })
}

/// Why a device did not do what it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockError {
    /// Not whole blocks, or more than there are. Nothing was done.
    OutOfRange,
    /// Nothing can be written to it. Nothing was done.
    ReadOnly,
    /// The device cannot do that at all. Nothing was done.
    Unsupported,
    /// The device failed; some of the blocks may have been written.
    Failed,
}

impl fmt::Display for BlockError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::OutOfRange => "not whole blocks of the device",
            Self::ReadOnly => "the device can only be read",
            Self::Unsupported => "the device cannot do that",
            Self::Failed => "the device failed",
        })
    }
}

impl core::error::Error for BlockError {}
