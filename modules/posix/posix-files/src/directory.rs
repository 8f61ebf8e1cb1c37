//! What is in directories.

use crate::flags::{AT_FDCWD, O_CLOEXEC, O_DIRECTORY};
use crate::table::Kind;
use crate::{Options, PosixFiles, Result, bytes};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ffi::{c_char, c_int, c_long};
use core::ptr;
use oscomp_abi::Config;
use oscomp_c_abi::numbers::{ENOENT, ENOTDIR, of_file_system};
use oscomp_interfaces::{Console, Errno, FileKind, FileSystem, NAME_LIMIT};
use oscomp_macros::exports;

/// C's `struct dirent`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The number of the file.
    pub number: u64,
    /// Where the next one is.
    pub next: i64,
    /// The bytes of this.
    pub length: u16,
    /// What it is: `DT_DIR` or `DT_REG`.
    pub kind: u8,
    /// Its name and a zero.
    pub name: [u8; NAME_LIMIT + 1],
}

/// C's `DIR`: a directory as it was when it was opened or rewound, without what was removed since.
#[derive(Debug)]
pub struct Directory {
    descriptor: c_int,
    /// The length of each name, in one byte, and the name.
    names: Vec<u8>,
    at: usize,
    entry: Entry,
}

impl<Files: FileSystem, Output: Console, Numbers: Errno, Settings: Config<Options>>
    PosixFiles<Files, Output, Numbers, Settings>
{
    fn opened_directory(&self, descriptor: c_int) -> Result<Box<Directory>> {
        let names = self.listed(descriptor)?;
        let entry = Entry { number: 0, next: 0, length: size_of::<Entry>() as u16, kind: 0, name: [0; _] };
        Ok(Box::new(Directory { descriptor, names, at: 0, entry }))
    }

    /// The names that are in a directory.
    fn listed(&self, descriptor: c_int) -> Result<Vec<u8>> {
        let state = self.state();
        let Kind::Directory(_, path) = &state.table.get(descriptor)?.kind else { return Err(ENOTDIR) };
        let mut names = Vec::from(*b"\x01.\x02..");
        let tell = |name: &str, _| {
            // A file system has no longer ones.
            names.push(name.len() as u8);
            names.extend_from_slice(name.as_bytes());
            true
        };
        match path {
            Some(path) => self.files.entries(path, tell).map_err(of_file_system)?,
            None => names.clear(),
        }
        Ok(names)
    }

    /// Goes on to the next name that still is there.
    fn went_on<'d>(&self, directory: &'d mut Directory) -> Result<Option<&'d mut Entry>> {
        loop {
            let Some((length, rest)) = directory.names.get(directory.at..).and_then(<[u8]>::split_first)
            else {
                return Ok(None);
            };
            let name = &rest[..usize::from(*length)];
            directory.at += 1 + name.len();
            let known = match self.known_at(directory.descriptor, name) {
                Err(ENOENT) => continue,
                known => known?,
            };
            let entry = &mut directory.entry;
            entry.number = known.number;
            entry.next = directory.at as i64;
            entry.kind = if known.kind == FileKind::Directory { 4 } else { 8 };
            entry.name[..name.len()].copy_from_slice(name);
            entry.name[name.len()] = 0;
            return Ok(Some(&mut directory.entry));
        }
    }
}

#[exports]
impl<Files: FileSystem, Output: Console, Numbers: Errno, Settings: Config<Options>>
    PosixFiles<Files, Output, Numbers, Settings>
{
    /// Opens a directory to see what is in it; null if it cannot be.
    ///
    /// # Safety
    /// The path is a string.
    pub unsafe fn opendir(&self, path: *const c_char) -> *mut Directory {
        // SAFETY: the caller's.
        let opened = unsafe { bytes(path) }.and_then(|path| {
            let descriptor = self.opened(AT_FDCWD, path, O_DIRECTORY | O_CLOEXEC)?;
            self.opened_directory(descriptor).or_else(|number| self.closed(descriptor).and(Err(number)))
        });
        self.handed_over(opened)
    }

    /// The same for a directory that is open, whose descriptor is its from then on.
    pub fn fdopendir(&self, descriptor: c_int) -> *mut Directory {
        self.handed_over(self.opened_directory(descriptor))
    }

    /// The next name; null at the end, and where there is an error.
    ///
    /// # Safety
    /// `directory` is of [`opendir`](Self::opendir) and not closed; nobody else uses it.
    pub unsafe fn readdir(&self, directory: *mut Directory) -> *mut Entry {
        // SAFETY: the caller's.
        let directory = unsafe { &mut *directory };
        match self.went_on(directory) {
            Ok(Some(entry)) => entry,
            Ok(None) => ptr::null_mut(),
            Err(number) => {
                self.done(Err(number));
                ptr::null_mut()
            }
        }
    }

    /// Closes a directory and its descriptor.
    ///
    /// # Safety
    /// As [`readdir`](Self::readdir).
    pub unsafe fn closedir(&self, directory: *mut Directory) -> c_int {
        // SAFETY: by the contract it is a box that was handed over.
        let directory = unsafe { Box::from_raw(directory) };
        self.done(self.closed(directory.descriptor))
    }

    /// Begins again, with what is in the directory now.
    ///
    /// # Safety
    /// As [`readdir`](Self::readdir).
    pub unsafe fn rewinddir(&self, directory: *mut Directory) {
        // SAFETY: the caller's.
        let directory = unsafe { &mut *directory };
        directory.at = 0;
        // There is no way to tell of an error; what it was before is as good.
        if let Ok(names) = self.listed(directory.descriptor) {
            directory.names = names;
        }
    }

    /// Where the next name is.
    ///
    /// # Safety
    /// As [`readdir`](Self::readdir).
    pub unsafe fn telldir(&self, directory: *mut Directory) -> c_long {
        // SAFETY: the caller's.
        unsafe { (*directory).at as c_long }
    }

    /// Goes on from a place that [`telldir`](Self::telldir) told since the directory was opened or rewound.
    ///
    /// # Safety
    /// As [`readdir`](Self::readdir).
    pub unsafe fn seekdir(&self, directory: *mut Directory, at: c_long) {
        // SAFETY: the caller's.
        unsafe { (*directory).at = at as usize };
    }

    /// The descriptor of a directory.
    ///
    /// # Safety
    /// As [`readdir`](Self::readdir).
    pub unsafe fn dirfd(&self, directory: *mut Directory) -> c_int {
        // SAFETY: the caller's.
        unsafe { (*directory).descriptor }
    }
}

impl<Files: FileSystem, Output: Console, Numbers: Errno, Settings: Config<Options>>
    PosixFiles<Files, Output, Numbers, Settings>
{
    fn handed_over(&self, opened: Result<Box<Directory>>) -> *mut Directory {
        match opened {
            Ok(directory) => Box::into_raw(directory),
            Err(number) => {
                self.done(Err(number));
                ptr::null_mut()
            }
        }
    }
}
