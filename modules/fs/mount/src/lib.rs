//! Two file systems as one: what is below a path is another's. More of them are more instances, each the root of the
//! next.
//!
//! ```kdl
//! module "ram-fs" as="scratch"
//! module "fat" as="card"
//! module "mount" as="files" { root "scratch"; other "card"; path "card" }
//! ```
#![no_std]
#![forbid(unsafe_code)]

use core::marker::PhantomData;
use oscomp_abi::{Config, StartError};
use oscomp_interfaces::{FileKind, FileSystem, FsError, Metadata, OpenFile, OpenHow, Space, verify_path};
use oscomp_macros::{Options, module};

/// A file system with another one at a path.
#[module(provides(FileSystem))]
pub struct Mount<
    /// What is everywhere else.
    Root: FileSystem,
    /// What is at the path and below it.
    Other: FileSystem,
    Settings: Config<Options>,
> {
    root: Root,
    other: Other,
    settings: PhantomData<Settings>,
}

/// Where the other one is.
#[derive(Options)]
pub struct Options {
    /// A directory of the first; it is made if it is not there. What is in it is not seen.
    pub path: &'static str,
}

/// Which of the two, and what is there.
enum At<'p> {
    Root(&'p str),
    Other(&'p str),
}

impl<Root: FileSystem, Other: FileSystem, Settings: Config<Options>> Mount<Root, Other, Settings> {
    /// Looks for the directory, and makes it if it is not there.
    ///
    /// # Errors
    /// When it can neither be found nor made.
    pub fn start(root: Root, other: Other) -> Result<Self, StartError> {
        let path = Settings::OPTIONS.path;
        if path.is_empty() || verify_path(path).is_err() {
            return Err(StartError::new("the path is none at which another file system can be"));
        }
        let made = root.create_directory(path);
        let is_there = root.metadata(path).is_ok_and(|known| known.kind == FileKind::Directory);
        if made.is_err() && !is_there {
            return Err(StartError::new(
                "the directory for another file system is not there, and cannot be made",
            ));
        }
        Ok(Self { root, other, settings: PhantomData })
    }
}

/// The path in the other file system, if it is there.
fn below<'p>(mount: &str, path: &'p str) -> Option<&'p str> {
    let rest = path.strip_prefix(mount)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
}

fn at<Settings: Config<Options>>(path: &str) -> Result<At<'_>, FsError> {
    verify_path(path)?;
    Ok(below(Settings::OPTIONS.path, path).map_or(At::Root(path), At::Other))
}

/// A file of the first, or of the other, as one of both: the lowest bit says whose it is.
fn joined(file: OpenFile, is_others: bool) -> Option<OpenFile> {
    let number = file.0.checked_mul(2)?;
    Some(OpenFile(number | u32::from(is_others)))
}

/// Whose a file is.
enum Whose {
    Root(OpenFile),
    Other(OpenFile),
}

fn whose(file: OpenFile) -> Whose {
    let own = OpenFile(file.0 / 2);
    if file.0.is_multiple_of(2) { Whose::Root(own) } else { Whose::Other(own) }
}

impl<Root: FileSystem, Other: FileSystem, Settings: Config<Options>> FileSystem
    for &Mount<Root, Other, Settings>
{
    fn open(self, path: &str, how: OpenHow) -> Result<OpenFile, FsError> {
        let (file, is_others) = match at::<Settings>(path)? {
            At::Root(path) => (self.root.open(path, how)?, false),
            At::Other(path) => (self.other.open(path, how)?, true),
        };
        joined(file, is_others).ok_or(FsError::TooManyOpen)
    }

    fn close(self, file: OpenFile) {
        match whose(file) {
            Whose::Root(file) => self.root.close(file),
            Whose::Other(file) => self.other.close(file),
        }
    }

    fn read(self, file: OpenFile, at: u64, into: &mut [u8]) -> Result<usize, FsError> {
        match whose(file) {
            Whose::Root(file) => self.root.read(file, at, into),
            Whose::Other(file) => self.other.read(file, at, into),
        }
    }

    fn write(self, file: OpenFile, at: u64, from: &[u8]) -> Result<usize, FsError> {
        match whose(file) {
            Whose::Root(file) => self.root.write(file, at, from),
            Whose::Other(file) => self.other.write(file, at, from),
        }
    }

    fn resize(self, file: OpenFile, length: u64) -> Result<(), FsError> {
        match whose(file) {
            Whose::Root(file) => self.root.resize(file, length),
            Whose::Other(file) => self.other.resize(file, length),
        }
    }

    fn sync(self, file: OpenFile) -> Result<(), FsError> {
        match whose(file) {
            Whose::Root(file) => self.root.sync(file),
            Whose::Other(file) => self.other.sync(file),
        }
    }

    fn stat(self, file: OpenFile) -> Result<Metadata, FsError> {
        match whose(file) {
            Whose::Root(file) => self.root.stat(file).map(|known| numbered(known, false)),
            Whose::Other(file) => self.other.stat(file).map(|known| numbered(known, true)),
        }
    }

    fn metadata(self, path: &str) -> Result<Metadata, FsError> {
        match at::<Settings>(path)? {
            At::Root(path) => self.root.metadata(path).map(|known| numbered(known, false)),
            At::Other(path) => self.other.metadata(path).map(|known| numbered(known, true)),
        }
    }

    fn create_directory(self, path: &str) -> Result<(), FsError> {
        match at::<Settings>(path)? {
            At::Root(path) => self.root.create_directory(path),
            At::Other(path) => self.other.create_directory(path),
        }
    }

    fn remove(self, path: &str) -> Result<(), FsError> {
        match at::<Settings>(path)? {
            // What the mounted one is in has to stay, even if nothing else is in it.
            At::Root(path) if leads_to_mount::<Settings>(path) => Err(FsError::NotEmpty),
            At::Root(path) => self.root.remove(path),
            At::Other(path) => self.other.remove(path),
        }
    }

    fn rename(self, from: &str, to: &str) -> Result<(), FsError> {
        match (at::<Settings>(from)?, at::<Settings>(to)?) {
            (At::Other("") | At::Root(""), _) | (_, At::Other("") | At::Root("")) => Err(FsError::Busy),
            (At::Root(from), At::Root(to))
                if leads_to_mount::<Settings>(from) || leads_to_mount::<Settings>(to) =>
            {
                Err(FsError::Busy)
            }
            (At::Root(from), At::Root(to)) => self.root.rename(from, to),
            (At::Other(from), At::Other(to)) => self.other.rename(from, to),
            (At::Root(from), At::Other(_)) => self.root.metadata(from).and(Err(FsError::CrossesMounts)),
            (At::Other(from), At::Root(_)) => self.other.metadata(from).and(Err(FsError::CrossesMounts)),
        }
    }

    fn entries(self, path: &str, tell: impl FnMut(&str, FileKind) -> bool) -> Result<(), FsError> {
        match at::<Settings>(path)? {
            At::Root(path) => self.root.entries(path, tell),
            At::Other(path) => self.other.entries(path, tell),
        }
    }

    /// That of the first.
    fn space(self) -> Result<Space, FsError> {
        self.root.space()
    }
}

/// Whether the other file system is somewhere below a path.
fn leads_to_mount<Settings: Config<Options>>(path: &str) -> bool {
    Settings::OPTIONS.path.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'))
}

/// A number that no file of the other one has.
fn numbered(known: Metadata, is_others: bool) -> Metadata {
    Metadata { number: known.number.wrapping_mul(2) | u64::from(is_others), ..known }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use oscomp_abi::Bytes;
    use oscomp_fs_conformance::OpenRemoval;
    use oscomp_ram_fs::RamFs;
    use std::boxed::Box;
    use std::string::String;
    use std::vec::Vec;

    #[derive(Clone, Copy)]
    struct Settings;

    impl Config<oscomp_ram_fs::Options> for Settings {
        const OPTIONS: oscomp_ram_fs::Options =
            oscomp_ram_fs::Options { size: Bytes(64 << 10), files: 40, open: 8 };
    }

    impl Config<Options> for Settings {
        const OPTIONS: Options = Options { path: "mnt/card" };
    }

    type Ram = &'static RamFs<Settings>;
    type Both = &'static Mount<Ram, Ram, Settings>;

    fn ram() -> Ram {
        Box::leak(Box::new(RamFs::start().unwrap()))
    }

    fn both() -> Both {
        let root = ram();
        root.create_directory("mnt").unwrap();
        Box::leak(Box::new(Mount::start(root, ram()).unwrap()))
    }

    /// All of it below the path, as a file system of its own.
    #[derive(Clone, Copy)]
    struct Below(Both);

    fn inside(path: &str) -> String {
        if path.is_empty() { "mnt/card".into() } else { std::format!("mnt/card/{path}") }
    }

    impl FileSystem for Below {
        fn open(self, path: &str, how: OpenHow) -> Result<OpenFile, FsError> {
            self.0.open(&inside(path), how)
        }
        fn close(self, file: OpenFile) {
            self.0.close(file);
        }
        fn read(self, file: OpenFile, at: u64, into: &mut [u8]) -> Result<usize, FsError> {
            self.0.read(file, at, into)
        }
        fn write(self, file: OpenFile, at: u64, from: &[u8]) -> Result<usize, FsError> {
            self.0.write(file, at, from)
        }
        fn resize(self, file: OpenFile, length: u64) -> Result<(), FsError> {
            self.0.resize(file, length)
        }
        fn sync(self, file: OpenFile) -> Result<(), FsError> {
            self.0.sync(file)
        }
        fn stat(self, file: OpenFile) -> Result<Metadata, FsError> {
            self.0.stat(file)
        }
        fn metadata(self, path: &str) -> Result<Metadata, FsError> {
            self.0.metadata(&inside(path))
        }
        fn create_directory(self, path: &str) -> Result<(), FsError> {
            self.0.create_directory(&inside(path))
        }
        fn remove(self, path: &str) -> Result<(), FsError> {
            self.0.remove(&inside(path))
        }
        fn rename(self, from: &str, to: &str) -> Result<(), FsError> {
            self.0.rename(&inside(from), &inside(to))
        }
        fn entries(self, path: &str, tell: impl FnMut(&str, FileKind) -> bool) -> Result<(), FsError> {
            self.0.entries(&inside(path), tell)
        }
        fn space(self) -> Result<Space, FsError> {
            self.0.other.space()
        }
    }

    #[test]
    fn what_is_below_the_path_is_a_file_system() {
        oscomp_fs_conformance::verify(|| Below(both()), OpenRemoval::Works);
    }

    #[test]
    fn each_has_its_own_and_nothing_goes_from_one_to_the_other() {
        let files = both();
        for path in ["here", "mnt/card/there", "mnt/cards"] {
            let file = files.open(path, OpenHow::CREATE).unwrap();
            assert_eq!(files.write(file, 0, path.as_bytes()), Ok(path.len()));
            files.close(file);
        }
        assert!(files.root.metadata("mnt/cards").is_ok() && files.root.metadata("mnt/card/there").is_err());
        assert!(files.other.metadata("there").is_ok());
        let mut names = Vec::new();
        let tell = |name: &str, kind| {
            names.push((String::from(name), kind));
            true
        };
        files.entries("mnt", tell).unwrap();
        assert_eq!(names, [("card".into(), FileKind::Directory), ("cards".into(), FileKind::File)]);
        assert_eq!(files.rename("here", "mnt/card/here"), Err(FsError::CrossesMounts));
        assert_eq!(files.rename("none", "mnt/card/here"), Err(FsError::NotFound));
        assert_eq!(files.rename("mnt", "other"), Err(FsError::Busy));
        assert_eq!(files.rename("mnt/card", "other"), Err(FsError::Busy));
        assert_eq!(files.remove("mnt/card"), Err(FsError::Busy));
        assert_eq!(files.remove("mnt"), Err(FsError::NotEmpty));
        assert_ne!(files.metadata("here").unwrap().number, files.metadata("mnt/card/there").unwrap().number);
    }

    #[test]
    fn without_a_directory_it_does_not_start() {
        let root = ram();
        assert!(Mount::<Ram, Ram, Settings>::start(root, ram()).is_err(), "what it is to be in is not there");
        root.create_directory("mnt").unwrap();
        let file = root.open("mnt/card", OpenHow::CREATE).unwrap();
        root.close(file);
        assert!(Mount::<Ram, Ram, Settings>::start(root, ram()).is_err(), "a file is there");
    }
}
