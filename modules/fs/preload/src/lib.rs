//! The files of a file system as files that stay as they are: all of them are read into memory when the image starts.
//! What is changed afterwards is not seen.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::marker::PhantomData;
use oscomp_abi::{Bytes, Config, StartError};
use oscomp_interfaces::{File, FileKind, FileSystem, Files, FsError, Heap, Metadata, OpenHow};
use oscomp_macros::{Options, module};

/// The files of a file system, in memory.
#[module(provides(Files), ambient(Heap))]
pub struct Preload<
    /// Where they are.
    Source: FileSystem,
    Settings: Config<Options>,
> {
    /// In the order of their paths.
    files: Vec<File>,
    parameters: PhantomData<(Source, Settings)>,
}

/// Which files.
#[derive(Options)]
pub struct Options {
    /// The folder whose files they are, as a path in the file system; all of it when left out.
    #[option(default = "")]
    pub folder: &'static str,
    /// Bytes that they may have in all.
    #[option(default = "16MiB", range = "1B"..="1GiB")]
    pub limit: Bytes,
}

impl<Source: FileSystem, Settings: Config<Options>> Preload<Source, Settings> {
    /// Reads the files.
    ///
    /// # Errors
    /// When the folder is not there, or memory does not suffice, or the file system fails.
    pub fn start(source: Source) -> Result<Self, StartError> {
        let mut left = Settings::OPTIONS.limit.get();
        let mut found = BTreeMap::new();
        // Folders by their paths below the first.
        let mut folders: Vec<String> = [String::new()].into();
        while let Some(folder) = folders.pop() {
            for (name, kind) in names(source, &inside(Settings::OPTIONS.folder, &folder)).map_err(refused)? {
                let path = inside(&folder, &name);
                if kind == FileKind::Directory {
                    folders.push(path);
                    continue;
                }
                let (bytes, known) = read(source, &inside(Settings::OPTIONS.folder, &path), &mut left)?;
                found.insert(path, (bytes, known));
            }
        }
        let file = |(path, (bytes, known)): (String, (Vec<u8>, Metadata))| File {
            path: path.leak(),
            bytes: bytes.leak(),
            modified: known.modified,
        };
        Ok(Self { files: found.into_iter().map(file).collect(), parameters: PhantomData })
    }
}

/// What is in a folder.
fn names(source: impl FileSystem, folder: &str) -> Result<Vec<(String, FileKind)>, FsError> {
    let mut names = Vec::new();
    source.entries(folder, |name, kind| {
        names.push((name.into(), kind));
        true
    })?;
    Ok(names)
}

/// The bytes of a file, of which there may be so many, and what is known of it.
fn read(source: impl FileSystem, path: &str, left: &mut usize) -> Result<(Vec<u8>, Metadata), StartError> {
    let file = source.open(path, OpenHow::READ).map_err(refused)?;
    let known = source.stat(file).map_err(refused)?;
    let length = usize::try_from(known.length).ok().filter(|length| length <= left);
    let length = length.ok_or_else(|| {
        StartError::shortage("the files are more than the limit", *left as u64, known.length)
    })?;
    *left -= length;
    let mut bytes = Vec::new();
    if bytes.try_reserve_exact(length).is_err() {
        return Err(StartError::new("the heap has no room for the files"));
    }
    bytes.resize(length, 0);
    let count = source.read(file, 0, &mut bytes).map_err(refused)?;
    bytes.truncate(count);
    source.close(file);
    Ok((bytes, known))
}

/// The path of something in a folder.
fn inside(folder: &str, name: &str) -> String {
    let separator = if folder.is_empty() || name.is_empty() { "" } else { "/" };
    [folder, separator, name].concat()
}

fn refused(error: FsError) -> StartError {
    StartError::new(match error {
        FsError::NotFound => "the folder of the files is not there",
        FsError::NotDirectory => "the folder of the files is none",
        FsError::Corrupt => "the file system is damaged",
        FsError::TooManyOpen => "the file system lets nobody open one more file",
        _ => "the file system fails",
    })
}

impl<Source: FileSystem, Settings: Config<Options>> Files for &Preload<Source, Settings> {
    fn count(self) -> usize {
        self.files.len()
    }

    fn file(self, number: usize) -> Option<File> {
        self.files.get(number).copied()
    }

    fn find(self, path: &str) -> Option<usize> {
        self.files.binary_search_by(|file| file.path.cmp(path)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::boxed::Box;
    use oscomp_ram_fs::RamFs;

    #[derive(Clone, Copy)]
    struct Settings;

    impl Config<oscomp_ram_fs::Options> for Settings {
        const OPTIONS: oscomp_ram_fs::Options =
            oscomp_ram_fs::Options { size: Bytes(1 << 20), files: 100, open: 4 };
    }

    impl Config<Options> for Settings {
        const OPTIONS: Options = Options { folder: "site", limit: Bytes(10_000) };
    }

    type Source = &'static RamFs<Settings>;

    fn source(files: &[(&str, usize)]) -> Source {
        let source: Source = Box::leak(Box::new(RamFs::start().unwrap()));
        for folder in ["site", "site/sub", "site/sub/empty", "other"] {
            source.create_directory(folder).unwrap();
        }
        for (path, length) in files {
            let file = source.open(path, OpenHow::CREATE).unwrap();
            assert_eq!(source.write(file, 0, &alloc::vec![7; *length]), Ok(*length));
            source.close(file);
        }
        source
    }

    #[test]
    fn the_files_of_a_folder_are_found_in_the_order_of_their_paths() {
        let source = source(&[("site/z", 3), ("site/sub/a", 9000), ("site/sub.css", 0), ("other/b", 1)]);
        let files = Preload::<_, Settings>::start(source).unwrap();
        let known: Vec<_> = (0..files.count()).map(|number| (&files).file(number).unwrap()).collect();
        let shown: Vec<_> = known.iter().map(|file| (file.path, file.bytes.len())).collect();
        assert_eq!(shown, [("sub.css", 0), ("sub/a", 9000), ("z", 3)]);
        assert_eq!((files.find("sub/a"), files.find("b"), files.file(3)), (Some(1), None, None));
        // All are closed again.
        assert!((0..4).all(|_| source.open("site/z", OpenHow::READ).is_ok()));
    }

    #[test]
    fn more_than_the_limit_is_refused() {
        let source = source(&[("site/a", 6000), ("site/b", 4001)]);
        assert!(Preload::<_, Settings>::start(source).is_err());
    }
}
