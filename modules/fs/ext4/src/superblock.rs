//! The superblock ("The Super Block" in the kernel's documentation of ext4).

use crate::blocks::read_bytes;
use crate::bytes::{joined, u16_at, u32_at};
use crate::checksum::{BEGIN, checksum};
use oscomp_interfaces::{BlockDevice, FsError};

/// Features without which nothing may be read. What only says where attributes are, how names are hashed or that
/// another machine may be writing is of no matter here.
mod needed {
    pub const TYPE_IN_ENTRY: u32 = 0x2;
    pub const RECOVERY: u32 = 0x4;
    pub const EXTENTS: u32 = 0x40;
    pub const IS_64_BIT: u32 = 0x80;
    pub const MULTIPLE_MOUNT_PROTECTION: u32 = 0x100;
    pub const FLEXIBLE_GROUPS: u32 = 0x200;
    pub const ATTRIBUTES_IN_INODES: u32 = 0x400;
    pub const SEED: u32 = 0x2000;
    pub const LARGE_DIRECTORIES: u32 = 0x4000;
    pub const INLINE_DATA: u32 = 0x8000;
    pub const ENCRYPTION: u32 = 0x1_0000;
    pub const CASE_FOLDING: u32 = 0x2_0000;

    pub const KNOWN: u32 = TYPE_IN_ENTRY
        | EXTENTS
        | IS_64_BIT
        | MULTIPLE_MOUNT_PROTECTION
        | FLEXIBLE_GROUPS
        | ATTRIBUTES_IN_INODES
        | SEED
        | LARGE_DIRECTORIES
        | INLINE_DATA
        | ENCRYPTION
        | CASE_FOLDING;
}

/// Metadata has checksums.
const CHECKSUMS: u32 = 0x400;

/// Where it is, in bytes, and how long.
const PLACE: u64 = 1024;
const LENGTH: usize = 1024;

/// What is known of a file system.
#[derive(Clone, Copy)]
pub struct Superblock {
    /// Bytes of a block.
    pub block: usize,
    pub blocks: u64,
    pub free_blocks: u64,
    /// The block of the first group descriptor: the one behind the superblock's.
    pub descriptors: u64,
    /// Bytes of a group descriptor.
    pub descriptor: usize,
    pub inodes: u32,
    pub inodes_per_group: u32,
    /// Bytes of an inode.
    pub inode: usize,
    /// Whether entries of directories say what they are.
    pub type_in_entry: bool,
    /// Whether directories can be of 4 GiB and more.
    pub large_directories: bool,
    /// Where checksums begin, if there are any.
    pub seed: Option<u32>,
}

/// Why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotMounted {
    /// The disk failed.
    Failed,
    /// There is none.
    None,
    /// Its journal has to be replayed.
    Recovery,
    /// It is used in a way that is not known here.
    Unknown,
    /// What it says cannot be.
    Damaged,
    /// The disk is shorter than it.
    Short,
}

impl Superblock {
    pub fn read(disk: impl BlockDevice) -> Result<Self, NotMounted> {
        if disk.geometry().bytes() < PLACE + LENGTH as u64 {
            return Err(NotMounted::None);
        }
        let mut bytes = [0; LENGTH];
        read_bytes(disk, PLACE, &mut bytes).map_err(|_: FsError| NotMounted::Failed)?;
        Self::parse(&bytes, disk.geometry().bytes())
    }

    fn parse(bytes: &[u8; LENGTH], disk: u64) -> Result<Self, NotMounted> {
        if u16_at(bytes, 0x38) != 0xef53 {
            return Err(NotMounted::None);
        }
        let features = u32_at(bytes, 0x60);
        if features & needed::RECOVERY != 0 {
            return Err(NotMounted::Recovery);
        }
        if features & !needed::KNOWN != 0 {
            return Err(NotMounted::Unknown);
        }
        let has_checksums = u32_at(bytes, 0x64) & CHECKSUMS != 0;
        if has_checksums && checksum(BEGIN, &bytes[..0x3fc]) != u32_at(bytes, 0x3fc) {
            return Err(NotMounted::Damaged);
        }
        let seed = if features & needed::SEED != 0 {
            u32_at(bytes, 0x270)
        } else {
            checksum(BEGIN, &bytes[0x68..0x78])
        };
        let is_64_bit = features & needed::IS_64_BIT != 0;
        let high = |at| if is_64_bit { u32_at(bytes, at) } else { 0 };
        let is_first_revision = u32_at(bytes, 0x4c) == 0;
        let exponent = u32_at(bytes, 0x18);
        if exponent > 6 {
            return Err(NotMounted::Damaged);
        }
        let block = 1024 << exponent;
        let superblock = Self {
            block,
            blocks: joined(high(0x150), u32_at(bytes, 0x4)),
            free_blocks: joined(high(0x158), u32_at(bytes, 0xc)),
            descriptors: PLACE / block as u64 + 1,
            descriptor: if is_64_bit { usize::from(u16_at(bytes, 0xfe)) } else { 32 },
            inodes: u32_at(bytes, 0),
            inodes_per_group: u32_at(bytes, 0x28),
            inode: if is_first_revision { 128 } else { usize::from(u16_at(bytes, 0x58)) },
            type_in_entry: features & needed::TYPE_IN_ENTRY != 0,
            large_directories: features & needed::LARGE_DIRECTORIES != 0,
            seed: has_checksums.then_some(seed),
        };
        superblock.verify()?;
        let length = superblock.blocks.checked_mul(block as u64);
        if length.is_none_or(|length| length > disk) {
            return Err(NotMounted::Short);
        }
        Ok(superblock)
    }

    fn verify(&self) -> Result<(), NotMounted> {
        let fits = |size: usize, least: usize| size.is_power_of_two() && size >= least && size <= self.block;
        let is_right = fits(self.inode, 128)
            && fits(self.descriptor, 32)
            && self.inodes_per_group > 0
            && self.free_blocks <= self.blocks
            && self.descriptors < self.blocks;
        if is_right { Ok(()) } else { Err(NotMounted::Damaged) }
    }
}
