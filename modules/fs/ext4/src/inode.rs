//! Inodes ("Index Nodes" in the kernel's documentation of ext4).

use crate::bytes::{joined, u16_at, u32_at};
use crate::checksum::checksum;
use crate::superblock::Superblock;
use alloc::vec::Vec;
use core::time::Duration;
use oscomp_interfaces::{FileKind, FsError, Metadata};

/// The bytes of an inode that say where its blocks are, or hold what is short.
pub const MAP: usize = 60;
/// Where they are.
const MAP_AT: usize = 0x28;
/// What every inode has.
const LEAST: usize = 128;

/// What an inode is of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    File,
    Directory,
    Link,
    /// A device, a pipe or a socket.
    Other,
}

#[derive(Clone)]
pub struct Inode {
    pub number: u32,
    pub kind: Kind,
    /// Its bytes.
    pub length: u64,
    modified: Option<Duration>,
    flags: u32,
    pub map: [u8; MAP],
    /// What of short contents is behind those in the map.
    pub rest: Vec<u8>,
    /// Where the checksums of its blocks begin, if there are any.
    pub seed: Option<u32>,
}

impl Inode {
    pub fn parse(superblock: &Superblock, number: u32, bytes: &[u8]) -> Result<Self, FsError> {
        let extra = if bytes.len() > LEAST { usize::from(u16_at(bytes, 0x80)) } else { 0 };
        if LEAST + extra > bytes.len() {
            return Err(FsError::Corrupt);
        }
        let seed = superblock.seed.map(|seed| {
            let seed = checksum(seed, &number.to_le_bytes());
            checksum(seed, &u32_at(bytes, 0x64).to_le_bytes())
        });
        if let Some(seed) = seed {
            verify(seed, bytes, extra)?;
        }
        let kind = match u16_at(bytes, 0) & 0xf000 {
            0x8000 => Kind::File,
            0x4000 => Kind::Directory,
            0xa000 => Kind::Link,
            _ => Kind::Other,
        };
        let has_high = kind == Kind::File || kind == Kind::Directory && superblock.large_directories;
        let mut inode = Self {
            number,
            kind,
            length: joined(if has_high { u32_at(bytes, 0x6c) } else { 0 }, u32_at(bytes, 0x4)),
            modified: modified(bytes, extra),
            flags: u32_at(bytes, 0x20),
            map: bytes.get(MAP_AT..).and_then(<[u8]>::first_chunk).copied().ok_or(FsError::Corrupt)?,
            rest: Vec::new(),
            seed,
        };
        // A file has no more blocks than that.
        if inode.length > superblock.block as u64 * (1 << 32) {
            return Err(FsError::Corrupt);
        }
        if inode.is_inline() {
            inode.rest = inline_rest(&bytes[LEAST + extra..])?.to_vec();
        }
        Ok(inode)
    }

    /// Whether its blocks are in extents.
    pub fn has_extents(&self) -> bool {
        self.flags & 0x8_0000 != 0
    }

    /// Whether what is in it is in the inode itself.
    pub fn is_inline(&self) -> bool {
        self.flags & 0x1000_0000 != 0
    }

    pub fn is_encrypted(&self) -> bool {
        self.flags & 0x800 != 0
    }

    /// Whether some of the blocks of a directory are an index, and look as if they held nothing.
    pub fn has_index(&self) -> bool {
        self.flags & 0x1000 != 0
    }

    /// What is known of a file or directory.
    pub fn known(&self) -> Metadata {
        Metadata {
            kind: if self.kind == Kind::Directory { FileKind::Directory } else { FileKind::File },
            length: self.length,
            modified: self.modified,
            number: u64::from(self.number),
        }
    }
}

/// Verifies the checksum of all of it, in which its own bytes are zero. `extra` bytes that are used are behind those that
/// every inode has.
fn verify(seed: u32, bytes: &[u8], extra: usize) -> Result<(), FsError> {
    const LOW: usize = 0x7c;
    const HIGH: usize = 0x82;
    let has_high = extra >= HIGH + 2 - LEAST;
    let mut zeroed = bytes.to_vec();
    zeroed[LOW..LOW + 2].fill(0);
    let mut expected = u32::from(u16_at(bytes, LOW));
    if has_high {
        zeroed[HIGH..HIGH + 2].fill(0);
        expected |= u32::from(u16_at(bytes, HIGH)) << 16;
    }
    let mask = if has_high { u32::MAX } else { 0xffff };
    if checksum(seed, &zeroed) & mask == expected { Ok(()) } else { Err(FsError::Corrupt) }
}

/// Seconds in 32 bits, and where there is room two more of them, and nanoseconds.
fn modified(bytes: &[u8], extra: usize) -> Option<Duration> {
    let seconds = i64::from(u32_at(bytes, 0x10) as i32);
    let more = if extra >= 0x8c - LEAST { u32_at(bytes, 0x88) } else { 0 };
    let seconds = u64::try_from(seconds + (i64::from(more & 3) << 32)).ok()?;
    let nanoseconds = if more >> 2 < 1_000_000_000 { more >> 2 } else { 0 };
    Some(Duration::new(seconds, nanoseconds))
}

/// The value of the attribute `system.data` among those behind an inode, if it is there.
fn inline_rest(attributes: &[u8]) -> Result<&[u8], FsError> {
    const MAGIC: u32 = 0xea02_0000;
    const ENTRY: usize = 16;
    const SYSTEM: u8 = 7;
    if u32_at(attributes, 0) != MAGIC {
        return Ok(&[]);
    }
    let attributes = &attributes[4..];
    let mut at = 0;
    // Four bytes of zeroes are behind the last.
    while u32_at(attributes, at) != 0 {
        let entry = attributes.get(at..at + ENTRY).ok_or(FsError::Corrupt)?;
        let length = usize::from(entry[0]);
        let name = attributes.get(at + ENTRY..at + ENTRY + length).ok_or(FsError::Corrupt)?;
        if entry[1] == SYSTEM && name == b"data" {
            let (start, length) = (usize::from(u16_at(entry, 2)), u32_at(entry, 8) as usize);
            return attributes.get(start..).and_then(|rest| rest.get(..length)).ok_or(FsError::Corrupt);
        }
        at += (ENTRY + length).next_multiple_of(4);
    }
    Ok(&[])
}
