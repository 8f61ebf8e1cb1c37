//! FAT12, FAT16 and FAT32 (ECMA-107; Microsoft: "FAT: General Overview of On-Disk Format", 1.03), as memory cards and
//! firmware have them: `mkfs.fat disk.img` makes one, and a host mounts it.
//!
//! It is read and written by the crate `hadris-fat`. What FAT cannot do: names differ by more than case; what is
//! open can neither be removed nor replaced (`Busy`); a file is less than 4 GiB; times are those of the host that
//! wrote last. It has no journal: when the power fails while something is written, what was synced before is there,
//! and clusters may be lost until `fsck` finds them.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod device;
mod volume;

use core::marker::PhantomData;
use device::Device;
use hadris_fat::sync::FatFs;
use hadris_fs::MountOptions;
use hadris_io::ErrorKind;
use oscomp_abi::{Config, StartError};
use oscomp_interfaces::{
    BlockDevice, FileKind, FileSystem, FsError, Heap, Metadata, OpenFile, OpenHow, Space,
};
use oscomp_macros::{Options, module};
use spin::{Mutex, MutexGuard};
use volume::Volume;

/// Files on a disk that other machines read and write too.
#[module(provides(FileSystem), ambient(Heap))]
pub struct Fat<
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
    /// Whether nothing may be written.
    #[option(default = false)]
    pub read_only: bool,
    /// Files that can be open at once.
    #[option(default = 64, range = 1..=65535)]
    pub open: u16,
}

impl<Disk: BlockDevice, Settings: Config<Options>> Fat<Disk, Settings> {
    /// Finds the file system on the disk.
    ///
    /// # Errors
    /// When there is none, or it is damaged, or the disk fails.
    pub fn start(disk: Disk) -> Result<Self, StartError> {
        let options = MountOptions::new();
        let options = if Settings::OPTIONS.read_only { options.read_only() } else { options };
        let system = FatFs::mount(Device(disk), options).map_err(|error| {
            StartError::new(match error.kind() {
                ErrorKind::NotRecognized => {
                    "there is no FAT file system on the disk; `mkfs.fat FILE` makes one"
                }
                ErrorKind::Io => "the disk fails",
                ErrorKind::Unsupported => "the blocks of the disk are too large for FAT",
                _ => "the file system on the disk is damaged; `fsck.fat FILE` looks after it",
            })
        })?;
        let volume = Volume::new(system, usize::from(Settings::OPTIONS.open));
        Ok(Self { volume: Mutex::new(volume), settings: PhantomData })
    }

    fn volume(&self) -> MutexGuard<'_, Volume<Disk>> {
        self.volume.lock()
    }

    fn kind(&self, path: &str) -> Result<FileKind, FsError> {
        self.volume().metadata(path).map(|known| known.kind)
    }
}

impl<Disk: BlockDevice, Settings: Config<Options>> FileSystem for &Fat<Disk, Settings> {
    fn open(self, path: &str, how: OpenHow) -> Result<OpenFile, FsError> {
        if Settings::OPTIONS.read_only {
            oscomp_read_only::open(path, how, |path| self.kind(path))?;
        }
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
        if Settings::OPTIONS.read_only {
            return Err(oscomp_read_only::create_directory(path, |path| self.kind(path)));
        }
        self.volume().create_directory(path)
    }

    fn remove(self, path: &str) -> Result<(), FsError> {
        if Settings::OPTIONS.read_only {
            return Err(oscomp_read_only::remove(path, |path| self.kind(path)));
        }
        self.volume().remove(path)
    }

    fn rename(self, from: &str, to: &str) -> Result<(), FsError> {
        if Settings::OPTIONS.read_only {
            return Err(oscomp_read_only::rename(from, to, |path| self.kind(path)));
        }
        self.volume().rename(from, to)
    }

    fn entries(self, path: &str, tell: impl FnMut(&str, FileKind) -> bool) -> Result<(), FsError> {
        self.volume().entries(path, tell)
    }

    fn space(self) -> Result<Space, FsError> {
        self.volume().space()
    }
}

#[cfg(test)]
mod tests;
