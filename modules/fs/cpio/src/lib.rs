//! The files of a folder of the project, in the image as a cpio archive.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod archive;

pub use archive::files;

use alloc::vec::Vec;
use core::marker::PhantomData;
use oscomp_abi::{Archive, Config, StartError};
use oscomp_interfaces::{File, Files, Heap};
use oscomp_macros::{Options, module};

/// The files of a folder.
#[module(provides(Files), ambient(Heap))]
pub struct Cpio<Settings: Config<Options>> {
    /// In the order of their paths.
    files: Vec<File>,
    settings: PhantomData<Settings>,
}

/// Which files.
#[derive(Options)]
pub struct Options {
    /// The folder whose files the image holds, or a cpio archive of them.
    pub archive: Archive,
}

impl<Settings: Config<Options>> Cpio<Settings> {
    /// Finds the files of the archive.
    ///
    /// # Errors
    /// An archive that is not one, or holds two files of one path.
    pub fn start() -> Result<Self, StartError> {
        let files = archive::files(Settings::OPTIONS.archive.0).map_err(StartError::new)?;
        Ok(Self { files, settings: PhantomData })
    }
}

impl<Settings: Config<Options>> Files for &Cpio<Settings> {
    fn count(self) -> usize {
        self.files.len()
    }

    fn file(self, number: usize) -> Option<File> {
        self.files.get(number).copied()
    }

    fn find(self, path: &str) -> Option<usize> {
        self.files.binary_search_by_key(&path, |file| file.path).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy)]
    struct Site;

    impl Config<Options> for Site {
        const OPTIONS: Options = Options { archive: Archive(include_bytes!("../tests/site.cpio")) };
    }

    #[test]
    fn files_are_found_by_their_paths() {
        let cpio = Cpio::<Site>::start().unwrap();
        let paths: Vec<&str> = (0..cpio.count()).filter_map(|number| Some(cpio.file(number)?.path)).collect();
        assert_eq!(paths, ["a-b", "a.txt", "a/b.txt", "empty"]);
        assert_eq!(cpio.file(4), None);
        for (number, path) in paths.iter().enumerate() {
            assert_eq!(cpio.find(path), Some(number));
        }
        for path in ["", "a", "a/", "/a.txt", "a/b", "a/b.txt/", "b"] {
            assert_eq!(cpio.find(path), None, "{path}");
        }
        let file = cpio.file(2).unwrap();
        assert_eq!((file.bytes, file.modified), (&b"below\n"[..], None));
    }
}
