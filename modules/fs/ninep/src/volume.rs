//! Paths and open files, over the numbers of a client.

use crate::client::{Attributes, Client, ROOT, flag};
use crate::lookup::{Lookup, Place, split};
use crate::message::Qid;
use alloc::vec::Vec;
use oscomp_interfaces::{FileKind, FsError, Metadata, NinePTransport, OpenFile, OpenHow, Space, verify_path};

/// The longest file, in bytes: Linux counts them in numbers that can be negative.
const LONGEST: u64 = i64::MAX as u64;

/// Directories at the most in which something changed that was not synced.
const CHANGED: usize = 8;

/// An open file or directory.
#[derive(Clone, Copy)]
struct Opened {
    fid: u32,
    /// That of its [`Qid`].
    number: u64,
    is_directory: bool,
    /// Of a file that is open to be written, a number for what is at its path; see [`Volume::resize`].
    named: Option<u32>,
}

/// A directory in which something changed since it was synced last: open, so that it can be synced wherever it is moved.
struct Changed {
    fid: u32,
    number: u64,
}

/// What a server shares, with the files that are open.
pub struct Volume<Way> {
    pub lookup: Lookup<Way>,
    open: Vec<Option<Opened>>,
    changed: Vec<Changed>,
}

impl<Way: NinePTransport> Volume<Way> {
    pub fn new(client: Client<Way>, root: Qid, open: usize) -> Self {
        let open = core::iter::repeat_n(None, open).collect();
        Self { lookup: Lookup::new(client, root), open, changed: Vec::new() }
    }

    pub fn client(&mut self) -> &mut Client<Way> {
        &mut self.lookup.client
    }

    /// Does something with what is at a path.
    fn at<R>(
        &mut self,
        path: &str,
        act: impl FnOnce(&mut Self, Place) -> Result<R, FsError>,
    ) -> Result<R, FsError> {
        verify_path(path)?;
        let place = self.lookup.find(path)?;
        let result = act(self, place);
        self.lookup.release(place);
        result
    }

    /// Does something with the directory that a path is in and the name there. Not for the root.
    fn inside<R>(
        &mut self,
        path: &str,
        act: impl FnOnce(&mut Self, Place, &str) -> Result<R, FsError>,
    ) -> Result<R, FsError> {
        verify_path(path)?;
        let (directory, name) = split(path);
        self.at(directory, |this, directory| {
            if directory.qid.is_directory() { act(this, directory, name) } else { Err(FsError::NotDirectory) }
        })
    }

    /// What is known of what a number is. What is neither a file nor a directory is not there.
    fn known(&mut self, fid: u32) -> Result<Metadata, FsError> {
        let Attributes { qid, kind, length, modified } = self.client().attributes(fid)?;
        Ok(Metadata { kind: kind.ok_or(FsError::NotFound)?, length, modified, number: qid.number })
    }

    pub fn open(&mut self, path: &str, how: OpenHow) -> Result<OpenFile, FsError> {
        verify_path(path)?;
        let slot = self.open.iter().position(Option::is_none).ok_or(FsError::TooManyOpen);
        let opened = match self.lookup.find(path) {
            Ok(place) => {
                let opened = self.open_existing(place, how, slot.is_ok());
                if opened.is_err() {
                    self.lookup.release(place);
                }
                opened?
            }
            Err(FsError::NotFound) if how.create => self.create(path, how, slot.is_ok())?,
            Err(error) => return Err(error),
        };
        let slot = slot?;
        self.open[slot] = Some(opened);
        Ok(OpenFile(slot as u32))
    }

    fn open_existing(&mut self, place: Place, how: OpenHow, has_slot: bool) -> Result<Opened, FsError> {
        if how.create && how.exclusive {
            return Err(FsError::Exists);
        }
        let known = self.known(place.fid)?;
        let is_directory = known.kind == FileKind::Directory;
        if is_directory && (how.write || how.create) {
            return Err(FsError::IsDirectory);
        }
        if !has_slot {
            return Err(FsError::TooManyOpen);
        }
        let flags = match how {
            _ if is_directory => flag::READ | flag::DIRECTORY,
            OpenHow { write: true, truncate: true, .. } => flag::READ_AND_WRITE | flag::TRUNCATE,
            OpenHow { write: true, .. } => flag::READ_AND_WRITE,
            _ => flag::READ,
        };
        // Either stays: the place is what is opened, unless it is the root, which others need as it is.
        let other = if how.write || place.fid == ROOT { Some(self.lookup.same(place.fid)?) } else { None };
        let (fid, named) = match other {
            Some(other) if place.fid == ROOT => (other, None),
            other => (place.fid, other),
        };
        let opened = Opened { fid, number: known.number, is_directory, named };
        let result = self.client().open(fid, flags);
        if let (Err(_), Some(other)) = (result, other) {
            let _ = self.client().clunk(other);
        }
        result.map(|()| opened)
    }

    fn create(&mut self, path: &str, how: OpenHow, has_slot: bool) -> Result<Opened, FsError> {
        self.inside(path, |this, directory, name| {
            if !has_slot {
                return Err(FsError::TooManyOpen);
            }
            this.note_change(directory)?;
            let exclusive = if how.exclusive { flag::EXCLUSIVE } else { 0 };
            let access = if how.write { flag::READ_AND_WRITE } else { flag::READ };
            let fid = this.lookup.same(directory.fid)?;
            let named = this.lookup.fresh();
            let created =
                this.client().create(fid, name, flag::CREATE | exclusive | access).and_then(|qid| {
                    let named = if how.write {
                        this.client().walk(directory.fid, named, &[name])?;
                        Some(named)
                    } else {
                        None
                    };
                    Ok(Opened { fid, number: qid.number, is_directory: false, named })
                });
            if created.is_err() {
                let _ = this.client().clunk(fid);
            }
            created
        })
    }

    pub fn close(&mut self, file: OpenFile) {
        if let Some(opened) = self.open.get_mut(file.0 as usize).and_then(Option::take) {
            // That it failed does not change that it is closed.
            for fid in [Some(opened.fid), opened.named].into_iter().flatten() {
                let _ = self.client().clunk(fid);
            }
        }
    }

    fn opened(&self, file: OpenFile) -> Result<Opened, FsError> {
        self.open.get(file.0 as usize).copied().flatten().ok_or(FsError::NotWritable)
    }

    /// The numbers of a file that is open to be written: its own, and that of what is at its path.
    fn writable(&self, file: OpenFile) -> Result<(Opened, u32), FsError> {
        let opened = self.opened(file)?;
        Ok((opened, opened.named.ok_or(FsError::NotWritable)?))
    }

    pub fn read(&mut self, file: OpenFile, at: u64, into: &mut [u8]) -> Result<usize, FsError> {
        let Opened { fid, is_directory, .. } = self.opened(file)?;
        if is_directory {
            return Err(FsError::IsDirectory);
        }
        let most = usize::try_from(LONGEST.saturating_sub(at)).unwrap_or(usize::MAX);
        let length = into.len().min(most);
        let mut done = 0;
        while done < length {
            // Fewer than asked for are not the end yet: a server may send as few as it likes.
            match self.client().read(fid, at + done as u64, &mut into[done..length])? {
                0 => break,
                count => done += count,
            }
        }
        Ok(done)
    }

    pub fn write(&mut self, file: OpenFile, at: u64, from: &[u8]) -> Result<usize, FsError> {
        let (Opened { fid, .. }, _) = self.writable(file)?;
        at.checked_add(from.len() as u64).filter(|end| *end <= LONGEST).ok_or(FsError::TooLarge)?;
        let mut done = 0;
        while done < from.len() {
            match self.client().write(fid, at + done as u64, &from[done..]) {
                Ok(0) => return Err(FsError::Failed),
                Ok(count) => done += count,
                Err(FsError::NoSpace | FsError::TooLarge) if done > 0 => break,
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }

    /// QEMU's server, until version 10, resizes what is at the path at which a file was opened. So it is asked only if the
    /// file still is what is there; another one that has taken its place stays as it is.
    pub fn resize(&mut self, file: OpenFile, length: u64) -> Result<(), FsError> {
        let (opened, named) = self.writable(file)?;
        if length > LONGEST {
            return Err(FsError::TooLarge);
        }
        if self.known_as(named, opened.number)?.is_some() {
            return self.client().resize(named, length);
        }
        match self.stat(file)?.length {
            is if is == length => Ok(()),
            is if is < length => self.write(file, length - 1, &[0]).map(drop),
            _ => Err(FsError::Unsupported),
        }
    }

    pub fn sync(&mut self, file: OpenFile) -> Result<(), FsError> {
        let opened = self.opened(file)?;
        self.client().sync(opened.fid)?;
        while let Some(directory) = self.changed.pop() {
            self.sync_directory(&directory)?;
        }
        Ok(())
    }

    /// Has a directory be as it is now after the power fails, and gives its number up.
    fn sync_directory(&mut self, directory: &Changed) -> Result<(), FsError> {
        let synced = self.client().sync(directory.fid);
        let _ = self.client().clunk(directory.fid);
        match synced {
            // What is not there any more does not have to be.
            Err(FsError::NotFound) => Ok(()),
            synced => synced,
        }
    }

    /// Notes that something is going to change in a directory, for the next time that anything is synced.
    fn note_change(&mut self, directory: Place) -> Result<(), FsError> {
        if self.changed.iter().any(|changed| changed.number == directory.qid.number) {
            return Ok(());
        }
        if self.changed.len() == CHANGED {
            let first = self.changed.remove(0);
            self.sync_directory(&first)?;
        }
        let fid = self.lookup.same(directory.fid)?;
        let opened = self.client().open(fid, flag::READ | flag::DIRECTORY);
        if let Err(error) = opened {
            let _ = self.client().clunk(fid);
            return Err(error);
        }
        self.changed.push(Changed { fid, number: directory.qid.number });
        Ok(())
    }

    /// What is known of what a number is, if that is still the same file. Servers that look for it at the path at which it
    /// was found (QEMU's does for all that is not open, and in older versions for all) find nothing once it was removed,
    /// or what took its place.
    fn known_as(&mut self, fid: u32, number: u64) -> Result<Option<Metadata>, FsError> {
        match self.known(fid) {
            Ok(known) => Ok(Some(known).filter(|known| known.number == number)),
            Err(FsError::NotFound | FsError::NotDirectory) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// How long a file is, by reading it: the first place where nothing is.
    fn length(&mut self, fid: u32) -> Result<u64, FsError> {
        let (mut low, mut high) = (0, LONGEST);
        // Short files are the more likely ones.
        let mut middle = 0;
        while low < high {
            if self.client().read(fid, middle, &mut [0])? == 0 {
                high = middle;
            } else {
                low = middle + 1;
            }
            let doubled = low.saturating_mul(2);
            middle = if doubled < high { doubled } else { low + (high - low) / 2 };
        }
        Ok(low)
    }

    pub fn stat(&mut self, file: OpenFile) -> Result<Metadata, FsError> {
        let opened = self.opened(file)?;
        if let Some(known) = self.known_as(opened.fid, opened.number)? {
            return Ok(known);
        }
        let (kind, length) = if opened.is_directory {
            (FileKind::Directory, 0)
        } else {
            (FileKind::File, self.length(opened.fid)?)
        };
        Ok(Metadata { kind, length, modified: None, number: opened.number })
    }

    pub fn metadata(&mut self, path: &str) -> Result<Metadata, FsError> {
        self.at(path, |this, place| this.known(place.fid))
    }

    pub fn create_directory(&mut self, path: &str) -> Result<(), FsError> {
        if path.is_empty() {
            return Err(FsError::Exists);
        }
        self.inside(path, |this, directory, name| {
            this.note_change(directory)?;
            this.client().create_directory(directory.fid, name)
        })
    }

    pub fn remove(&mut self, path: &str) -> Result<(), FsError> {
        if path.is_empty() {
            return Err(FsError::Busy);
        }
        self.inside(path, |this, directory, name| {
            this.note_change(directory)?;
            match this.client().remove(directory.fid, name, false) {
                Err(FsError::IsDirectory) => match this.client().remove(directory.fid, name, true) {
                    // POSIX permits this as well.
                    Err(FsError::Exists) => Err(FsError::NotEmpty),
                    removed => removed,
                },
                removed => removed,
            }
        })
    }

    pub fn rename(&mut self, from: &str, to: &str) -> Result<(), FsError> {
        if from.is_empty() || to.is_empty() {
            return Err(FsError::Busy);
        }
        verify_path(from)?;
        verify_path(to)?;
        let moved = self.lookup.find_itself(from)?;
        self.lookup.release(moved);
        self.inside(from, |this, old, old_name| {
            this.inside(to, |this, new, new_name| {
                for directory in [old, new] {
                    this.note_change(directory)?;
                }
                match this.client().rename((old.fid, old_name), (new.fid, new_name)) {
                    // Of a file Linux says that as well, if it is to replace a directory that it is in.
                    Err(FsError::NotEmpty | FsError::Exists) if !moved.qid.is_directory() => {
                        Err(FsError::IsDirectory)
                    }
                    Err(FsError::Exists) => Err(FsError::NotEmpty),
                    renamed => renamed,
                }
            })
        })
    }

    /// Does something with a directory that is open to be listed.
    pub fn listed<R>(
        &mut self,
        path: &str,
        act: impl FnOnce(&mut Self, u32) -> Result<R, FsError>,
    ) -> Result<R, FsError> {
        self.at(path, |this, directory| {
            if !directory.qid.is_directory() {
                return Err(FsError::NotDirectory);
            }
            let fid = this.lookup.same(directory.fid)?;
            let opened = this.client().open(fid, flag::READ | flag::DIRECTORY);
            let result = opened.and_then(|()| act(this, fid));
            let _ = this.client().clunk(fid);
            result
        })
    }

    pub fn space(&mut self) -> Result<Space, FsError> {
        let blocks = self.client().blocks()?;
        let total = blocks.total.saturating_mul(blocks.bytes);
        Ok(Space { total, free: blocks.free.saturating_mul(blocks.bytes).min(total) })
    }
}
