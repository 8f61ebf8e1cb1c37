//! Paths and open files, over the nodes of `hadris-fat`.

use crate::device::Device;
use alloc::vec::Vec;
use core::time::Duration;
use hadris_fat::sync::FatFs;
use hadris_fs::{DirCursor, FileType, Name, NodeId, OpenMode, RenameMode, SetAttr};
use hadris_io::{Error, ErrorKind};
use oscomp_interfaces::{
    BlockDevice, BlockError, FileKind, FsError, Metadata, OpenFile, OpenHow, Space, verify_path,
};

/// The longest file, in bytes.
const LONGEST: u64 = u32::MAX as u64;

/// An open file or directory.
#[derive(Clone, Copy)]
struct Opened {
    node: NodeId,
    write: bool,
    is_directory: bool,
}

/// A file system with the files that are open.
pub struct Volume<Disk> {
    system: FatFs<Device<Disk>>,
    open: Vec<Option<Opened>>,
}

fn refused(error: Error<BlockError>) -> FsError {
    match error.kind() {
        ErrorKind::NotFound => FsError::NotFound,
        ErrorKind::AlreadyExists => FsError::Exists,
        ErrorKind::NotADirectory => FsError::NotDirectory,
        ErrorKind::IsADirectory => FsError::IsDirectory,
        ErrorKind::DirectoryNotEmpty => FsError::NotEmpty,
        ErrorKind::NoSpace | ErrorKind::LimitExceeded => FsError::NoSpace,
        ErrorKind::ReadOnly => FsError::ReadOnly,
        ErrorKind::InvalidInput => FsError::InvalidPath,
        ErrorKind::NameTooLong => FsError::NameTooLong,
        ErrorKind::FileTooLarge => FsError::TooLarge,
        ErrorKind::InvalidHandle => FsError::NotWritable,
        ErrorKind::Busy => FsError::Busy,
        ErrorKind::Unsupported => FsError::Unsupported,
        ErrorKind::Io => FsError::Failed,
        _ => FsError::Corrupt,
    }
}

/// The directory that a path is in, and its name there. Not for the root.
fn split(path: &str) -> (&str, &Name) {
    let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
    (directory, Name::new(name))
}

impl<Disk: BlockDevice> Volume<Disk> {
    pub fn new(system: FatFs<Device<Disk>>, open: usize) -> Self {
        Self { system, open: core::iter::repeat_n(None, open).collect() }
    }

    /// Does something with the node at a path, which stays where it is meanwhile.
    fn at<R>(
        &mut self,
        path: &str,
        act: impl FnOnce(&mut Self, NodeId) -> Result<R, FsError>,
    ) -> Result<R, FsError> {
        verify_path(path)?;
        let mut node = self.system.root();
        for part in path.split('/').filter(|_| !path.is_empty()) {
            let below = self.system.lookup(node, Name::new(part));
            self.system.forget(node, 1);
            node = below.map_err(refused)?;
        }
        let result = act(self, node);
        self.system.forget(node, 1);
        result
    }

    /// Does something with the directory that a path is in and the name there.
    fn inside<R>(
        &mut self,
        path: &str,
        act: impl FnOnce(&mut Self, NodeId, &Name) -> Result<R, FsError>,
    ) -> Result<R, FsError> {
        verify_path(path)?;
        let (directory, name) = split(path);
        self.at(directory, |this, directory| {
            this.directory(directory)?;
            act(this, directory, name)
        })
    }

    fn directory(&mut self, node: NodeId) -> Result<(), FsError> {
        let known = self.system.stat(node).map_err(refused)?;
        if known.file_type() == FileType::Dir { Ok(()) } else { Err(FsError::NotDirectory) }
    }

    pub fn open(&mut self, path: &str, how: OpenHow) -> Result<OpenFile, FsError> {
        verify_path(path)?;
        let number = self.open.iter().position(Option::is_none);
        if path.is_empty() {
            return match how {
                OpenHow { create: true, exclusive: true, .. } => Err(FsError::Exists),
                OpenHow { write: true, .. } | OpenHow { create: true, .. } => Err(FsError::IsDirectory),
                _ => self.keep(number, self.system.root(), how, true),
            };
        }
        self.inside(path, |this, directory, name| {
            let (node, is_new) = match this.system.lookup(directory, name) {
                Ok(node) => (node, false),
                Err(error) if error.kind() == ErrorKind::NotFound && how.create => {
                    number.ok_or(FsError::TooManyOpen)?;
                    (this.system.create(directory, name, &SetAttr::new()).map_err(refused)?, true)
                }
                Err(error) => return Err(refused(error)),
            };
            let opened = this.open_node(node, number, how, is_new);
            if opened.is_err() {
                this.system.forget(node, 1);
            }
            opened
        })
    }

    /// Opens a node that was looked up for that.
    fn open_node(
        &mut self,
        node: NodeId,
        number: Option<usize>,
        how: OpenHow,
        is_new: bool,
    ) -> Result<OpenFile, FsError> {
        if !is_new && how.create && how.exclusive {
            return Err(FsError::Exists);
        }
        let is_directory = self.system.stat(node).map_err(refused)?.file_type() == FileType::Dir;
        if is_directory && (how.write || how.create) {
            return Err(FsError::IsDirectory);
        }
        number.ok_or(FsError::TooManyOpen)?;
        if !is_directory {
            let mode = if how.write { OpenMode::Write } else { OpenMode::Read };
            self.system.open(node, mode).map_err(refused)?;
            if how.write
                && how.truncate
                && let Err(error) = self.system.truncate(node, 0)
            {
                let _ = self.system.close(node);
                return Err(refused(error));
            }
        }
        self.keep(number, node, how, is_directory)
    }

    fn keep(
        &mut self,
        number: Option<usize>,
        node: NodeId,
        how: OpenHow,
        is_directory: bool,
    ) -> Result<OpenFile, FsError> {
        let number = number.ok_or(FsError::TooManyOpen)?;
        self.open[number] = Some(Opened { node, write: how.write, is_directory });
        Ok(OpenFile(number as u32))
    }

    pub fn close(&mut self, file: OpenFile) {
        if let Some(opened) = self.open.get_mut(file.0 as usize).and_then(Option::take) {
            if !opened.is_directory {
                // Its length is written; that this failed is known when it is used again.
                let _ = self.system.close(opened.node);
            }
            self.system.forget(opened.node, 1);
        }
    }

    fn opened(&self, file: OpenFile) -> Result<Opened, FsError> {
        self.open.get(file.0 as usize).copied().flatten().ok_or(FsError::NotWritable)
    }

    fn writable(&self, file: OpenFile) -> Result<NodeId, FsError> {
        self.opened(file)?.write.then_some(self.opened(file)?.node).ok_or(FsError::NotWritable)
    }

    pub fn read(&mut self, file: OpenFile, at: u64, mut into: &mut [u8]) -> Result<usize, FsError> {
        let Opened { node, is_directory, .. } = self.opened(file)?;
        if is_directory {
            return Err(FsError::IsDirectory);
        }
        let mut done = 0;
        while !into.is_empty() {
            let Some(place) = at.checked_add(done as u64) else { break };
            let count = self.system.read(node, place, into).map_err(refused)?;
            if count == 0 {
                break;
            }
            done += count;
            into = &mut into[count..];
        }
        Ok(done)
    }

    pub fn write(&mut self, file: OpenFile, at: u64, from: &[u8]) -> Result<usize, FsError> {
        let node = self.writable(file)?;
        if from.is_empty() {
            return Ok(0);
        }
        at.checked_add(from.len() as u64).filter(|end| *end <= LONGEST).ok_or(FsError::TooLarge)?;
        match self.system.write(node, at, from) {
            // As much of it as fits: what there is no room for is refused as a whole.
            Err(error) if error.kind() == ErrorKind::NoSpace && from.len() > 1 => {
                self.write(file, at, &from[..from.len() / 2])
            }
            result => result.map_err(refused),
        }
    }

    pub fn resize(&mut self, file: OpenFile, length: u64) -> Result<(), FsError> {
        let node = self.writable(file)?;
        self.system.truncate(node, length).map_err(refused)
    }

    pub fn sync(&mut self, file: OpenFile) -> Result<(), FsError> {
        let Opened { node, is_directory, .. } = self.opened(file)?;
        let done = if is_directory { self.system.sync() } else { self.system.fsync(node) };
        done.map_err(refused)
    }

    pub fn stat(&mut self, file: OpenFile) -> Result<Metadata, FsError> {
        let node = self.opened(file)?.node;
        self.known(node)
    }

    fn known(&mut self, node: NodeId) -> Result<Metadata, FsError> {
        let known = self.system.stat(node).map_err(refused)?;
        let seconds = known.modified().and_then(|time| u64::try_from(time.unix_seconds()).ok());
        Ok(Metadata {
            kind: kind(known.file_type()),
            length: known.len(),
            modified: seconds.map(Duration::from_secs),
            number: node.get(),
        })
    }

    pub fn metadata(&mut self, path: &str) -> Result<Metadata, FsError> {
        self.at(path, Self::known)
    }

    pub fn create_directory(&mut self, path: &str) -> Result<(), FsError> {
        if path.is_empty() {
            return Err(FsError::Exists);
        }
        self.inside(path, |this, directory, name| {
            let node = this.system.mkdir(directory, name, &SetAttr::new()).map_err(refused)?;
            this.system.forget(node, 1);
            Ok(())
        })
    }

    pub fn remove(&mut self, path: &str) -> Result<(), FsError> {
        if path.is_empty() {
            return Err(FsError::Busy);
        }
        self.inside(path, |this, directory, name| {
            let done = match this.system.unlink(directory, name) {
                Err(error) if error.kind() == ErrorKind::IsADirectory => this.system.rmdir(directory, name),
                done => done,
            };
            done.map_err(refused)
        })
    }

    pub fn rename(&mut self, from: &str, to: &str) -> Result<(), FsError> {
        if from.is_empty() || to.is_empty() {
            return Err(FsError::Busy);
        }
        self.inside(from, |this, old, old_name| {
            let node = this.system.lookup(old, old_name).map_err(refused)?;
            this.system.forget(node, 1);
            this.inside(to, |this, new, new_name| {
                this.system.rename(old, old_name, new, new_name, RenameMode::Replace).map_err(refused)
            })
        })
    }

    pub fn entries(
        &mut self,
        path: &str,
        mut tell: impl FnMut(&str, FileKind) -> bool,
    ) -> Result<(), FsError> {
        self.at(path, |this, node| {
            this.directory(node)?;
            let mut cursor = DirCursor::START;
            while let Some(entry) = this.system.readdir(node, cursor).map_err(refused)? {
                // What is no text was written by no system that this one knows.
                if let Ok(name) = entry.name().to_str()
                    && !tell(name, kind(entry.file_type()))
                {
                    break;
                }
                cursor = entry.next_cursor();
            }
            Ok(())
        })
    }

    pub fn space(&mut self) -> Result<Space, FsError> {
        let stats = self.system.statfs().map_err(refused)?;
        let cluster = u64::from(stats.block_size());
        Ok(Space { total: stats.total_blocks() * cluster, free: stats.free_blocks() * cluster })
    }
}

fn kind(kind: FileType) -> FileKind {
    if kind == FileType::Dir { FileKind::Directory } else { FileKind::File }
}
