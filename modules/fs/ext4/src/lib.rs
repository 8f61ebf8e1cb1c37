//! ext4, and what it came from, ext2 and ext3 (the kernel's documentation: "ext4 Data Structures and Algorithms"), to be
//! read: `mke2fs -d FOLDER disk.img` makes one, and a host mounts it.
//!
//! What is read is verified by the checksums of metadata, where there are any. A path may lead through symbolic links,
//! which are what they lead to; where directories are listed, links to files are files, and links to directories are
//! left out, so that whoever goes through all of them comes to an end. What is neither a file nor a directory is not
//! there. Encrypted directories and files are `Unsupported`. A file system whose journal has to be replayed, since it
//! was not unmounted, is not mounted: `e2fsck` does that.
//!
//! No crate does this: `ext4-view` goes through all blocks of a file from its beginning to read from the middle, knows
//! no inodes by their numbers, and cannot be used from several threads; `ext4plus` panics when a superblock is damaged.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod blocks;
mod bytes;
mod checksum;
mod directory;
mod inode;
mod map;
mod superblock;
mod volume;

use alloc::vec::Vec;
use core::marker::PhantomData;
use inode::{Inode, Kind};
use oscomp_abi::{Bytes, Config, StartError};
use oscomp_interfaces::{
    BlockDevice, FileKind, FileSystem, FsError, Heap, Metadata, OpenFile, OpenHow, Space,
};
use oscomp_macros::{Options, module};
use spin::{Mutex, MutexGuard};
use superblock::{NotMounted, Superblock};
use volume::Volume;

/// Files on a disk that Linux has written.
#[module(provides(FileSystem), ambient(Heap))]
pub struct Ext4<
    /// The disk. It is the file system's from its first block on: there is no table of partitions.
    Disk: BlockDevice,
    Settings: Config<Options>,
> {
    state: Mutex<State<Disk>>,
    settings: PhantomData<Settings>,
}

/// A file system with the files that are open.
struct State<Disk> {
    volume: Volume<Disk>,
    open: Vec<Option<Inode>>,
}

/// How it is used.
#[derive(Options)]
pub struct Options {
    /// Files that can be open at once.
    #[option(default = 64, range = 1..=65535)]
    pub open: u16,
    /// Bytes of blocks that are kept in memory, since they are likely to be read again.
    #[option(default = "64KiB", range = "4KiB"..="64MiB")]
    pub cache: Bytes,
}

impl<Disk: BlockDevice, Settings: Config<Options>> Ext4<Disk, Settings> {
    /// Finds the file system on the disk.
    ///
    /// # Errors
    /// When there is none, or it is damaged, or not of the kind that can be read, or the disk fails.
    pub fn start(disk: Disk) -> Result<Self, StartError> {
        let Options { open, cache } = Settings::OPTIONS;
        let mount = || -> Result<_, NotMounted> {
            let mut volume = Volume::new(disk, Superblock::read(disk)?, cache.get());
            match volume.lookup("") {
                Ok(root) if root.kind == Kind::Directory => Ok(volume),
                Err(FsError::Failed) => Err(NotMounted::Failed),
                _ => Err(NotMounted::Damaged),
            }
        };
        let volume = mount().map_err(|error| {
            StartError::new(match error {
                NotMounted::Failed => "the disk fails",
                NotMounted::None => {
                    "there is no file system of ext2, ext3 or ext4 on the disk; `mke2fs -d FOLDER FILE` makes one"
                }
                NotMounted::Recovery => {
                    "the file system on the disk was not unmounted; `e2fsck FILE` replays its journal"
                }
                NotMounted::Unknown => "the file system on the disk has features that are not known here",
                NotMounted::Damaged => {
                    "the file system on the disk is damaged; `e2fsck FILE` looks after it"
                }
                NotMounted::Short => "the disk is shorter than the file system on it",
            })
        })?;
        let open = core::iter::repeat_n(None, usize::from(open)).collect();
        Ok(Self { state: Mutex::new(State { volume, open }), settings: PhantomData })
    }

    fn state(&self) -> MutexGuard<'_, State<Disk>> {
        self.state.lock()
    }

    fn kind(&self, path: &str) -> Result<FileKind, FsError> {
        Ok(self.state().volume.lookup(path)?.known().kind)
    }
}

impl<Disk> State<Disk> {
    /// An open file, and what it is in.
    fn opened(&mut self, file: OpenFile) -> Result<(&Inode, &mut Volume<Disk>), FsError> {
        let inode = self.open.get(file.0 as usize).and_then(Option::as_ref).ok_or(FsError::NotWritable)?;
        Ok((inode, &mut self.volume))
    }
}

impl<Disk: BlockDevice, Settings: Config<Options>> FileSystem for &Ext4<Disk, Settings> {
    fn open(self, path: &str, how: OpenHow) -> Result<OpenFile, FsError> {
        oscomp_read_only::open(path, how, |path| self.kind(path))?;
        let mut state = self.state();
        let inode = state.volume.lookup(path)?;
        if inode.is_encrypted() {
            return Err(FsError::Unsupported);
        }
        let number = state.open.iter().position(Option::is_none).ok_or(FsError::TooManyOpen)?;
        state.open[number] = Some(inode);
        Ok(OpenFile(number as u32))
    }

    fn close(self, file: OpenFile) {
        if let Some(open) = self.state().open.get_mut(file.0 as usize) {
            *open = None;
        }
    }

    fn read(self, file: OpenFile, at: u64, into: &mut [u8]) -> Result<usize, FsError> {
        let mut state = self.state();
        let (inode, volume) = state.opened(file)?;
        if inode.kind == Kind::Directory {
            return Err(FsError::IsDirectory);
        }
        volume.read(inode, at, into)
    }

    fn write(self, _: OpenFile, _: u64, _: &[u8]) -> Result<usize, FsError> {
        Err(FsError::NotWritable)
    }

    fn resize(self, _: OpenFile, _: u64) -> Result<(), FsError> {
        Err(FsError::NotWritable)
    }

    fn sync(self, file: OpenFile) -> Result<(), FsError> {
        self.state().opened(file).map(drop)
    }

    fn stat(self, file: OpenFile) -> Result<Metadata, FsError> {
        self.state().opened(file).map(|(inode, _)| inode.known())
    }

    fn metadata(self, path: &str) -> Result<Metadata, FsError> {
        self.state().volume.lookup(path).map(|inode| inode.known())
    }

    fn create_directory(self, path: &str) -> Result<(), FsError> {
        Err(oscomp_read_only::create_directory(path, |path| self.kind(path)))
    }

    fn remove(self, path: &str) -> Result<(), FsError> {
        Err(oscomp_read_only::remove(path, |path| self.kind(path)))
    }

    fn rename(self, from: &str, to: &str) -> Result<(), FsError> {
        Err(oscomp_read_only::rename(from, to, |path| self.kind(path)))
    }

    fn entries(self, path: &str, tell: impl FnMut(&str, FileKind) -> bool) -> Result<(), FsError> {
        self.state().volume.entries(path, tell)
    }

    fn space(self) -> Result<Space, FsError> {
        Ok(self.state().volume.space())
    }
}

#[cfg(test)]
mod tests;
