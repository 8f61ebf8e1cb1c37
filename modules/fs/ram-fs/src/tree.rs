//! The files and directories.

use alloc::string::String;
use alloc::vec::Vec;
use oscomp_interfaces::{FileKind, FsError, Metadata, OpenFile, OpenHow, PATH_LIMIT, Space, verify_path};

/// The slot of the root.
const ROOT: usize = 0;

/// What is in a directory, in the order of the names.
type Names = Vec<(String, usize)>;

enum Node {
    Free,
    File(Vec<u8>),
    Directory(Names),
}

struct Slot {
    node: Node,
    /// How often it is open.
    open: usize,
    /// Whether a directory names it.
    named: bool,
}

/// Files and directories, each in a slot, and which of them are open.
pub struct Tree {
    slots: Vec<Slot>,
    /// The slot of each open file, and whether it can be written.
    open: Vec<Option<(usize, bool)>>,
    /// The numbers that no open file has, with room for all.
    closed: Vec<u32>,
    /// Bytes that files take, and may take.
    used: usize,
    limit: usize,
    files: usize,
}

impl Tree {
    /// The root alone.
    pub fn new(limit: usize, files: usize, open: usize) -> Self {
        let root = Slot { node: Node::Directory(Vec::new()), open: 0, named: true };
        let closed = (0..open as u32).rev().collect();
        let open = core::iter::repeat_with(|| None).take(open).collect();
        Self { slots: [root].into(), open, closed, used: 0, limit, files }
    }

    fn directory(&self, slot: usize) -> Result<&Names, FsError> {
        match &self.slots[slot].node {
            Node::Directory(names) => Ok(names),
            _ => Err(FsError::NotDirectory),
        }
    }

    fn directory_mut(&mut self, slot: usize) -> Result<&mut Names, FsError> {
        match &mut self.slots[slot].node {
            Node::Directory(names) => Ok(names),
            _ => Err(FsError::NotDirectory),
        }
    }

    fn find(&self, path: &str) -> Result<usize, FsError> {
        if path.is_empty() {
            return Ok(ROOT);
        }
        self.parent(path)?.2.ok_or(FsError::NotFound)
    }

    /// The directory that a path is in, which is not the root's, its name there, and what has that name.
    fn parent<'p>(&self, path: &'p str) -> Result<(usize, &'p str, Option<usize>), FsError> {
        let found = self.walk(path);
        // Whoever opens a file waits for this: a path that leads somewhere is of the right form, for so are all names here.
        if path.len() > PATH_LIMIT || !matches!(found, Ok((_, _, Some(_)))) {
            verify_path(path)?;
        }
        found
    }

    fn walk<'p>(&self, path: &'p str) -> Result<(usize, &'p str, Option<usize>), FsError> {
        let bytes = path.as_bytes();
        let (mut directory, mut start) = (ROOT, 0);
        for (at, byte) in bytes.iter().enumerate() {
            if *byte == b'/' {
                directory = self.named(directory, &bytes[start..at])?.ok_or(FsError::NotFound)?;
                start = at + 1;
            }
        }
        Ok((directory, &path[start..], self.named(directory, &bytes[start..])?))
    }

    /// What has a name in a directory.
    fn named(&self, directory: usize, name: &[u8]) -> Result<Option<usize>, FsError> {
        let names = self.directory(directory)?;
        Ok(place(names, name).ok().map(|index| names[index].1))
    }

    /// Gives what is in a slot a name that its directory has not.
    fn link(&mut self, directory: usize, name: &str, slot: usize) -> Result<(), FsError> {
        let mut text = String::new();
        text.try_reserve_exact(name.len()).map_err(|_| FsError::NoSpace)?;
        text.push_str(name);
        let names = self.directory_mut(directory)?;
        names.try_reserve(1).map_err(|_| FsError::NoSpace)?;
        if let Err(index) = place(names, name.as_bytes()) {
            names.insert(index, (text, slot));
        }
        Ok(())
    }

    fn unlink(&mut self, directory: usize, name: &str) {
        if let Ok(names) = self.directory_mut(directory)
            && let Ok(index) = place(names, name.as_bytes())
        {
            names.remove(index);
        }
    }

    /// Puts something into a slot of its own.
    fn add(&mut self, node: Node) -> Result<usize, FsError> {
        let slot = Slot { node, open: 0, named: true };
        // The root is not counted.
        let free = self.slots.iter().position(|slot| matches!(slot.node, Node::Free));
        if let Some(index) = free {
            self.slots[index] = slot;
            return Ok(index);
        }
        if self.slots.len() > self.files || self.slots.try_reserve(1).is_err() {
            return Err(FsError::NoSpace);
        }
        self.slots.push(slot);
        Ok(self.slots.len() - 1)
    }

    fn create(&mut self, directory: usize, name: &str, node: Node) -> Result<usize, FsError> {
        let slot = self.add(node)?;
        if let Err(error) = self.link(directory, name, slot) {
            self.slots[slot].node = Node::Free;
            return Err(error);
        }
        Ok(slot)
    }

    /// Frees what nobody names and nobody has open.
    fn release(&mut self, slot: usize) {
        let Slot { node, open, named } = &mut self.slots[slot];
        if !*named && *open == 0 {
            if let Node::File(bytes) = node {
                self.used -= bytes.len();
            }
            *node = Node::Free;
        }
    }

    pub fn open(&mut self, path: &str, how: OpenHow) -> Result<OpenFile, FsError> {
        let (directory, name, slot) =
            if path.is_empty() { (ROOT, "", Some(ROOT)) } else { self.parent(path)? };
        let slot = match slot {
            Some(_) if how.create && how.exclusive => return Err(FsError::Exists),
            Some(slot) => {
                let is_directory = matches!(self.slots[slot].node, Node::Directory(_));
                if is_directory && (how.write || how.create) {
                    return Err(FsError::IsDirectory);
                }
                slot
            }
            None if !how.create => return Err(FsError::NotFound),
            None if self.closed.is_empty() => return Err(FsError::TooManyOpen),
            None => self.create(directory, name, Node::File(Vec::new()))?,
        };
        let number = self.closed.pop().ok_or(FsError::TooManyOpen)?;
        if how.truncate
            && how.write
            && let Node::File(bytes) = &mut self.slots[slot].node
        {
            self.used -= bytes.len();
            *bytes = Vec::new();
        }
        self.open[number as usize] = Some((slot, how.write));
        self.slots[slot].open += 1;
        Ok(OpenFile(number))
    }

    pub fn close(&mut self, file: OpenFile) {
        if let Some((slot, _)) = self.open.get_mut(file.0 as usize).and_then(Option::take) {
            self.closed.push(file.0);
            self.slots[slot].open -= 1;
            self.release(slot);
        }
    }

    fn opened(&self, file: OpenFile) -> Result<(usize, bool), FsError> {
        self.open.get(file.0 as usize).copied().flatten().ok_or(FsError::NotWritable)
    }

    pub fn read(&self, file: OpenFile, at: u64, into: &mut [u8]) -> Result<usize, FsError> {
        let (slot, _) = self.opened(file)?;
        let Node::File(bytes) = &self.slots[slot].node else { return Err(FsError::IsDirectory) };
        let rest = usize::try_from(at).ok().and_then(|at| bytes.get(at..)).unwrap_or_default();
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    /// The bytes of a file that can be written, and how many it can have.
    fn written(&mut self, file: OpenFile) -> Result<(&mut Vec<u8>, usize, &mut usize), FsError> {
        let (slot, write) = self.opened(file)?;
        match &mut self.slots[slot].node {
            Node::File(bytes) if write => {
                let most = self.limit - self.used + bytes.len();
                Ok((bytes, most, &mut self.used))
            }
            _ => Err(FsError::NotWritable),
        }
    }

    pub fn write(&mut self, file: OpenFile, at: u64, from: &[u8]) -> Result<usize, FsError> {
        let (bytes, most, used) = self.written(file)?;
        if from.is_empty() {
            return Ok(0);
        }
        let at = usize::try_from(at).map_err(|_| FsError::TooLarge)?;
        at.checked_add(from.len()).ok_or(FsError::TooLarge)?;
        let count = most.saturating_sub(at).min(from.len());
        let end = at + count;
        if count == 0 || end > bytes.len() && bytes.try_reserve(end - bytes.len()).is_err() {
            return Err(FsError::NoSpace);
        }
        if end > bytes.len() {
            *used += end - bytes.len();
            // What is overwritten is not written twice.
            bytes.resize(at.max(bytes.len()), 0);
            let inside = bytes.len() - at;
            bytes[at..].copy_from_slice(&from[..inside]);
            bytes.extend_from_slice(&from[inside..count]);
        } else {
            bytes[at..end].copy_from_slice(&from[..count]);
        }
        Ok(count)
    }

    pub fn resize(&mut self, file: OpenFile, length: u64) -> Result<(), FsError> {
        let (bytes, most, used) = self.written(file)?;
        let length = usize::try_from(length).map_err(|_| FsError::TooLarge)?;
        let more = length.saturating_sub(bytes.len());
        if length > most && more > 0 || bytes.try_reserve(more).is_err() {
            return Err(FsError::NoSpace);
        }
        *used = *used + length - bytes.len();
        bytes.resize(length, 0);
        // What is cut off is freed once it is much.
        if bytes.capacity() / 4 > length {
            bytes.shrink_to_fit();
        }
        Ok(())
    }

    pub fn stat(&self, file: OpenFile) -> Result<Metadata, FsError> {
        self.opened(file).map(|(slot, _)| self.known(slot))
    }

    pub fn metadata(&self, path: &str) -> Result<Metadata, FsError> {
        self.find(path).map(|slot| self.known(slot))
    }

    fn known(&self, slot: usize) -> Metadata {
        let (kind, length) = match &self.slots[slot].node {
            Node::File(bytes) => (FileKind::File, bytes.len() as u64),
            _ => (FileKind::Directory, 0),
        };
        Metadata { kind, length, modified: None, number: slot as u64 + 1 }
    }

    pub fn create_directory(&mut self, path: &str) -> Result<(), FsError> {
        if path.is_empty() {
            return Err(FsError::Exists);
        }
        match self.parent(path)? {
            (_, _, Some(_)) => Err(FsError::Exists),
            (directory, name, None) => self.create(directory, name, Node::Directory(Vec::new())).map(drop),
        }
    }

    pub fn remove(&mut self, path: &str) -> Result<(), FsError> {
        if path.is_empty() {
            return Err(FsError::Busy);
        }
        let (directory, name, slot) = self.parent(path)?;
        let slot = slot.ok_or(FsError::NotFound)?;
        if self.directory(slot).is_ok_and(|names| !names.is_empty()) {
            return Err(FsError::NotEmpty);
        }
        self.unlink(directory, name);
        self.slots[slot].named = false;
        self.release(slot);
        Ok(())
    }

    pub fn rename(&mut self, from: &str, to: &str) -> Result<(), FsError> {
        if from.is_empty() || to.is_empty() {
            return Err(FsError::Busy);
        }
        let (old, old_name, slot) = self.parent(from)?;
        let slot = slot.ok_or(FsError::NotFound)?;
        let (new, new_name, replaced) = self.parent(to)?;
        if replaced == Some(slot) {
            return Ok(());
        }
        let is_directory = self.directory(slot).is_ok();
        if is_directory && to.strip_prefix(from).is_some_and(|rest| rest.starts_with('/')) {
            return Err(FsError::InvalidPath);
        }
        if let Some(replaced) = replaced {
            match (is_directory, self.directory(replaced)) {
                (true, Err(_)) => return Err(FsError::NotDirectory),
                (false, Ok(_)) => return Err(FsError::IsDirectory),
                (true, Ok(names)) if !names.is_empty() => return Err(FsError::NotEmpty),
                _ => {}
            }
            let names = self.directory_mut(new)?;
            if let Ok(index) = place(names, new_name.as_bytes()) {
                names[index].1 = slot;
            }
            self.slots[replaced].named = false;
            self.release(replaced);
        } else {
            self.link(new, new_name, slot)?;
        }
        self.unlink(old, old_name);
        Ok(())
    }

    pub fn entries(&self, path: &str, mut tell: impl FnMut(&str, FileKind) -> bool) -> Result<(), FsError> {
        for (name, slot) in self.directory(self.find(path)?)? {
            if !tell(name, self.known(*slot).kind) {
                break;
            }
        }
        Ok(())
    }

    pub fn space(&self) -> Space {
        Space { total: self.limit as u64, free: (self.limit - self.used) as u64 }
    }
}

/// Where a name is, or has to be.
fn place(names: &Names, name: &[u8]) -> Result<usize, usize> {
    names.binary_search_by(|(other, _)| other.as_bytes().cmp(name))
}
