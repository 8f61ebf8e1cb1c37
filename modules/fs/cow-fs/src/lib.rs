//! Files on a disk that is whole again after the power failed: for databases, and whatever else must not be lost.
//!
//! It has a format of its own, which is copied on write: what was synced is never written over, and a sync is one
//! flush, of the blocks that changed, the nodes above them, and a superblock. The blocks that changed wait in a cache
//! of a fixed size. All of it is verified by hashes, in files as well; what the disk does not give back as it was
//! written is `Corrupt`.
//!
//! A sync is one of all files, and the image's end is one. Without one nothing is sure to stay, and what was done after the last one is lost as a
//! whole when the power fails, unless space or memory was short. When a sync fails, nothing can be changed any more
//! until the file system is started again, since it is not known what the disk has: as it was after the last sync
//! that succeeded, or after the one that failed.
//!
//! After the power failed it is what was synced last that is there. Was the sync of few blocks, it is known by their
//! hashes that it had succeeded; so when one of these is damaged later, before the next sync, what was synced before
//! is taken instead.
//!
//! Starting reads the nodes of all trees, 16 bytes for each block of 4 KiB, and needs memory for 2 bits for each. A
//! directory is searched from its beginning on.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod cache;
mod device;
mod directory;
mod layout;
mod mount;
mod space;
mod store;
mod volume;

use core::marker::PhantomData;
use layout::BLOCK;
use mount::MountError;
use oscomp_abi::{Bytes, Config, StartError};
use oscomp_interfaces::{
    BlockDevice, FileKind, FileSystem, FsError, Heap, Metadata, OpenFile, OpenHow, Space,
};
use oscomp_macros::{Choice, Options, module};
use spin::{Mutex, MutexGuard};
use volume::Volume;

/// Files on a disk that is theirs alone, whole again after the power failed.
#[module(provides(FileSystem), ambient(Heap), stop)]
pub struct CowFs<
    /// The disk. It is the file system's from its first block on: there is no table of partitions.
    Disk: BlockDevice,
    Settings: Config<Options>,
> {
    volume: Mutex<Volume<Disk>>,
    settings: PhantomData<Settings>,
}

/// How it is used.
#[derive(Options)]
pub struct Options {
    /// When a file system is made on the disk.
    #[option(default = "when-blank")]
    pub format: Format,
    /// What is kept of the disk in memory: blocks that were read, and those that wait to be written.
    #[option(default = "256KiB", range = "64KiB"..="1GiB")]
    pub cache: Bytes,
    /// Files that can be open at once.
    #[option(default = 64, range = 1..=65535)]
    pub open: u16,
}

/// When a file system is made on the disk.
#[derive(Choice, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// When the disk has only zeroes where the file system begins.
    WhenBlank,
    /// Not at all.
    Never,
}

impl<Disk: BlockDevice, Settings: Config<Options>> CowFs<Disk, Settings> {
    /// Finds the file system on the disk, and verifies it; or makes one.
    ///
    /// # Errors
    /// When there is none and none may be made, when it is damaged, when the disk fails, is too small, or has blocks
    /// of more than 4 KiB, and when the heap has no room for the cache.
    pub fn start(disk: Disk) -> Result<Self, StartError> {
        let Options { format, cache, open } = Settings::OPTIONS;
        let store =
            mount::mount(disk, cache.get() / BLOCK, format == Format::WhenBlank).map_err(|error| {
                StartError::new(match error {
                    MountError::Blank => "the disk is blank, and `format` is `never`",
                    MountError::Foreign => "there is something else than this file system on the disk",
                    MountError::Damaged => "the file system on the disk is damaged",
                    MountError::Failed => "the disk fails",
                    MountError::TooSmall => "the disk is too small",
                    MountError::LargeBlocks => "the blocks of the disk are too large",
                    MountError::NoMemory => "the heap has no room for the cache",
                })
            })?;
        Ok(Self { volume: Mutex::new(Volume::new(store, usize::from(open))), settings: PhantomData })
    }

    /// Syncs all files. Whether that succeeds nobody can be told any more.
    pub fn stop(&self) {
        let _ = self.volume().sync_all();
    }

    fn volume(&self) -> MutexGuard<'_, Volume<Disk>> {
        self.volume.lock()
    }
}

impl<Disk: BlockDevice, Settings: Config<Options>> FileSystem for &CowFs<Disk, Settings> {
    fn open(self, path: &str, how: OpenHow) -> Result<OpenFile, FsError> {
        self.volume().open(path, how)
    }

    fn close(self, file: OpenFile) {
        self.volume().close(file);
    }

    fn read(self, file: OpenFile, at: u64, into: &mut [u8]) -> Result<usize, FsError> {
        self.volume().read(file, at, into)
    }

    fn write(self, file: OpenFile, at: u64, from: &[u8]) -> Result<usize, FsError> {
        self.volume().write(file, at, from)
    }

    fn resize(self, file: OpenFile, length: u64) -> Result<(), FsError> {
        self.volume().resize(file, length)
    }

    fn sync(self, file: OpenFile) -> Result<(), FsError> {
        self.volume().sync(file)
    }

    fn stat(self, file: OpenFile) -> Result<Metadata, FsError> {
        self.volume().stat(file)
    }

    fn metadata(self, path: &str) -> Result<Metadata, FsError> {
        self.volume().metadata(path)
    }

    fn create_directory(self, path: &str) -> Result<(), FsError> {
        self.volume().create_directory(path)
    }

    fn remove(self, path: &str) -> Result<(), FsError> {
        self.volume().remove(path)
    }

    fn rename(self, from: &str, to: &str) -> Result<(), FsError> {
        self.volume().rename(from, to)
    }

    fn entries(self, path: &str, tell: impl FnMut(&str, FileKind) -> bool) -> Result<(), FsError> {
        self.volume().entries(path, tell)
    }

    fn space(self) -> Result<Space, FsError> {
        Ok(self.volume().space())
    }
}

#[cfg(test)]
mod tests;
