//! Finding the file system on the disk, and making one.

use crate::cache::Key;
use crate::device::Device;
use crate::directory::Records;
use crate::layout::{
    BLOCK, FAN_BITS, INODE, INODE_BLOCKS, INODE_FILE, INODES, Inode, Pointer, ROOT, SLOTS, SUPERBLOCK,
    Superblock, hash,
};
use crate::store::{RESERVE, Store, inode_block};
use alloc::vec;
use alloc::vec::Vec;
use oscomp_interfaces::{BlockDevice, FileKind, FsError};

/// The fewest blocks that a file system is made on.
const SMALLEST: u32 = SLOTS + 2 * RESERVE;

/// Why there is no file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MountError {
    /// There is nothing on the disk, and none may be made.
    Blank,
    /// There is something else.
    Foreign,
    /// It is damaged.
    Damaged,
    /// The device fails.
    Failed,
    /// The disk is too small, or was larger when the file system was made.
    TooSmall,
    /// The blocks of the device are larger than those of the file system.
    LargeBlocks,
    /// The heap has not enough memory.
    NoMemory,
}

impl From<FsError> for MountError {
    fn from(error: FsError) -> Self {
        match error {
            FsError::Failed | FsError::ReadOnly => Self::Failed,
            _ => Self::Damaged,
        }
    }
}

/// Finds the file system, with a cache of so many nodes; makes one on a disk that is blank if that is wished.
pub fn mount<Disk: BlockDevice>(
    disk: Disk,
    cache: usize,
    format_blank: bool,
) -> Result<Store<Disk>, MountError> {
    let geometry = disk.geometry();
    if geometry.block > BLOCK {
        return Err(MountError::LargeBlocks);
    }
    let blocks = u32::try_from(geometry.bytes() / BLOCK as u64).unwrap_or(u32::MAX);
    if blocks < SMALLEST {
        return Err(MountError::TooSmall);
    }
    let mut device = Device(disk);
    let mut found = superblocks(&device)?;
    if found.is_empty() {
        if !is_blank(&device, blocks)? {
            return Err(MountError::Foreign);
        }
        if !format_blank {
            return Err(MountError::Blank);
        }
        format(&device, blocks)?;
        found = superblocks(&device)?;
    }
    let mut error = MountError::Damaged;
    for (slot, superblock) in found {
        if superblock.blocks > blocks {
            return Err(MountError::TooSmall);
        }
        if superblock.blocks < SMALLEST {
            return Err(MountError::Damaged);
        }
        let mut store = Store::new(device, cache, superblock, slot).map_err(|_| MountError::NoMemory)?;
        match store.verify() {
            Ok(orphans) => {
                store.make_ready(&orphans)?;
                return Ok(store);
            }
            // The power failed while it was written, and the one before is there.
            Err(failed) if superblock.unverified => error = failed.into(),
            Err(failed) => return Err(failed.into()),
        }
        device = store.into_device();
    }
    Err(error)
}

/// The superblocks that there are, with their slots; the newer one first. One that was being written when the power
/// failed may be unreadable.
fn superblocks<Disk: BlockDevice>(device: &Device<Disk>) -> Result<Vec<(u32, Superblock)>, MountError> {
    let read = [0, 1].map(|slot| device.read_first(slot));
    if read.iter().all(Result::is_err) {
        return Err(MountError::Failed);
    }
    let found =
        (0..).zip(&read).filter_map(|(slot, bytes)| Some((slot, Superblock::read(bytes.as_ref().ok()?)?)));
    let mut found: Vec<(u32, Superblock)> = found.collect();
    found.sort_by_key(|(_, superblock)| core::cmp::Reverse(superblock.generation));
    Ok(found)
}

/// The inodes and the superblock of a file system without files.
fn first(blocks: u32) -> ([u8; SUPERBLOCK], Vec<u8>) {
    let mut inodes = vec![0; BLOCK];
    Inode::empty(FileKind::Directory).write(&mut inodes[ROOT as usize * INODE..][..INODE]);
    let root = Pointer { block: SLOTS, born: 1, hash: hash(&inodes) };
    let inodes_file = Inode { length: BLOCK as u64, root, ..Inode::empty(FileKind::File) };
    let superblock = Superblock { generation: 1, blocks, unverified: false, inodes: inodes_file };
    let mut bytes = [0; SUPERBLOCK];
    superblock.write(&mut bytes);
    (bytes, inodes)
}

/// Whether there is nothing, or a file system that was being made when the power failed.
fn is_blank<Disk: BlockDevice>(device: &Device<Disk>, blocks: u32) -> Result<bool, MountError> {
    let (superblock, _) = first(blocks);
    for slot in 0..SLOTS {
        let mut bytes = vec![0; BLOCK];
        device.read(slot, &mut bytes)?;
        let begun = superblock.iter().copied().filter(|_| slot == 1).chain(core::iter::repeat(0));
        if bytes.iter().zip(begun).any(|(byte, begun)| *byte != 0 && *byte != begun) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn format<Disk: BlockDevice>(device: &Device<Disk>, blocks: u32) -> Result<(), MountError> {
    let (superblock, inodes) = first(blocks);
    let written = device.write([(SLOTS, inodes.as_slice())].into_iter());
    written.into_iter().collect::<Result<(), FsError>>()?;
    device.flush()?;
    device.write_first(1, &superblock)?;
    device.flush()?;
    Ok(())
}

/// One bit for each inode.
struct Inodes(Vec<u64>);

impl Inodes {
    /// Whether it was not there yet.
    fn add(&mut self, number: u32) -> bool {
        let Some(word) = self.0.get_mut((number / 64) as usize) else { return false };
        let bit = 1 << (number % 64);
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }
}

impl<Disk: BlockDevice> Store<Disk> {
    /// Reads all of the trees but what is in files, finds out which blocks are free, and verifies that each is used
    /// once, and each file has a name; those that have none any more.
    fn verify(&mut self) -> Result<Vec<u32>, FsError> {
        let inodes = self.superblock.inodes;
        if inodes.kind != FileKind::File || inodes.blocks() > u64::from(self.space.blocks().min(INODE_BLOCKS))
        {
            return Err(FsError::Corrupt);
        }
        self.walk(INODE_FILE, inodes)?;
        let mut named = 0_u64;
        let mut orphans = Vec::new();
        for block in 0..inodes.blocks() as u32 {
            self.trim()?;
            if self.load(inode_block(block * INODES))?.is_none() {
                continue;
            }
            for number in (block * INODES).max(ROOT)..(block + 1) * INODES {
                let Some(inode) = self.find_inode(number)? else { continue };
                let is_large = inode.blocks() > u64::from(self.space.blocks());
                if inode.kind == FileKind::Directory && is_large {
                    return Err(FsError::Corrupt);
                }
                self.walk(number, inode)?;
                if inode.named {
                    named += 1;
                } else {
                    orphans.push(number);
                }
            }
        }
        if self.verify_names(inodes.blocks() as usize)? != named {
            return Err(FsError::Corrupt);
        }
        self.space.commit();
        Ok(orphans)
    }

    /// Has what was found be there after the power fails, and removes the files without a name.
    fn make_ready(&mut self, orphans: &[u32]) -> Result<(), FsError> {
        if self.device.0.geometry().is_read_only {
            return Ok(());
        }
        self.device.flush()?;
        for number in orphans {
            self.begin()?;
            self.cut(*number, 0)?;
            self.free_inode(*number)?;
        }
        Ok(())
    }

    /// Takes the blocks of a file.
    fn walk(&mut self, file: u32, inode: Inode) -> Result<(), FsError> {
        self.trim()?;
        let top = Key { file, level: inode.height, index: 0 };
        if inode.root.is_none() { Ok(()) } else { self.walk_node(top, inode.root, inode.blocks()) }
    }

    fn walk_node(&mut self, key: Key, at: Pointer, blocks: u64) -> Result<(), FsError> {
        if !self.space.mark(at.block) || key.level == 0 && key.index >= blocks {
            return Err(FsError::Corrupt);
        }
        if key.level == 0 {
            let is_new = self.superblock.unverified && at.born == self.superblock.generation as u32;
            if is_new {
                self.fetch(key, at)?;
                self.nodes.remove(key);
            }
            return Ok(());
        }
        self.fetch(key, at)?;
        for slot in 0..1 << FAN_BITS {
            let below = self.nodes.peek(key).map_or(Pointer::NONE, |node| Pointer::read(&node.bytes, slot));
            if !below.is_none() {
                self.walk_node(key.child(slot), below, blocks)?;
            }
        }
        Ok(())
    }

    /// Verifies all directories; how many files and directories have a name.
    fn verify_names(&mut self, inode_blocks: usize) -> Result<u64, FsError> {
        let mut seen = Inodes(vec![0; (inode_blocks * INODES as usize).div_ceil(64)]);
        let root = self.inode(ROOT)?;
        if root.kind != FileKind::Directory || !root.named || !seen.add(ROOT) {
            return Err(FsError::Corrupt);
        }
        let mut count = 1;
        let mut directories = vec![ROOT];
        while let Some(directory) = directories.pop() {
            for block in 0..self.inode(directory)?.blocks() {
                self.trim()?;
                let mut found = Vec::new();
                if let Some(node) = self.load(Key::leaf(directory, block))? {
                    for entry in Records::new(&node.bytes)? {
                        let entry = entry?;
                        found.push((entry.inode, entry.kind));
                    }
                }
                for (number, kind) in found {
                    let inode = self.inode(number)?;
                    if inode.kind != kind || !inode.named || !seen.add(number) {
                        return Err(FsError::Corrupt);
                    }
                    count += 1;
                    if kind == FileKind::Directory {
                        directories.push(number);
                    }
                }
            }
        }
        Ok(count)
    }
}
