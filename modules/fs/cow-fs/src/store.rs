//! The trees of all files, and how they come to the disk.
//!
//! What is committed is never written over. A node that changes gets another block, so does the node with the pointer
//! to it, up to the superblock; the two superblocks are written in turn. So after the power failed either the trees
//! of the one or those of the other are there.
//!
//! A dirty node's parents are dirty too, or have got their new block already. So for each dirty node that has not it
//! is known that it needs a block, and there always are as many.

use crate::cache::{Cache, Key, Node};
use crate::device::Device;
use crate::layout::{
    BLOCK, FAN_BITS, HIGHEST, INODE, INODE_FILE, INODES, Inode, Pointer, SLOTS, SUPERBLOCK, Superblock, hash,
};
use crate::space::Space;
use alloc::collections::TryReserveError;
use alloc::vec::Vec;
use oscomp_interfaces::{BlockDevice, FsError};

/// Blocks that growing files cannot have, so that what is there can always be changed or removed.
pub const RESERVE: u32 = 64;
/// Blocks that no operation but writing needs more of.
const OPERATION: u32 = 48;
/// So many blocks are flushed together with the superblock. Those of such a commit are verified when it is mounted.
const TOGETHER: usize = 64;
/// So many blocks are handed to the device at once.
pub const BATCH: usize = 32;

/// What becomes of what was in a node.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Content {
    Kept,
    /// All of it is going to be written.
    Replaced,
}

/// The trees.
pub struct Store<Disk> {
    pub(crate) device: Device<Disk>,
    pub(crate) space: Space,
    pub(crate) nodes: Cache,
    /// What the superblock is going to be.
    pub(crate) superblock: Superblock,
    /// Which of the superblocks is on the disk for certain.
    slot: u32,
    /// Whether something has changed since the last commit.
    changed: bool,
    /// Blocks written since the last commit.
    written: usize,
    /// Whether a commit failed, so that it is not known what is there after the power fails.
    failed: bool,
    /// Dirty nodes that need a block.
    unplaced: u32,
    /// Those of them that have none so far.
    unborn: u32,
    /// No inode below this one is free.
    pub(crate) first_free: u32,
}

impl<Disk: BlockDevice> Store<Disk> {
    /// Over a cache of so many nodes; `slot` says which superblock is that of the disk. No block is in use yet.
    pub fn new(
        device: Device<Disk>,
        cache: usize,
        superblock: Superblock,
        slot: u32,
    ) -> Result<Self, TryReserveError> {
        let space = Space::new(superblock.blocks)?;
        let nodes = Cache::new(cache)?;
        Ok(Self {
            device,
            space,
            nodes,
            superblock,
            slot,
            changed: false,
            written: 0,
            failed: false,
            unplaced: 0,
            unborn: 0,
            first_free: 0,
        })
    }

    /// The device, to be used otherwise.
    pub fn into_device(self) -> Device<Disk> {
        self.device
    }

    // Space.

    /// Blocks that files use, with those that they need when they are written.
    fn live(&self) -> u32 {
        self.space.used() + self.unborn
    }

    /// Blocks that files can have in all, and in addition.
    pub fn room(&self) -> (u32, u32) {
        let total = self.space.blocks() - SLOTS - RESERVE;
        (total, (total + SLOTS).saturating_sub(self.live()))
    }

    /// Has there be memory, and blocks for any operation but writing, before it begins.
    pub fn begin(&mut self) -> Result<(), FsError> {
        self.begin_with(OPERATION)
    }

    /// Has there be memory, and so many blocks.
    pub fn begin_with(&mut self, blocks: u32) -> Result<(), FsError> {
        if self.device.0.geometry().is_read_only {
            return Err(FsError::ReadOnly);
        }
        if self.failed {
            return Err(FsError::Failed);
        }
        self.trim()?;
        if self.space.available() < self.unplaced + blocks {
            // What the files do not use any more can be had after a commit.
            self.commit()?;
        }
        Ok(())
    }

    /// Whether files may have so many blocks more.
    pub fn grow(&self, blocks: u32) -> Result<(), FsError> {
        if blocks > self.room().1 { Err(FsError::NoSpace) } else { Ok(()) }
    }

    fn needs_block(&self, at: Pointer) -> bool {
        at.is_none() || !self.space.is_fresh(at.block)
    }

    /// A dirty node is so no longer: it was forgotten, or got its block.
    fn is_settled(&mut self, at: Pointer) {
        self.unborn -= u32::from(at.is_none());
        self.unplaced -= u32::from(self.needs_block(at));
    }

    // Inodes.

    /// What is known of a file, or nothing if there is none.
    pub fn find_inode(&mut self, number: u32) -> Result<Option<Inode>, FsError> {
        if number == INODE_FILE {
            return Ok(Some(self.superblock.inodes));
        }
        match self.load(inode_block(number))? {
            None => Ok(None),
            Some(node) => Inode::read(&node.bytes[record(number)..][..INODE]),
        }
    }

    /// What is known of a file that there is.
    pub fn inode(&mut self, number: u32) -> Result<Inode, FsError> {
        self.find_inode(number)?.ok_or(FsError::Corrupt)
    }

    pub fn set_inode(&mut self, number: u32, inode: Inode) -> Result<(), FsError> {
        if number == INODE_FILE {
            self.superblock.inodes = inode;
            self.changed = true;
            return Ok(());
        }
        let node = self.touch(inode_block(number), Content::Kept)?;
        inode.write(&mut node[record(number)..][..INODE]);
        Ok(())
    }

    // Nodes.

    /// Where a node is, as its parent has it.
    fn place(&mut self, key: Key) -> Result<Pointer, FsError> {
        let inode = self.inode(key.file)?;
        if key.level > inode.height || key.index >> (FAN_BITS * u32::from(inode.height - key.level)) != 0 {
            return Ok(Pointer::NONE);
        }
        if key.level == inode.height {
            return Ok(inode.root);
        }
        let (parent, slot) = key.parent();
        Ok(self.load(parent)?.map_or(Pointer::NONE, |node| Pointer::read(&node.bytes, slot)))
    }

    /// A node, if there is one; else all below is zeroes.
    pub fn load(&mut self, key: Key) -> Result<Option<&mut Node>, FsError> {
        if !self.nodes.has(key) {
            let at = self.place(key)?;
            if at.is_none() {
                return Ok(None);
            }
            self.fetch(key, at)?;
        }
        Ok(self.nodes.get(key))
    }

    /// Reads a node whose place is known, unless it is in memory.
    pub fn fetch(&mut self, key: Key, at: Pointer) -> Result<(), FsError> {
        if self.nodes.has(key) {
            return Ok(());
        }
        let mut bytes = self.nodes.memory();
        let read = match self.device.read(at.block, &mut bytes) {
            Ok(()) if hash(&bytes) == at.hash => Ok(()),
            Ok(()) => Err(FsError::Corrupt),
            Err(error) => Err(error),
        };
        match read {
            Ok(()) => self.nodes.insert(key, bytes, at),
            Err(error) => {
                self.nodes.spare(bytes);
                return Err(error);
            }
        };
        Ok(())
    }

    /// Reads whole blocks of a file at the same time. They are not kept in memory.
    pub fn read(&mut self, file: u32, first: u64, into: &mut [u8]) -> Result<(), FsError> {
        let mut wanted = Vec::new();
        for (block, target) in (first..).zip(into.chunks_exact_mut(BLOCK)) {
            let key = Key::leaf(file, block);
            if let Some(node) = self.nodes.peek(key) {
                target.copy_from_slice(&node.bytes);
                continue;
            }
            let at = self.place(key)?;
            if at.is_none() {
                target.fill(0);
            } else {
                wanted.push((at, target));
            }
        }
        self.device.read_all(wanted.iter_mut().map(|(at, target)| (at.block, &mut **target)))?;
        let is_whole = wanted.iter().all(|(at, target)| hash(target) == at.hash);
        if is_whole { Ok(()) } else { Err(FsError::Corrupt) }
    }

    /// A node that is going to be changed, made if need be. The root of its file is at its level or above.
    pub fn touch(&mut self, key: Key, content: Content) -> Result<&mut [u8], FsError> {
        let is_dirty = self.nodes.peek(key).is_some_and(|node| node.dirty);
        if !is_dirty {
            self.touch_parent(key)?;
            if !self.nodes.has(key) {
                let at = self.place(key)?;
                if at.is_none() || content == Content::Replaced {
                    let mut bytes = self.nodes.memory();
                    bytes.fill(0);
                    self.nodes.insert(key, bytes, at);
                } else {
                    self.fetch(key, at)?;
                }
            }
            let at = self.nodes.peek(key).map_or(Pointer::NONE, |node| node.at);
            self.unborn += u32::from(at.is_none());
            self.unplaced += u32::from(self.needs_block(at));
            self.changed = true;
        }
        let node = self.nodes.get(key).ok_or(FsError::Corrupt)?;
        node.dirty = true;
        Ok(&mut node.bytes)
    }

    /// What has the pointer to a node is going to be changed.
    fn touch_parent(&mut self, key: Key) -> Result<(), FsError> {
        if key.level < self.inode(key.file)?.height {
            self.touch(key.parent().0, Content::Kept)?;
        } else if key.file != INODE_FILE {
            self.touch(inode_block(key.file), Content::Kept)?;
        }
        Ok(())
    }

    /// A node is at another place.
    fn set_place(&mut self, key: Key, at: Pointer) -> Result<(), FsError> {
        let mut inode = self.inode(key.file)?;
        if key.level == inode.height {
            inode.root = at;
            return self.set_inode(key.file, inode);
        }
        let (parent, slot) = key.parent();
        at.write(self.touch(parent, Content::Kept)?, slot);
        Ok(())
    }

    /// Has the tree of a file be so high that it can have a block.
    pub fn reach(&mut self, file: u32, block: u64) -> Result<(), FsError> {
        loop {
            let mut inode = self.inode(file)?;
            if block < inode.capacity() {
                return Ok(());
            }
            if inode.height == HIGHEST {
                return Err(FsError::TooLarge);
            }
            let old = Key { file, level: inode.height, index: 0 };
            let root = core::mem::take(&mut inode.root);
            inode.height += 1;
            let has_more = !root.is_none() || self.nodes.has(old);
            self.set_inode(file, inode)?;
            if has_more {
                root.write(self.touch(old.parent().0, Content::Kept)?, 0);
            }
        }
    }

    /// How many nodes there may have to be in addition for a file to have a block.
    pub fn growth(&mut self, file: u32, block: u64) -> Result<u32, FsError> {
        let inode = self.inode(file)?;
        if self.has_block(file, block)? {
            return Ok(0);
        }
        let mut height = inode.height;
        while height < HIGHEST && block >> (FAN_BITS * u32::from(height)) != 0 {
            height += 1;
        }
        Ok(u32::from(height - inode.height) + u32::from(height) + 1)
    }

    /// Whether a file has a block that is not only of zeroes.
    pub fn has_block(&mut self, file: u32, block: u64) -> Result<bool, FsError> {
        let key = Key::leaf(file, block);
        Ok(self.nodes.has(key) || !self.place(key)?.is_none())
    }

    // Removal.

    /// Frees a node and all below that its parent does not point to any more.
    pub fn release(&mut self, key: Key, at: Pointer) -> Result<(), FsError> {
        let released = self.release_below(key, at);
        if released.is_err() {
            // What cannot be read is lost until the file system is mounted again, and nothing else.
            for level in 0..=key.level {
                let bits = FAN_BITS * u32::from(key.level - level);
                let from = Key { file: key.file, level, index: key.index << bits };
                let end = Key { index: (key.index + 1) << bits, ..from };
                while let Some(key) = self.nodes.first_within(from, end) {
                    self.forget(key);
                }
            }
        }
        released
    }

    fn release_below(&mut self, key: Key, at: Pointer) -> Result<(), FsError> {
        if key.level > 0 && (self.nodes.has(key) || !at.is_none()) {
            for slot in 0..1 << FAN_BITS {
                self.fetch(key, at)?;
                let below =
                    self.nodes.peek(key).map_or(Pointer::NONE, |node| Pointer::read(&node.bytes, slot));
                let child = key.child(slot);
                if !below.is_none() || self.nodes.has(child) {
                    self.release_below(child, below)?;
                }
            }
        }
        self.forget(key);
        if !at.is_none() {
            self.space.give(at.block);
        }
        Ok(())
    }

    /// Takes a node from memory.
    fn forget(&mut self, key: Key) {
        if let Some((true, at)) = self.nodes.remove(key) {
            self.is_settled(at);
        }
    }

    /// Makes a block zeroes, and frees it and what above has nothing else.
    pub fn punch(&mut self, key: Key) -> Result<(), FsError> {
        let at = self.place(key)?;
        let mut inode = self.inode(key.file)?;
        if key.level >= inode.height {
            (inode.root, inode.height) = (Pointer::NONE, 0);
            self.set_inode(key.file, inode)?;
            return self.release(key, at);
        }
        let (parent, slot) = key.parent();
        let node = self.touch(parent, Content::Kept)?;
        Pointer::NONE.write(node, slot);
        let is_empty = node.iter().all(|byte| *byte == 0);
        self.release(key, at)?;
        let end = Key { index: (parent.index + 1) << FAN_BITS, ..key };
        let first = Key { index: parent.index << FAN_BITS, ..key };
        if is_empty && self.nodes.first_within(first, end).is_none() { self.punch(parent) } else { Ok(()) }
    }

    /// Cuts off a tree behind so many blocks.
    pub fn cut(&mut self, file: u32, blocks: u64) -> Result<(), FsError> {
        let mut inode = self.inode(file)?;
        let top = Key { file, level: inode.height, index: 0 };
        if blocks == 0 {
            let root = core::mem::take(&mut inode.root);
            inode.height = 0;
            self.set_inode(file, inode)?;
            return self.release(top, root);
        }
        if blocks >= inode.capacity() {
            return Ok(());
        }
        self.cut_below(top, blocks)?;
        self.lower(file, blocks)
    }

    /// Takes away what is above a single pointer in the tree of a file that has no more than so many blocks.
    pub fn lower(&mut self, file: u32, blocks: u64) -> Result<(), FsError> {
        let mut inode = self.inode(file)?;
        while inode.height > 0 && blocks <= inode.capacity() >> FAN_BITS {
            let top = Key { file, level: inode.height, index: 0 };
            let (below, at) = match self.load(top)? {
                Some(node) => (Pointer::read(&node.bytes, 0), node.at),
                None => (Pointer::NONE, Pointer::NONE),
            };
            inode.height -= 1;
            inode.root = below;
            self.set_inode(file, inode)?;
            self.forget(top);
            if !at.is_none() {
                self.space.give(at.block);
            }
        }
        Ok(())
    }

    fn cut_below(&mut self, key: Key, blocks: u64) -> Result<(), FsError> {
        if self.load(key)?.is_none() {
            return Ok(());
        }
        let bits = FAN_BITS * u32::from(key.level - 1);
        let first = blocks.div_ceil(1 << bits) - (key.index << FAN_BITS);
        for slot in first as usize..1 << FAN_BITS {
            let Some(node) = self.load(key)? else { break };
            let below = Pointer::read(&node.bytes, slot);
            let child = key.child(slot);
            if below.is_none() && !self.nodes.has(child) {
                continue;
            }
            Pointer::NONE.write(self.touch(key, Content::Kept)?, slot);
            self.release(child, below)?;
        }
        if blocks & ((1 << bits) - 1) != 0 {
            self.cut_below(Key { level: key.level - 1, index: blocks >> bits, ..key }, blocks)?;
        }
        Ok(())
    }

    // Writing.

    /// Has there be memory for what an operation needs.
    pub fn trim(&mut self) -> Result<(), FsError> {
        while self.nodes.excess() > 0 {
            self.nodes.shrink();
            // What cannot be written any more stays in memory.
            if self.nodes.excess() == 0 || self.failed {
                break;
            }
            // Leaves first: what is above them is written once they are.
            let level = (0..=HIGHEST).find_map(|level| {
                let keys = self.nodes.dirty(BATCH, |key| key.level == level);
                (!keys.is_empty()).then_some(keys)
            });
            let Some(keys) = level else { break };
            self.write_out(&keys)?;
        }
        Ok(())
    }

    /// Forgets what is in memory beyond that and need not be written; also amidst an operation.
    pub fn drop_excess(&mut self) {
        if self.nodes.excess() > 0 {
            self.nodes.shrink();
        }
    }

    /// Writes dirty nodes, none of which is above another one.
    fn write_out(&mut self, keys: &[Key]) -> Result<(), FsError> {
        let mut places = Vec::new();
        for key in keys {
            self.touch_parent(*key)?;
        }
        let born = self.superblock.generation.wrapping_add(1) as u32;
        for key in keys {
            let Some(node) = self.nodes.peek(*key) else { continue };
            let hash = hash(&node.bytes);
            let old = node.at;
            let block = if self.needs_block(old) { self.space.take() } else { Some(old.block) };
            let Some(block) = block else { break };
            places.push((*key, old, Pointer { block, born, hash }));
        }
        let nodes = &self.nodes;
        let bytes = places
            .iter()
            .map(|(key, _, at)| (at.block, nodes.peek(*key).map_or(&[][..], |node| node.bytes.as_slice())));
        let results = self.device.write(bytes);
        self.written += places.len();
        let mut outcome = if places.len() < keys.len() { Err(FsError::NoSpace) } else { Ok(()) };
        for ((key, old, at), result) in places.into_iter().zip(results) {
            if let Err(error) = result {
                outcome = Err(error);
                if at.block != old.block {
                    self.space.give(at.block);
                }
                continue;
            }
            self.is_settled(old);
            if !old.is_none() && at.block != old.block {
                self.space.give(old.block);
            }
            if let Some(node) = self.nodes.get(key) {
                node.dirty = false;
                node.at = at;
            }
            self.set_place(key, at)?;
        }
        outcome
    }

    /// Has all that was done be there after the power fails.
    pub fn commit(&mut self) -> Result<(), FsError> {
        if self.failed {
            return Err(FsError::Failed);
        }
        if !self.changed {
            return Ok(());
        }
        for is_inodes in [false, true] {
            for level in 0..=HIGHEST {
                let wanted = |key: Key| key.level == level && (key.file == INODE_FILE) == is_inodes;
                loop {
                    let keys = self.nodes.dirty(BATCH, wanted);
                    if keys.is_empty() {
                        break;
                    }
                    self.write_out(&keys)?;
                }
            }
        }
        // From here on it is not known what there is on the disk until all has succeeded.
        self.failed = true;
        self.superblock.unverified = self.written <= TOGETHER;
        if !self.superblock.unverified {
            self.device.flush()?;
        }
        self.superblock.generation = self.superblock.generation.wrapping_add(1);
        let mut bytes = [0; SUPERBLOCK];
        self.superblock.write(&mut bytes);
        self.device.write_first(1 - self.slot, &bytes)?;
        self.device.flush()?;
        self.slot = 1 - self.slot;
        self.space.commit();
        (self.failed, self.changed, self.written) = (false, false, 0);
        Ok(())
    }
}

/// The block of inodes in which one is.
pub fn inode_block(number: u32) -> Key {
    Key::leaf(INODE_FILE, u64::from(number / INODES))
}

/// Where an inode is in its block.
pub fn record(number: u32) -> usize {
    (number % INODES) as usize * INODE
}
