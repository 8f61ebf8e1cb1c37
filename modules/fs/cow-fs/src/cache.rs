//! Nodes of the trees in memory, by where they belong and not by where they are on the disk.

use crate::layout::{BLOCK, FAN_BITS, Pointer};
use alloc::collections::btree_map::Entry;
use alloc::collections::{BTreeMap, TryReserveError};
use alloc::vec;
use alloc::vec::Vec;

/// Which node of which tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    pub file: u32,
    /// 0 for a block of the file.
    pub level: u8,
    /// Which one of its level.
    pub index: u64,
}

impl Key {
    /// A block of a file.
    pub const fn leaf(file: u32, index: u64) -> Self {
        Self { file, level: 0, index }
    }

    /// The node with the pointer to this one, and which of its pointers.
    pub const fn parent(self) -> (Self, usize) {
        let slot = self.index & ((1 << FAN_BITS) - 1);
        (Self { level: self.level + 1, index: self.index >> FAN_BITS, ..self }, slot as usize)
    }

    /// What a pointer of this one leads to.
    pub const fn child(self, slot: usize) -> Self {
        Self { level: self.level - 1, index: (self.index << FAN_BITS) + slot as u64, ..self }
    }
}

/// A node in memory.
pub struct Node {
    /// As many as a block has.
    pub bytes: Vec<u8>,
    /// Whether they are others than on the disk.
    pub dirty: bool,
    /// Where it is on the disk.
    pub at: Pointer,
    /// When it was used last.
    used: u64,
}

/// The nodes in memory.
pub struct Cache {
    nodes: BTreeMap<Key, Node>,
    /// Memory of nodes that are no more.
    spare: Vec<Vec<u8>>,
    limit: usize,
    now: u64,
}

impl Cache {
    /// Of so many nodes, for which it takes the memory; a few more while an operation lasts.
    pub fn new(limit: usize) -> Result<Self, TryReserveError> {
        let mut spare = Vec::new();
        spare.try_reserve_exact(limit)?;
        for _ in 0..limit {
            let mut bytes = Vec::new();
            bytes.try_reserve_exact(BLOCK)?;
            bytes.extend_from_slice(&[0; BLOCK]);
            spare.push(bytes);
        }
        Ok(Self { nodes: BTreeMap::new(), spare, limit, now: 0 })
    }

    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    pub fn has(&self, key: Key) -> bool {
        self.nodes.contains_key(&key)
    }

    /// A node, without using it.
    pub fn peek(&self, key: Key) -> Option<&Node> {
        self.nodes.get(&key)
    }

    pub fn get(&mut self, key: Key) -> Option<&mut Node> {
        self.now += 1;
        let node = self.nodes.get_mut(&key)?;
        node.used = self.now;
        Some(node)
    }

    /// Memory for a node: what is in it is anything.
    pub fn memory(&mut self) -> Vec<u8> {
        self.spare.pop().unwrap_or_else(|| vec![0; BLOCK])
    }

    /// Memory is not needed any more.
    pub fn spare(&mut self, bytes: Vec<u8>) {
        if self.nodes.len() + self.spare.len() < self.limit {
            self.spare.push(bytes);
        }
    }

    pub fn insert(&mut self, key: Key, bytes: Vec<u8>, at: Pointer) -> &mut Node {
        self.now += 1;
        let node = Node { bytes, dirty: false, at, used: self.now };
        match self.nodes.entry(key) {
            Entry::Vacant(entry) => entry.insert(node),
            Entry::Occupied(mut entry) => {
                entry.insert(node);
                entry.into_mut()
            }
        }
    }

    /// Forgets a node: whether it was dirty, and where it is.
    pub fn remove(&mut self, key: Key) -> Option<(bool, Pointer)> {
        let Node { bytes, dirty, at, .. } = self.nodes.remove(&key)?;
        self.spare(bytes);
        Some((dirty, at))
    }

    /// One of the nodes of a level, from one on up to another one.
    pub fn first_within(&self, from: Key, end: Key) -> Option<Key> {
        self.nodes.range(from..end).next().map(|(key, _)| *key)
    }

    /// How many are more than there is memory for.
    pub fn excess(&self) -> usize {
        self.nodes.len().saturating_sub(self.limit)
    }

    /// The dirty nodes for which `wanted` holds, by their place, as many as are asked for at the most.
    pub fn dirty(&self, most: usize, wanted: impl Fn(Key) -> bool) -> Vec<Key> {
        let dirty = self.nodes.iter().filter(|(key, node)| node.dirty && wanted(**key));
        dirty.map(|(key, _)| *key).take(most).collect()
    }

    /// Forgets nodes that are not dirty, the longest unused ones first, so that there is memory for some.
    pub fn shrink(&mut self) {
        // So many at once that this is seldom looked for.
        let count = self.excess() + self.limit / 8;
        let clean = self.nodes.iter().filter(|(_, node)| !node.dirty);
        let mut clean: Vec<(u64, Key)> = clean.map(|(key, node)| (node.used, *key)).collect();
        clean.sort_unstable();
        for (_, key) in clean.into_iter().take(count) {
            self.remove(key);
        }
    }
}
