//! A file of the host as a disk, for a system in a process.
//!
//! `truncate -s 64M disk.img` makes an empty one. Where the file is, is looked up from the folder that the process
//! is started in.
#![no_std]

extern crate alloc;

mod file;

use alloc::ffi::CString;
use core::marker::PhantomData;
use file::File;
use oscomp_abi::{Bytes, Config, StartError};
use oscomp_interfaces::{BlockDevice, BlockError, Geometry, Heap, Request, Transfer};
use oscomp_macros::{Options, module};

/// A file of the host.
#[module(provides(BlockDevice), ambient(Heap), environment = "hosted")]
pub struct HostFile<Settings: Config<Options>> {
    file: File,
    geometry: Geometry,
    settings: PhantomData<Settings>,
}

/// Which file.
#[derive(Options)]
pub struct Options {
    /// Its path on the host, when the system runs.
    pub path: &'static str,
    /// Whether it is read only.
    #[option(default = false)]
    pub read_only: bool,
    /// A block.
    #[option(default = "512B", range = "512B"..="4KiB")]
    pub block: Bytes,
}

impl<Settings: Config<Options>> HostFile<Settings> {
    /// Opens the file.
    ///
    /// # Errors
    /// When it is not there, or the host does not let this user, or a block is no power of two.
    pub fn start() -> Result<Self, StartError> {
        let Options { path, read_only, block } = Settings::OPTIONS;
        Self::open(path, read_only, block.get())
    }

    fn open(path: &str, is_read_only: bool, block: usize) -> Result<Self, StartError> {
        if !block.is_power_of_two() {
            return Err(StartError::new("a block is a power of two"));
        }
        let path = CString::new(path).map_err(|_| StartError::new("the path of the disk's file is none"))?;
        let none = StartError::new("the disk's file is not there, or not for this user");
        let file = File::open(&path, is_read_only).ok_or(none)?;
        let length = file.length().ok_or(StartError::new("the disk's file has no length"))?;
        let geometry = Geometry { block, blocks: length / block as u64, is_read_only };
        Ok(Self { file, geometry, settings: PhantomData })
    }

    fn carry_out(&self, request: &mut Request<'_>) -> Result<(), BlockError> {
        let Geometry { block, is_read_only, .. } = self.geometry;
        let held = |first: u64, length: usize| {
            if self.geometry.holds(first, length) {
                Ok(first * block as u64)
            } else {
                Err(BlockError::OutOfRange)
            }
        };
        let writable = || if is_read_only { Err(BlockError::ReadOnly) } else { Ok(()) };
        let done = match request {
            Request::Read { first, into } => self.file.read(held(*first, into.len())?, into),
            Request::Write { first, from } => {
                let at = held(*first, from.len())?;
                writable()?;
                self.file.write(at, from)
            }
            Request::Flush => self.file.flush(),
            Request::Discard { first, count } => {
                let end = first.checked_add(*count).filter(|end| *end <= self.geometry.blocks);
                end.ok_or(BlockError::OutOfRange)?;
                writable()?;
                // The host may have no way to; nobody has to discard anything.
                self.file.discard(*first * block as u64, *count * block as u64);
                true
            }
        };
        if done { Ok(()) } else { Err(BlockError::Failed) }
    }
}

impl<Settings: Config<Options>> BlockDevice for &HostFile<Settings> {
    fn geometry(self) -> Geometry {
        self.geometry
    }

    fn run(self, transfers: &mut [Transfer<'_>]) {
        for Transfer { request, result } in transfers {
            *result = self.carry_out(request);
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::fs;

    #[derive(Clone, Copy)]
    struct Any;

    impl Config<Options> for Any {
        const OPTIONS: Options = Options { path: "", read_only: false, block: Bytes(512) };
    }

    #[test]
    fn a_file_is_a_block_device_or_only_read() {
        let path = std::env::temp_dir().join(std::format!("oscomp-host-file-{}.img", std::process::id()));
        fs::write(&path, std::vec![0; 20 * 1024 + 5]).unwrap();
        let text = path.to_str().unwrap();
        for block in [512, 1024] {
            oscomp_block_conformance::verify(&HostFile::<Any>::open(text, false, block).unwrap());
        }
        let disk = HostFile::<Any>::open(text, true, 512).unwrap();
        assert_eq!(oscomp_interfaces::write_blocks(&disk, 0, &[0; 512]), Err(BlockError::ReadOnly));
        assert_eq!(oscomp_interfaces::read_blocks(&disk, 0, &mut [0; 512]), Ok(()));
        assert_eq!(disk.geometry().blocks, 40);
        fs::remove_file(&path).unwrap();
        assert!(HostFile::<Any>::open(text, false, 512).is_err());
    }
}
