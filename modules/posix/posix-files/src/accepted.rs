//! What there is not: owners, permissions, times to be set, and links. The first three can be set without effect.

use crate::flags::{AT_FDCWD, AT_SYMLINK_NOFOLLOW};
use crate::path::Place;
use crate::{Options, PosixFiles, Result, bytes};
use core::ffi::{c_char, c_int, c_void};
use core::mem;
use oscomp_abi::Config;
use oscomp_c_abi::numbers::{EEXIST, EINVAL, ENOENT, EPERM};
use oscomp_interfaces::{Console, Errno, FileSystem};
use oscomp_macros::exports;

impl<Files: FileSystem, Output: Console, Numbers: Errno, Settings: Config<Options>>
    PosixFiles<Files, Output, Numbers, Settings>
{
    /// Verifies that something is at a path.
    ///
    /// # Safety
    /// The path is a string.
    unsafe fn accepted_at(&self, directory: c_int, path: *const c_char) -> c_int {
        // SAFETY: the caller's.
        self.done(unsafe { bytes(path) }.and_then(|path| self.known_at(directory, path)).map(drop))
    }

    /// Verifies that a descriptor is open.
    fn accepted(&self, descriptor: c_int) -> c_int {
        self.done(self.state().table.get(descriptor).map(drop))
    }

    /// Why no link can be at a path.
    fn refused(&self, path: &[u8]) -> Result<()> {
        let mut state = self.state();
        let (place, _) = state.resolve(self.files, AT_FDCWD, path)?;
        let anything = Place { end: crate::path::End::Name, ..place };
        match anything.known(self.files) {
            Ok(_) => Err(EEXIST),
            Err(ENOENT) => place.verify_parent(self.files).and(Err(EPERM)),
            Err(number) => Err(number),
        }
    }
}

#[exports]
impl<Files: FileSystem, Output: Console, Numbers: Errno, Settings: Config<Options>>
    PosixFiles<Files, Output, Numbers, Settings>
{
    /// What is taken from the permissions of new files; what it was before.
    pub fn umask(&self, mask: u32) -> u32 {
        mem::replace(&mut self.state().mask, mask & 0o777)
    }

    /// Verifies the path.
    ///
    /// # Safety
    /// The path is a string.
    pub unsafe fn chmod(&self, path: *const c_char, _mode: u32) -> c_int {
        // SAFETY: the caller's.
        unsafe { self.accepted_at(AT_FDCWD, path) }
    }

    /// Verifies the descriptor.
    pub fn fchmod(&self, descriptor: c_int, _mode: u32) -> c_int {
        self.accepted(descriptor)
    }

    /// Verifies the path.
    ///
    /// # Safety
    /// The path is a string.
    pub unsafe fn chown(&self, path: *const c_char, _user: u32, _group: u32) -> c_int {
        // SAFETY: the caller's.
        unsafe { self.accepted_at(AT_FDCWD, path) }
    }

    /// Verifies the path.
    ///
    /// # Safety
    /// The path is a string.
    pub unsafe fn lchown(&self, path: *const c_char, _user: u32, _group: u32) -> c_int {
        // SAFETY: the caller's.
        unsafe { self.accepted_at(AT_FDCWD, path) }
    }

    /// Verifies the descriptor.
    pub fn fchown(&self, descriptor: c_int, _user: u32, _group: u32) -> c_int {
        self.accepted(descriptor)
    }

    /// Verifies the path.
    ///
    /// # Safety
    /// The path is a string.
    pub unsafe fn utime(&self, path: *const c_char, _times: *const c_void) -> c_int {
        // SAFETY: the caller's.
        unsafe { self.accepted_at(AT_FDCWD, path) }
    }

    /// Verifies the path.
    ///
    /// # Safety
    /// The path is a string.
    pub unsafe fn utimes(&self, path: *const c_char, _times: *const c_void) -> c_int {
        // SAFETY: the caller's.
        unsafe { self.accepted_at(AT_FDCWD, path) }
    }

    /// Verifies the path.
    ///
    /// # Safety
    /// The path is a string.
    pub unsafe fn utimensat(
        &self,
        directory: c_int,
        path: *const c_char,
        _times: *const c_void,
        flags: c_int,
    ) -> c_int {
        if flags & !AT_SYMLINK_NOFOLLOW != 0 {
            return self.answer(Err(EINVAL));
        }
        // SAFETY: the caller's.
        unsafe { self.accepted_at(directory, path) }
    }

    /// Verifies the descriptor.
    pub fn futimens(&self, descriptor: c_int, _times: *const c_void) -> c_int {
        self.accepted(descriptor)
    }

    /// `EPERM`, as for a file system without links; or what is wrong with the paths.
    ///
    /// # Safety
    /// The paths are strings.
    pub unsafe fn link(&self, of: *const c_char, path: *const c_char) -> c_int {
        // SAFETY: the caller's.
        let known = unsafe { bytes(of) }.and_then(|of| self.known_at(AT_FDCWD, of));
        // SAFETY: the caller's.
        self.done(known.and_then(|_| unsafe { bytes(path) }).and_then(|path| self.refused(path)))
    }

    /// `EPERM`, as for a file system without links; or what is wrong with the path.
    ///
    /// # Safety
    /// The paths are strings.
    pub unsafe fn symlink(&self, _to: *const c_char, path: *const c_char) -> c_int {
        // SAFETY: the caller's.
        self.done(unsafe { bytes(path) }.and_then(|path| self.refused(path)))
    }

    /// `EINVAL`, since nothing is a link; or what is wrong with the path.
    ///
    /// # Safety
    /// The path is a string.
    pub unsafe fn readlink(&self, path: *const c_char, _into: *mut c_char, _size: usize) -> isize {
        // SAFETY: the caller's.
        let known = unsafe { bytes(path) }.and_then(|path| self.known_at(AT_FDCWD, path));
        self.answer(known.and(Err(EINVAL)))
    }
}
