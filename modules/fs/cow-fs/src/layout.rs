//! What is on the disk, all numbers little-endian.
//!
//! The disk is in blocks of 4 KiB. The first two each begin with a superblock. Each file is a tree: its leaves are
//! blocks of the file, its other nodes are 256 pointers to nodes. One file, number 0, is made of inodes, in which the
//! roots of the other ones are; its own root is in the superblock. Every pointer has the hash of what it points to.

use oscomp_interfaces::{FileKind, FsError};
use twox_hash::XxHash64;

/// Bytes of a block.
pub const BLOCK: usize = 4096;
/// Bytes of a pointer.
pub const POINTER: usize = 16;
/// Bits of a block's number in its file by which a node finds the pointer: 256 of them are in a node.
pub const FAN_BITS: u32 = (BLOCK / POINTER).trailing_zeros();
/// The level of the highest root that there may be; leaves are at level 0.
pub const HIGHEST: u8 = 4;
/// The longest file, in bytes.
pub const LONGEST: u64 = (BLOCK as u64) << (FAN_BITS * HIGHEST as u32);
/// Bytes of an inode.
pub const INODE: usize = 64;
/// Inodes in a block.
pub const INODES: u32 = (BLOCK / INODE) as u32;
/// The most blocks of inodes, so that each has a number.
pub const INODE_BLOCKS: u32 = u32::MAX / INODES;
/// The file of the inodes.
pub const INODE_FILE: u32 = 0;
/// The root of the directories.
pub const ROOT: u32 = 1;
/// Blocks that superblocks begin.
pub const SLOTS: u32 = 2;
/// Bytes of a superblock: the smallest block of a device, which is written as a whole by most of them.
pub const SUPERBLOCK: usize = 512;

const MAGIC: [u8; 8] = *b"oscompFS";
const VERSION: u32 = 1;

/// The hash of what is in a block. There is none for a fuzzer, which is to get behind it.
pub fn hash(bytes: &[u8]) -> u64 {
    if cfg!(fuzzing) { 0 } else { XxHash64::oneshot(0, bytes) }
}

/// As many bytes from `at` on; those of a number.
fn field<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut field = [0; N];
    field.copy_from_slice(&bytes[at..at + N]);
    field
}

/// Where a node is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pointer {
    /// The block; 0 if there is none, and all below is zeroes.
    pub block: u32,
    /// The last 32 bits of the generation that it was written in.
    pub born: u32,
    /// The hash of its bytes.
    pub hash: u64,
}

impl Pointer {
    /// To nothing.
    pub const NONE: Self = Self { block: 0, born: 0, hash: 0 };

    pub const fn is_none(self) -> bool {
        self.block == 0
    }

    /// The pointer with a number in a node.
    pub fn read(node: &[u8], slot: usize) -> Self {
        let bytes = &node[slot * POINTER..][..POINTER];
        Self {
            block: u32::from_le_bytes(field(bytes, 0)),
            born: u32::from_le_bytes(field(bytes, 4)),
            hash: u64::from_le_bytes(field(bytes, 8)),
        }
    }

    pub fn write(self, node: &mut [u8], slot: usize) {
        let bytes = &mut node[slot * POINTER..][..POINTER];
        bytes[0..4].copy_from_slice(&self.block.to_le_bytes());
        bytes[4..8].copy_from_slice(&self.born.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.hash.to_le_bytes());
    }
}

/// What is known of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inode {
    pub kind: FileKind,
    /// Whether a directory names it; if not, it is there only for who has it open.
    pub named: bool,
    /// The level of the root.
    pub height: u8,
    /// Bytes; of a directory and of the inodes those of all blocks.
    pub length: u64,
    pub root: Pointer,
}

impl Inode {
    /// A file or directory that is empty.
    pub const fn empty(kind: FileKind) -> Self {
        Self { kind, named: true, height: 0, length: 0, root: Pointer::NONE }
    }

    /// How many blocks its tree can have.
    pub const fn capacity(self) -> u64 {
        1 << (FAN_BITS * self.height as u32)
    }

    /// How many blocks it has, with those of zeroes.
    pub const fn blocks(self) -> u64 {
        self.length.div_ceil(BLOCK as u64)
    }

    /// What is in a record; nothing if it is free.
    pub fn read(record: &[u8]) -> Result<Option<Self>, FsError> {
        let kind = match record[0] {
            0 => return Ok(None),
            1 => FileKind::File,
            2 => FileKind::Directory,
            _ => return Err(FsError::Corrupt),
        };
        let inode = Self {
            kind,
            named: record[1] != 0,
            height: record[2],
            length: u64::from_le_bytes(field(record, 8)),
            root: Pointer::read(record, 1),
        };
        let is_sound = inode.height <= HIGHEST && inode.length <= LONGEST;
        if is_sound { Ok(Some(inode)) } else { Err(FsError::Corrupt) }
    }

    pub fn write(self, record: &mut [u8]) {
        record.fill(0);
        record[0] = match self.kind {
            FileKind::File => 1,
            FileKind::Directory => 2,
        };
        record[1] = u8::from(self.named);
        record[2] = self.height;
        record[8..16].copy_from_slice(&self.length.to_le_bytes());
        self.root.write(record, 1);
    }
}

/// Where all begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Superblock {
    /// Counts what was committed; the greater one of two is valid, if what it points to is whole.
    pub generation: u64,
    /// Blocks of the disk that are used.
    pub blocks: u32,
    /// Whether it was written together with what it points to, so that some of this may be missing.
    pub unverified: bool,
    /// The file of the inodes.
    pub inodes: Inode,
}

impl Superblock {
    /// What is in the bytes; nothing if they are not a superblock, or not all of one.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let end = SUPERBLOCK - 8;
        if bytes[..8] != MAGIC
            || u64::from_le_bytes(field(bytes, end)) != hash(&bytes[..end])
            || u32::from_le_bytes(field(bytes, 8)) != VERSION
        {
            return None;
        }
        Some(Self {
            generation: u64::from_le_bytes(field(bytes, 16)),
            blocks: u32::from_le_bytes(field(bytes, 24)),
            unverified: bytes[28] != 0,
            inodes: Inode::read(&bytes[64..64 + INODE]).ok()??,
        })
    }

    pub fn write(&self, bytes: &mut [u8]) {
        let end = SUPERBLOCK - 8;
        bytes.fill(0);
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.generation.to_le_bytes());
        bytes[24..28].copy_from_slice(&self.blocks.to_le_bytes());
        bytes[28] = u8::from(self.unverified);
        self.inodes.write(&mut bytes[64..64 + INODE]);
        let hash = hash(&bytes[..end]);
        bytes[end..SUPERBLOCK].copy_from_slice(&hash.to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let root = Pointer { block: 77, born: 5, hash: 0x0123_4567_89ab_cdef };
        let inode = Inode { kind: FileKind::File, named: false, height: 3, length: 1 << 33, root };
        let superblock = Superblock { generation: 9, blocks: 1000, unverified: true, inodes: inode };
        let mut bytes = [0xff; SUPERBLOCK];
        superblock.write(&mut bytes);
        assert_eq!(Superblock::read(&bytes), Some(superblock));
        for place in 0..SUPERBLOCK {
            let mut bytes = bytes;
            bytes[place] ^= 0x10;
            assert_eq!(Superblock::read(&bytes), None, "byte {place}");
        }
    }
}
