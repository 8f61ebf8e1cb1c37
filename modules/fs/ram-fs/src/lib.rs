//! Files in memory: there until the image ends.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod tree;

use core::marker::PhantomData;
use oscomp_abi::{Bytes, Config, StartError};
use oscomp_interfaces::{FileKind, FileSystem, FsError, Heap, Metadata, OpenFile, OpenHow, Space};
use oscomp_macros::{Options, module};
use spin::{Mutex, MutexGuard};
use tree::Tree;

/// Files in the memory of the heap.
#[module(provides(FileSystem), ambient(Heap))]
pub struct RamFs<Settings: Config<Options>> {
    tree: Mutex<Tree>,
    settings: PhantomData<Settings>,
}

/// How much it takes.
#[derive(Options)]
pub struct Options {
    /// Bytes of all files; what the heap has no room for is refused as well.
    #[option(default = "4MiB", range = "4KiB"..="1GiB")]
    pub size: Bytes,
    /// Files and directories.
    #[option(default = 1024, range = 1..=1000000)]
    pub files: u32,
    /// Files that can be open at once.
    #[option(default = 64, range = 1..=65535)]
    pub open: u16,
}

impl<Settings: Config<Options>> RamFs<Settings> {
    /// No files.
    ///
    /// # Errors
    /// None.
    pub fn start() -> Result<Self, StartError> {
        let Options { size, files, open } = Settings::OPTIONS;
        let tree = Tree::new(size.get(), files as usize, usize::from(open));
        Ok(Self { tree: Mutex::new(tree), settings: PhantomData })
    }

    fn tree(&self) -> MutexGuard<'_, Tree> {
        self.tree.lock()
    }
}

impl<Settings: Config<Options>> FileSystem for &RamFs<Settings> {
    fn open(self, path: &str, how: OpenHow) -> Result<OpenFile, FsError> {
        self.tree().open(path, how)
    }

    fn close(self, file: OpenFile) {
        self.tree().close(file);
    }

    fn read(self, file: OpenFile, at: u64, into: &mut [u8]) -> Result<usize, FsError> {
        self.tree().read(file, at, into)
    }

    fn write(self, file: OpenFile, at: u64, from: &[u8]) -> Result<usize, FsError> {
        self.tree().write(file, at, from)
    }

    fn resize(self, file: OpenFile, length: u64) -> Result<(), FsError> {
        self.tree().resize(file, length)
    }

    fn sync(self, file: OpenFile) -> Result<(), FsError> {
        self.tree().stat(file).map(drop)
    }

    fn stat(self, file: OpenFile) -> Result<Metadata, FsError> {
        self.tree().stat(file)
    }

    fn metadata(self, path: &str) -> Result<Metadata, FsError> {
        self.tree().metadata(path)
    }

    fn create_directory(self, path: &str) -> Result<(), FsError> {
        self.tree().create_directory(path)
    }

    fn remove(self, path: &str) -> Result<(), FsError> {
        self.tree().remove(path)
    }

    fn rename(self, from: &str, to: &str) -> Result<(), FsError> {
        self.tree().rename(from, to)
    }

    fn entries(self, path: &str, tell: impl FnMut(&str, FileKind) -> bool) -> Result<(), FsError> {
        self.tree().entries(path, tell)
    }

    fn space(self) -> Result<Space, FsError> {
        Ok(self.tree().space())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy)]
    struct Small;

    impl Config<Options> for Small {
        const OPTIONS: Options = Options { size: Bytes(64 << 10), files: 40, open: 8 };
    }

    #[test]
    fn it_is_a_file_system() {
        let start = || {
            let system = RamFs::<Small>::start().unwrap();
            alloc::boxed::Box::leak(alloc::boxed::Box::new(system)) as &'static _
        };
        oscomp_fs_conformance::verify(start, oscomp_fs_conformance::OpenRemoval::Works);
    }
}
