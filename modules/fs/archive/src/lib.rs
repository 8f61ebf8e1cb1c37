//! Files that stay as they are, as a file system that can only be read: those that the image holds, say.
//!
//! ```kdl
//! module "cpio" as="packed" { archive "files" }
//! module "archive" as="files" { source "packed" }
//! ```
//!
//! Directories are those that the files are in.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod tree;

use alloc::vec::Vec;
use core::marker::PhantomData;
use oscomp_abi::{Config, StartError};
use oscomp_interfaces::{FileKind, FileSystem, Files, FsError, Heap, Metadata, OpenFile, OpenHow, Space};
use oscomp_macros::{Options, module};
use spin::Mutex;
use tree::{Node, Tree};

/// Files that stay as they are, as a file system.
#[module(provides(FileSystem), ambient(Heap))]
pub struct Archive<
    /// The files.
    Source: Files,
    Settings: Config<Options>,
> {
    tree: Tree<Source>,
    open: Mutex<Vec<Option<Node>>>,
    settings: PhantomData<Settings>,
}

/// How it is used.
#[derive(Options)]
pub struct Options {
    /// Files that can be open at once.
    #[option(default = 64, range = 1..=65535)]
    pub open: u16,
}

impl<Source: Files, Settings: Config<Options>> Archive<Source, Settings> {
    /// Verifies that the files are ones of a file system.
    ///
    /// # Errors
    /// When a path is none, or something is to be a file and a directory.
    pub fn start(source: Source) -> Result<Self, StartError> {
        let tree = Tree::new(source).map_err(StartError::new)?;
        let open = core::iter::repeat_n(None, usize::from(Settings::OPTIONS.open)).collect();
        Ok(Self { tree, open: Mutex::new(open), settings: PhantomData })
    }

    fn kind(&self, path: &str) -> Result<FileKind, FsError> {
        Ok(self.tree.known(self.tree.lookup(path)?).kind)
    }

    fn opened(&self, file: OpenFile) -> Result<Node, FsError> {
        self.open.lock().get(file.0 as usize).copied().flatten().ok_or(FsError::NotWritable)
    }
}

impl<Source: Files, Settings: Config<Options>> FileSystem for &Archive<Source, Settings> {
    fn open(self, path: &str, how: OpenHow) -> Result<OpenFile, FsError> {
        oscomp_read_only::open(path, how, |path| self.kind(path))?;
        let node = self.tree.lookup(path)?;
        let mut open = self.open.lock();
        let number = open.iter().position(Option::is_none).ok_or(FsError::TooManyOpen)?;
        open[number] = Some(node);
        Ok(OpenFile(number as u32))
    }

    fn close(self, file: OpenFile) {
        if let Some(open) = self.open.lock().get_mut(file.0 as usize) {
            *open = None;
        }
    }

    fn read(self, file: OpenFile, at: u64, into: &mut [u8]) -> Result<usize, FsError> {
        let Node::File { number, .. } = self.opened(file)? else { return Err(FsError::IsDirectory) };
        let bytes = self.tree.bytes(number);
        let rest = usize::try_from(at).ok().and_then(|at| bytes.get(at..)).unwrap_or_default();
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    fn write(self, _: OpenFile, _: u64, _: &[u8]) -> Result<usize, FsError> {
        Err(FsError::NotWritable)
    }

    fn resize(self, _: OpenFile, _: u64) -> Result<(), FsError> {
        Err(FsError::NotWritable)
    }

    fn sync(self, file: OpenFile) -> Result<(), FsError> {
        self.opened(file).map(drop)
    }

    fn stat(self, file: OpenFile) -> Result<Metadata, FsError> {
        Ok(self.tree.known(self.opened(file)?))
    }

    fn metadata(self, path: &str) -> Result<Metadata, FsError> {
        Ok(self.tree.known(self.tree.lookup(path)?))
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
        let Node::Directory { first, .. } = self.tree.lookup(path)? else {
            return Err(FsError::NotDirectory);
        };
        self.tree.entries(path, first, tell);
        Ok(())
    }

    fn space(self) -> Result<Space, FsError> {
        Ok(Space { total: self.tree.length(), free: 0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::boxed::Box;
    use core::time::Duration;
    use oscomp_interfaces::File;

    #[derive(Clone, Copy)]
    struct Few;

    impl Config<Options> for Few {
        const OPTIONS: Options = Options { open: 5 };
    }

    /// In the order of their paths.
    #[derive(Clone, Copy)]
    struct Given(&'static [(&'static str, &'static [u8])]);

    impl Files for Given {
        fn count(self) -> usize {
            self.0.len()
        }

        fn file(self, number: usize) -> Option<File> {
            let (path, bytes) = *self.0.get(number)?;
            Some(File { path, bytes, modified: Some(Duration::from_secs(7)) })
        }

        fn find(self, path: &str) -> Option<usize> {
            self.0.binary_search_by_key(&path, |file| file.0).ok()
        }
    }

    type System = &'static Archive<Given, Few>;

    fn start(files: &'static [(&'static str, &'static [u8])]) -> Result<System, StartError> {
        Archive::start(Given(files)).map(|archive| Box::leak(Box::new(archive)) as &'static _)
    }

    const FILES: &[(&str, &[u8])] = &[
        ("a", b"0123456789"),
        ("b-c/a", b""),
        ("b/c/d", &[7; 20_000]),
        ("b/c/e", b"one"),
        ("b/c0", b"between"),
        ("b/c0.txt", b"more"),
        ("b0", b"behind"),
    ];

    #[test]
    fn it_is_a_file_system_that_can_only_be_read() {
        oscomp_fs_conformance::verify_read_only(|| start(FILES).unwrap(), FILES);
    }

    #[test]
    fn directories_come_once_and_times_are_kept() {
        let system = start(FILES).unwrap();
        let mut names = Vec::new();
        let tell = |name: &str, kind| {
            names.push((alloc::string::String::from(name), kind));
            true
        };
        system.entries("b", tell).unwrap();
        let file = FileKind::File;
        assert_eq!(names, [("c".into(), FileKind::Directory), ("c0".into(), file), ("c0.txt".into(), file)]);
        assert_eq!(system.metadata("b/c0").unwrap().modified, Some(Duration::from_secs(7)));
        assert_eq!(system.metadata("b/c").unwrap().modified, None);
    }

    #[test]
    fn no_files_are_a_root_without_entries() {
        let system = start(&[]).unwrap();
        assert_eq!(system.metadata("").map(|known| known.kind), Ok(FileKind::Directory));
        assert_eq!(system.entries("", |_, _| panic!("there is none")), Ok(()));
        assert_eq!(system.metadata("a"), Err(FsError::NotFound));
    }

    #[test]
    fn what_is_to_be_both_a_file_and_a_directory_is_refused() {
        assert!(start(&[("a", b""), ("a-b", b""), ("a/b", b"")]).is_err());
        assert!(start(&[("a/../b", b"")]).is_err());
    }
}
