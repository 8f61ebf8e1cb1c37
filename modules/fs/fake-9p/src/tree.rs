//! Files, directories and links by number, as a kernel has them.

use crate::numbers::error;
use std::collections::{BTreeMap, BTreeSet};

/// The number of the root.
pub const ROOT: u64 = 1;
/// The longest file.
const LONGEST: u64 = 1 << 40;

/// What a number is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// A file, with its bytes.
    File(Vec<u8>),
    /// A directory: the number of each name.
    Directory(BTreeMap<Vec<u8>, u64>),
    /// A symbolic link, with where it leads to.
    Link(String),
    /// Something else, such as a pipe.
    Other,
}

/// All of them.
#[derive(Debug)]
pub struct Tree {
    nodes: BTreeMap<u64, Node>,
    next: u64,
    /// Bytes that all files can take.
    pub capacity: u64,
}

impl Tree {
    /// An empty directory, with room for so many bytes.
    #[must_use]
    pub fn new(capacity: u64) -> Self {
        Self { nodes: BTreeMap::from([(ROOT, Node::Directory(BTreeMap::new()))]), next: ROOT, capacity }
    }

    /// Bytes that are taken.
    #[must_use]
    pub fn used(&self) -> u64 {
        self.nodes
            .values()
            .map(|node| if let Node::File(bytes) = node { bytes.len() as u64 } else { 0 })
            .sum()
    }

    /// What a number is.
    #[must_use]
    pub fn node(&self, number: u64) -> Option<&Node> {
        self.nodes.get(&number)
    }

    pub(crate) fn names(&self, number: u64) -> Result<&BTreeMap<Vec<u8>, u64>, u32> {
        match self.nodes.get(&number) {
            Some(Node::Directory(names)) => Ok(names),
            Some(_) => Err(error::NO_DIRECTORY),
            None => Err(error::NOT_FOUND),
        }
    }

    fn names_mut(&mut self, number: u64) -> Result<&mut BTreeMap<Vec<u8>, u64>, u32> {
        match self.nodes.get_mut(&number) {
            Some(Node::Directory(names)) => Ok(names),
            Some(_) => Err(error::NO_DIRECTORY),
            None => Err(error::NOT_FOUND),
        }
    }

    pub(crate) fn file(&self, number: u64) -> Result<&Vec<u8>, u32> {
        match self.nodes.get(&number) {
            Some(Node::File(bytes)) => Ok(bytes),
            Some(Node::Directory(_)) => Err(error::DIRECTORY),
            _ => Err(error::INVALID),
        }
    }

    pub(crate) fn child(&self, directory: u64, name: &[u8]) -> Result<u64, u32> {
        self.names(directory)?.get(name).copied().ok_or(error::NOT_FOUND)
    }

    /// What a path of names leads to; no link is followed.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<u64> {
        path.split('/')
            .filter(|part| !part.is_empty())
            .try_fold(ROOT, |number, part| self.child(number, part.as_bytes()).ok())
    }

    /// The bytes of the file at a path.
    #[must_use]
    pub fn read(&self, path: &str) -> Option<&[u8]> {
        self.file(self.find(path)?).ok().map(Vec::as_slice)
    }

    /// Puts something at a path, in the place of what is there. What it is in is made as need be.
    ///
    /// # Panics
    /// When it is in a file.
    pub fn put(&mut self, path: &str, node: Node) {
        let mut parts: Vec<&str> = path.split('/').collect();
        let name = parts.pop().unwrap_or_default();
        let mut directory = ROOT;
        for part in parts {
            directory = match self.child(directory, part.as_bytes()) {
                Ok(number) => number,
                Err(_) => self
                    .add(directory, part.as_bytes(), Node::Directory(BTreeMap::new()))
                    .expect("it is in a directory"),
            };
        }
        self.put_bytes(directory, name.as_bytes(), node);
    }

    /// Puts something into a directory under any name.
    ///
    /// # Panics
    /// When that is none.
    pub fn put_bytes(&mut self, directory: u64, name: &[u8], node: Node) {
        self.next += 1;
        self.nodes.insert(self.next, node);
        let number = self.next;
        self.names_mut(directory).expect("it is in a directory").insert(name.to_vec(), number);
    }

    pub(crate) fn add(&mut self, directory: u64, name: &[u8], node: Node) -> Result<u64, u32> {
        if self.names(directory)?.contains_key(name) {
            return Err(error::EXISTS);
        }
        self.put_bytes(directory, name, node);
        Ok(self.next)
    }

    /// Makes a file so long.
    pub(crate) fn resize(&mut self, number: u64, length: u64) -> Result<(), u32> {
        let old = self.file(number)?.len() as u64;
        if length > LONGEST {
            return Err(error::TOO_LARGE);
        }
        if length > old && self.used() + (length - old) > self.capacity {
            return Err(error::NO_SPACE);
        }
        if let Some(Node::File(bytes)) = self.nodes.get_mut(&number) {
            bytes.resize(length as usize, 0);
        }
        Ok(())
    }

    /// Writes as many bytes as there is room for.
    pub(crate) fn write(&mut self, number: u64, at: u64, from: &[u8]) -> Result<usize, u32> {
        let old = self.file(number)?.len() as u64;
        if at + from.len() as u64 > LONGEST {
            return Err(error::TOO_LARGE);
        }
        let most = old + self.capacity.saturating_sub(self.used());
        let count = (most.saturating_sub(at) as usize).min(from.len());
        if count == 0 && !from.is_empty() {
            return Err(error::NO_SPACE);
        }
        self.resize(number, old.max(at + count as u64))?;
        if let Some(Node::File(bytes)) = self.nodes.get_mut(&number) {
            bytes[at as usize..][..count].copy_from_slice(&from[..count]);
        }
        Ok(count)
    }

    pub(crate) fn remove(&mut self, directory: u64, name: &[u8], is_directory: bool) -> Result<(), u32> {
        match (self.nodes.get(&self.child(directory, name)?), is_directory) {
            (Some(Node::Directory(_)), false) => return Err(error::DIRECTORY),
            (Some(Node::Directory(names)), true) if !names.is_empty() => return Err(error::NOT_EMPTY),
            (Some(Node::Directory(_)), true) | (_, false) => {}
            _ => return Err(error::NO_DIRECTORY),
        }
        self.names_mut(directory)?.remove(name);
        Ok(())
    }

    /// As `renameat(2)` has it.
    pub(crate) fn rename(&mut self, from: (u64, &[u8]), to: (u64, &[u8])) -> Result<(), u32> {
        self.names(to.0)?;
        let moved = self.child(from.0, from.1)?;
        if self.is_inside(to.0, moved) {
            return Err(error::INVALID);
        }
        if let Ok(replaced) = self.child(to.0, to.1) {
            if replaced == moved {
                return Ok(());
            }
            if self.is_inside(from.0, replaced) {
                return Err(error::NOT_EMPTY);
            }
            match (&self.nodes[&moved], &self.nodes[&replaced]) {
                (Node::Directory(_), Node::Directory(names)) if names.is_empty() => {}
                (Node::Directory(_), Node::Directory(_)) => return Err(error::NOT_EMPTY),
                (Node::Directory(_), _) => return Err(error::NO_DIRECTORY),
                (_, Node::Directory(_)) => return Err(error::DIRECTORY),
                _ => {}
            }
        }
        self.names_mut(from.0)?.remove(from.1);
        self.names_mut(to.0)?.insert(to.1.to_vec(), moved);
        Ok(())
    }

    /// Whether a directory is another one, or in it.
    fn is_inside(&self, directory: u64, other: u64) -> bool {
        directory == other
            || self
                .names(other)
                .is_ok_and(|names| names.values().any(|inside| self.is_inside(directory, *inside)))
    }

    /// Forgets what has no name, unless it is among these.
    pub(crate) fn free(&mut self, used: impl Fn(u64) -> bool) {
        let (mut named, mut directories) = (BTreeSet::from([ROOT]), vec![ROOT]);
        while let Some(directory) = directories.pop() {
            if let Ok(names) = self.names(directory) {
                named.extend(names.values());
                directories.extend(names.values());
            }
        }
        self.nodes.retain(|number, _| named.contains(number) || used(*number));
    }
}
