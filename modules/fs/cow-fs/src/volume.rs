//! Paths, open files, and what is in files.

use crate::cache::Key;
use crate::directory::{Found, Room};
use crate::layout::{BLOCK, Inode, LONGEST, ROOT};
use crate::store::{BATCH, Content, Store};
use alloc::vec::Vec;
use oscomp_interfaces::{BlockDevice, FileKind, FsError, Metadata, OpenFile, OpenHow, Space, verify_path};

/// Blocks that writing a block may need: a path of each tree.
const WRITING: u32 = 16;

/// An open file or directory.
#[derive(Clone, Copy)]
struct Opened {
    inode: u32,
    write: bool,
}

/// What a path leads to: the directory and the name there, and what has the name.
struct Place<'p> {
    directory: u32,
    name: &'p str,
    found: Result<Found, Room>,
}

/// A file system with the files that are open.
pub struct Volume<Disk> {
    pub(crate) store: Store<Disk>,
    open: Vec<Option<Opened>>,
}

impl<Disk: BlockDevice> Volume<Disk> {
    pub fn new(store: Store<Disk>, open: usize) -> Self {
        Self { store, open: core::iter::repeat_n(None, open).collect() }
    }

    /// What is at a path.
    fn find(&mut self, path: &str) -> Result<(u32, FileKind), FsError> {
        verify_path(path)?;
        self.store.trim()?;
        let mut found = (ROOT, FileKind::Directory);
        for part in path.split('/').filter(|_| !path.is_empty()) {
            if found.1 == FileKind::File {
                return Err(FsError::NotDirectory);
            }
            let below = self.store.look_up(found.0, part)?.map_err(|_| FsError::NotFound)?;
            found = (below.inode, below.kind);
        }
        Ok(found)
    }

    /// Where a path leads, which is not that of the root.
    fn place<'p>(&mut self, path: &'p str) -> Result<Place<'p>, FsError> {
        verify_path(path)?;
        let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
        let (directory, kind) = self.find(directory)?;
        if kind == FileKind::File {
            return Err(FsError::NotDirectory);
        }
        let found = self.store.look_up(directory, name)?;
        Ok(Place { directory, name, found })
    }

    /// Makes something that is empty where there is room for its name.
    fn create(&mut self, directory: u32, name: &str, room: Room, kind: FileKind) -> Result<u32, FsError> {
        self.store.begin()?;
        let number = self.store.free_number()?;
        let growth = self.store.growth_for_inode(number)? + self.store.growth_for_name(directory, room)?;
        self.store.grow(growth)?;
        self.store.add_inode(number, Inode::empty(kind))?;
        self.store.add_name(directory, room, name, number, kind)?;
        Ok(number)
    }

    /// Removes what nobody names and nobody has open. There is memory and space for that.
    fn release(&mut self, number: u32) -> Result<(), FsError> {
        if self.open.iter().flatten().any(|opened| opened.inode == number) {
            let inode = self.store.inode(number)?;
            return self.store.set_inode(number, Inode { named: false, ..inode });
        }
        let cut = self.store.cut(number, 0);
        self.store.free_inode(number)?;
        cut
    }

    pub fn open(&mut self, path: &str, how: OpenHow) -> Result<OpenFile, FsError> {
        verify_path(path)?;
        let number = self.open.iter().position(Option::is_none);
        let place = if path.is_empty() { None } else { Some(self.place(path)?) };
        let existing = match &place {
            None => Some((ROOT, FileKind::Directory)),
            Some(place) => place.found.ok().map(|found| (found.inode, found.kind)),
        };
        let inode = match (existing, place) {
            (Some(_), _) if how.create && how.exclusive => return Err(FsError::Exists),
            (Some((_, FileKind::Directory)), _) if how.write || how.create => {
                return Err(FsError::IsDirectory);
            }
            (Some((inode, _)), _) => {
                number.ok_or(FsError::TooManyOpen)?;
                if how.write {
                    self.store.begin()?;
                }
                if how.write && how.truncate {
                    self.set_length(inode, 0)?;
                }
                inode
            }
            (None, Some(Place { directory, name, found: Err(room) })) if how.create => {
                number.ok_or(FsError::TooManyOpen)?;
                self.create(directory, name, room, FileKind::File)?
            }
            _ => return Err(FsError::NotFound),
        };
        let number = number.ok_or(FsError::TooManyOpen)?;
        self.open[number] = Some(Opened { inode, write: how.write });
        Ok(OpenFile(number as u32))
    }

    pub fn close(&mut self, file: OpenFile) {
        let Some(opened) = self.open.get_mut(file.0 as usize).and_then(Option::take) else { return };
        // If it cannot be removed now, it is when the file system is mounted next.
        let _ = self.close_inode(opened.inode);
    }

    fn close_inode(&mut self, number: u32) -> Result<(), FsError> {
        if self.store.inode(number)?.named {
            return Ok(());
        }
        self.store.begin()?;
        self.release(number)
    }

    fn opened(&self, file: OpenFile) -> Result<Opened, FsError> {
        self.open.get(file.0 as usize).copied().flatten().ok_or(FsError::NotWritable)
    }

    fn writable(&self, file: OpenFile) -> Result<u32, FsError> {
        let opened = self.opened(file)?;
        if opened.write { Ok(opened.inode) } else { Err(FsError::NotWritable) }
    }

    pub fn read(&mut self, file: OpenFile, at: u64, into: &mut [u8]) -> Result<usize, FsError> {
        let number = self.opened(file)?.inode;
        let inode = self.store.inode(number)?;
        if inode.kind == FileKind::Directory {
            return Err(FsError::IsDirectory);
        }
        let rest = usize::try_from(inode.length.saturating_sub(at)).unwrap_or(usize::MAX);
        let count = rest.min(into.len());
        let mut done = 0;
        while done < count {
            self.store.trim()?;
            let (block, from) = split(at + done as u64);
            // What is read in order is seldom read again soon.
            let whole = ((count - done) / BLOCK).min(BATCH);
            if from == 0 && whole > 1 {
                self.store.read(number, block, &mut into[done..done + whole * BLOCK])?;
                done += whole * BLOCK;
                continue;
            }
            let piece = (BLOCK - from).min(count - done);
            let target = &mut into[done..done + piece];
            match self.store.load(Key::leaf(number, block))? {
                Some(node) => target.copy_from_slice(&node.bytes[from..from + piece]),
                None => target.fill(0),
            }
            done += piece;
        }
        Ok(count)
    }

    pub fn write(&mut self, file: OpenFile, at: u64, from: &[u8]) -> Result<usize, FsError> {
        let number = self.writable(file)?;
        if from.is_empty() {
            return Ok(0);
        }
        at.checked_add(from.len() as u64).filter(|end| *end <= LONGEST).ok_or(FsError::TooLarge)?;
        let mut done = 0;
        while done < from.len() {
            let (_, into) = split(at + done as u64);
            let piece = (BLOCK - into).min(from.len() - done);
            match self.write_piece(number, at + done as u64, &from[done..done + piece]) {
                Ok(()) => done += piece,
                Err(FsError::NoSpace) if done > 0 => break,
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }

    /// Writes what is in one block.
    fn write_piece(&mut self, number: u32, at: u64, from: &[u8]) -> Result<(), FsError> {
        let (block, into) = split(at);
        self.store.begin_with(WRITING)?;
        let growth = self.store.growth(number, block)?;
        self.store.grow(growth)?;
        self.store.reach(number, block)?;
        let content = if from.len() == BLOCK { Content::Replaced } else { Content::Kept };
        let node = self.store.touch(Key::leaf(number, block), content)?;
        node[into..into + from.len()].copy_from_slice(from);
        let inode = self.store.inode(number)?;
        let length = at + from.len() as u64;
        if inode.length < length { self.store.set_inode(number, Inode { length, ..inode }) } else { Ok(()) }
    }

    pub fn resize(&mut self, file: OpenFile, length: u64) -> Result<(), FsError> {
        let number = self.writable(file)?;
        if length > LONGEST {
            return Err(FsError::TooLarge);
        }
        self.store.begin()?;
        let more = length.div_ceil(BLOCK as u64).saturating_sub(self.store.inode(number)?.blocks());
        // Zeroes take no space, but they are promised to be replaceable by others.
        self.store.grow(u32::try_from(more).map_err(|_| FsError::NoSpace)?)?;
        self.set_length(number, length)
    }

    /// Cuts off a file, or has it end with zeroes.
    fn set_length(&mut self, number: u32, length: u64) -> Result<(), FsError> {
        let inode = self.store.inode(number)?;
        if length == inode.length {
            return Ok(());
        }
        let (last, end) = split(length);
        if length < inode.length && end > 0 {
            let key = Key::leaf(number, last);
            if self.store.load(key)?.is_some() {
                self.store.touch(key, Content::Kept)?[end..].fill(0);
            }
        }
        self.store.set_inode(number, Inode { length, ..inode })?;
        self.store.cut(number, length.div_ceil(BLOCK as u64))
    }

    pub fn sync(&mut self, file: OpenFile) -> Result<(), FsError> {
        self.opened(file)?;
        self.store.commit()
    }

    /// Syncs all that there is.
    pub fn sync_all(&mut self) -> Result<(), FsError> {
        self.store.commit()
    }

    pub fn stat(&mut self, file: OpenFile) -> Result<Metadata, FsError> {
        let number = self.opened(file)?.inode;
        self.known(number)
    }

    pub fn metadata(&mut self, path: &str) -> Result<Metadata, FsError> {
        let (number, _) = self.find(path)?;
        self.known(number)
    }

    fn known(&mut self, number: u32) -> Result<Metadata, FsError> {
        let Inode { kind, length, .. } = self.store.inode(number)?;
        Ok(Metadata { kind, length, modified: None, number: u64::from(number) })
    }

    pub fn create_directory(&mut self, path: &str) -> Result<(), FsError> {
        if path.is_empty() {
            return Err(FsError::Exists);
        }
        let Place { directory, name, found } = self.place(path)?;
        match found {
            Ok(_) => Err(FsError::Exists),
            Err(room) => self.create(directory, name, room, FileKind::Directory).map(drop),
        }
    }

    pub fn remove(&mut self, path: &str) -> Result<(), FsError> {
        if path.is_empty() {
            return Err(FsError::Busy);
        }
        let Place { directory, found, .. } = self.place(path)?;
        let found = found.map_err(|_| FsError::NotFound)?;
        if found.kind == FileKind::Directory && !self.store.is_empty(found.inode)? {
            return Err(FsError::NotEmpty);
        }
        self.store.begin()?;
        self.store.remove_name(directory, found)?;
        self.release(found.inode)
    }

    pub fn rename(&mut self, from: &str, to: &str) -> Result<(), FsError> {
        if from.is_empty() || to.is_empty() {
            return Err(FsError::Busy);
        }
        let old = self.place(from)?;
        let moved = old.found.map_err(|_| FsError::NotFound)?;
        let new = self.place(to)?;
        if new.found.is_ok_and(|replaced| replaced.inode == moved.inode) {
            return Ok(());
        }
        let is_directory = moved.kind == FileKind::Directory;
        if is_directory && to.strip_prefix(from).is_some_and(|rest| rest.starts_with('/')) {
            return Err(FsError::InvalidPath);
        }
        match new.found {
            Ok(replaced) => {
                match (is_directory, replaced.kind) {
                    (true, FileKind::File) => return Err(FsError::NotDirectory),
                    (false, FileKind::Directory) => return Err(FsError::IsDirectory),
                    (true, FileKind::Directory) if !self.store.is_empty(replaced.inode)? => {
                        return Err(FsError::NotEmpty);
                    }
                    _ => {}
                }
                self.store.begin()?;
                self.store.change_name(new.directory, replaced, moved.inode, moved.kind)?;
                self.store.remove_name(old.directory, moved)?;
                self.release(replaced.inode)
            }
            Err(room) => {
                self.store.begin()?;
                let growth = self.store.growth_for_name(new.directory, room)?;
                self.store.grow(growth)?;
                self.store.add_name(new.directory, room, new.name, moved.inode, moved.kind)?;
                self.store.remove_name(old.directory, moved)
            }
        }
    }

    pub fn entries(
        &mut self,
        path: &str,
        mut tell: impl FnMut(&str, FileKind) -> bool,
    ) -> Result<(), FsError> {
        let (number, kind) = self.find(path)?;
        if kind == FileKind::File {
            return Err(FsError::NotDirectory);
        }
        self.store.each_name(number, |entry| tell(entry.name, entry.kind))
    }

    pub fn space(&self) -> Space {
        let (total, free) = self.store.room();
        Space { total: u64::from(total) * BLOCK as u64, free: u64::from(free) * BLOCK as u64 }
    }
}

/// The block in which a byte of a file is, and where there.
const fn split(at: u64) -> (u64, usize) {
    (at / BLOCK as u64, (at % BLOCK as u64) as usize)
}
