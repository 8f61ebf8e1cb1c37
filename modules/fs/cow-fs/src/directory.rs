//! Directories: files of records, each of which is in one block.
//!
//! A block begins with how many bytes of it are used, with these two. A record is the number of the inode in four
//! bytes, the kind, how long the name is, and the name.

use crate::cache::Key;
use crate::layout::{BLOCK, INODE, INODE_BLOCKS, INODE_FILE, INODES, Inode, LONGEST, ROOT};
use crate::store::{Content, Store, inode_block, record};
use oscomp_interfaces::{BlockDevice, FileKind, FsError};

/// Bytes before the records of a block.
const HEADER: usize = 2;
/// Bytes of a record before the name.
const RECORD: usize = 6;

/// A name in a directory.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'b> {
    pub inode: u32,
    pub kind: FileKind,
    pub name: &'b str,
    /// Where in its block it begins.
    at: usize,
}

impl Entry<'_> {
    fn bytes(&self) -> usize {
        RECORD + self.name.len()
    }
}

/// The names in a block.
pub struct Records<'b> {
    block: &'b [u8],
    at: usize,
}

impl<'b> Records<'b> {
    pub fn new(block: &'b [u8]) -> Result<Self, FsError> {
        block.get(..used(block)).map(|block| Self { block, at: HEADER }).ok_or(FsError::Corrupt)
    }

    fn entry(&self) -> Option<Entry<'b>> {
        let (record, rest) = self.block.get(self.at..)?.split_first_chunk::<RECORD>()?;
        let [a, b, c, d, kind, length] = *record;
        let kind = match kind {
            1 => FileKind::File,
            2 => FileKind::Directory,
            _ => return None,
        };
        let name = core::str::from_utf8(rest.get(..usize::from(length))?).ok()?;
        Some(Entry { inode: u32::from_le_bytes([a, b, c, d]), kind, name, at: self.at })
    }
}

impl<'b> Iterator for Records<'b> {
    type Item = Result<Entry<'b>, FsError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.block.len() {
            return None;
        }
        let entry = self.entry().ok_or(FsError::Corrupt);
        self.at = entry.map_or(BLOCK, |entry| entry.at + entry.bytes());
        Some(entry)
    }
}

/// Bytes that are used of a block.
fn used(block: &[u8]) -> usize {
    usize::from(u16::from_le_bytes([block[0], block[1]])).max(HEADER)
}

fn set_used(block: &mut [u8], used: usize) {
    block[..HEADER].copy_from_slice(&(used as u16).to_le_bytes());
}

/// What a name stands for, and where.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    pub inode: u32,
    pub kind: FileKind,
    block: u64,
    at: usize,
    bytes: usize,
}

/// Where there is room for a name: in a block, for whose sake the directory may have to grow.
#[derive(Clone, Copy, Debug)]
pub struct Room(u64);

impl<Disk: BlockDevice> Store<Disk> {
    /// Looks for a name; if it is not there, for room for it.
    pub fn look_up(&mut self, directory: u32, name: &str) -> Result<Result<Found, Room>, FsError> {
        let blocks = self.inode(directory)?.blocks();
        let mut room = None;
        for block in 0..blocks {
            self.drop_excess();
            let Some(node) = self.load(Key::leaf(directory, block))? else {
                room = room.or(Some(block));
                continue;
            };
            for entry in Records::new(&node.bytes)? {
                let entry = entry?;
                if entry.name == name {
                    let Entry { inode, kind, at, .. } = entry;
                    return Ok(Ok(Found { inode, kind, block, at, bytes: entry.bytes() }));
                }
            }
            if used(&node.bytes) + RECORD + name.len() <= BLOCK {
                room = room.or(Some(block));
            }
        }
        Ok(Err(Room(room.unwrap_or(blocks))))
    }

    /// How many nodes there may have to be in addition for a name.
    pub fn growth_for_name(&mut self, directory: u32, room: Room) -> Result<u32, FsError> {
        self.growth(directory, room.0)
    }

    /// Gives a file a name that is not there.
    pub fn add_name(
        &mut self,
        directory: u32,
        Room(block): Room,
        name: &str,
        number: u32,
        kind: FileKind,
    ) -> Result<(), FsError> {
        self.reach(directory, block)?;
        let node = self.touch(Key::leaf(directory, block), Content::Kept)?;
        let at = used(node);
        let end = at + RECORD + name.len();
        let record = node.get_mut(at..end).ok_or(FsError::Corrupt)?;
        record[..4].copy_from_slice(&number.to_le_bytes());
        record[4] = if kind == FileKind::File { 1 } else { 2 };
        record[5] = name.len() as u8;
        record[RECORD..].copy_from_slice(name.as_bytes());
        set_used(node, end);
        self.extend(directory, block)
    }

    /// Has a directory, or the inodes, be so long that a block is in it.
    fn extend(&mut self, file: u32, block: u64) -> Result<(), FsError> {
        let inode = self.inode(file)?;
        let length = (block + 1) * BLOCK as u64;
        if length > LONGEST {
            return Err(FsError::NoSpace);
        }
        if inode.length < length { self.set_inode(file, Inode { length, ..inode }) } else { Ok(()) }
    }

    /// Has a name stand for something else.
    pub fn change_name(
        &mut self,
        directory: u32,
        found: Found,
        number: u32,
        kind: FileKind,
    ) -> Result<(), FsError> {
        let node = self.touch(Key::leaf(directory, found.block), Content::Kept)?;
        let record = node.get_mut(found.at..found.at + RECORD).ok_or(FsError::Corrupt)?;
        record[..4].copy_from_slice(&number.to_le_bytes());
        record[4] = if kind == FileKind::File { 1 } else { 2 };
        Ok(())
    }

    pub fn remove_name(&mut self, directory: u32, found: Found) -> Result<(), FsError> {
        let key = Key::leaf(directory, found.block);
        let node = self.touch(key, Content::Kept)?;
        let end = used(node);
        let rest = found.at + found.bytes..end;
        if rest.start > rest.end || rest.end > node.len() {
            return Err(FsError::Corrupt);
        }
        node.copy_within(rest, found.at);
        node[end - found.bytes..end].fill(0);
        set_used(node, end - found.bytes);
        if end - found.bytes > HEADER {
            return Ok(());
        }
        self.punch(key)?;
        self.shorten(directory)
    }

    /// Takes what is empty from the end of a directory, or of the inodes.
    fn shorten(&mut self, file: u32) -> Result<(), FsError> {
        let inode = self.inode(file)?;
        let mut blocks = inode.blocks();
        while blocks > 0 && !self.has_block(file, blocks - 1)? {
            blocks -= 1;
        }
        if blocks == inode.blocks() {
            return Ok(());
        }
        self.set_inode(file, Inode { length: blocks * BLOCK as u64, ..inode })?;
        self.lower(file, blocks)
    }

    /// Whether nothing is in a directory.
    pub fn is_empty(&mut self, directory: u32) -> Result<bool, FsError> {
        let mut is_empty = true;
        self.each_name(directory, |_| {
            is_empty = false;
            false
        })?;
        Ok(is_empty)
    }

    /// Tells of what is in a directory until `tell` returns false.
    pub fn each_name(
        &mut self,
        directory: u32,
        mut tell: impl FnMut(&Entry<'_>) -> bool,
    ) -> Result<(), FsError> {
        for block in 0..self.inode(directory)?.blocks() {
            self.drop_excess();
            let Some(node) = self.load(Key::leaf(directory, block))? else { continue };
            for entry in Records::new(&node.bytes)? {
                if !tell(&entry?) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// A number that no file has.
    pub fn free_number(&mut self) -> Result<u32, FsError> {
        let mut number = self.first_free.max(ROOT);
        while self.find_inode(number)?.is_some() {
            if number.is_multiple_of(INODES) {
                self.drop_excess();
            }
            number += 1;
            if number / INODES >= INODE_BLOCKS {
                return Err(FsError::NoSpace);
            }
        }
        self.first_free = number;
        Ok(number)
    }

    /// The file with that number is no more.
    pub fn free_inode(&mut self, number: u32) -> Result<(), FsError> {
        let block = inode_block(number);
        let node = self.touch(block, Content::Kept)?;
        node[record(number)..][..INODE].fill(0);
        let is_empty = node.iter().all(|byte| *byte == 0);
        self.first_free = self.first_free.min(number);
        if !is_empty {
            return Ok(());
        }
        self.punch(block)?;
        self.shorten(INODE_FILE)
    }

    /// How many nodes there may have to be in addition for an inode.
    pub fn growth_for_inode(&mut self, number: u32) -> Result<u32, FsError> {
        self.growth(INODE_FILE, inode_block(number).index)
    }

    /// Has there be a file with a number that is free.
    pub fn add_inode(&mut self, number: u32, inode: Inode) -> Result<(), FsError> {
        let block = inode_block(number).index;
        self.reach(INODE_FILE, block)?;
        self.set_inode(number, inode)?;
        self.extend(INODE_FILE, block)
    }
}
