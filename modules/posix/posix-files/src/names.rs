//! Making, removing and moving names.

use crate::flags::{AT_FDCWD, AT_REMOVEDIR};
use crate::path::{End, follow, resolve, verify_length};
use crate::table::{Kind, Table};
use crate::{Options, PosixFiles, Result, State, base, bytes};
use alloc::string::String;
use core::ffi::{c_char, c_int};
use oscomp_abi::Config;
use oscomp_c_abi::numbers::{EBUSY, EEXIST, EINVAL, EISDIR, ENOTDIR, ENOTEMPTY, of_file_system};
use oscomp_interfaces::{Console, Errno, FileKind, FileSystem, FsError};
use oscomp_macros::exports;

/// Forgets the path of a directory that was removed.
fn forget(table: &mut Table, current: &mut Option<String>, gone: &str) {
    for path in directories(table, current) {
        path.take_if(|path| path == gone);
    }
}

/// The paths of directories that are open, and of the current one.
fn directories<'s>(
    table: &'s mut Table,
    current: &'s mut Option<String>,
) -> impl Iterator<Item = &'s mut Option<String>> {
    let open = table.descriptions_mut().filter_map(|description| match &mut description.kind {
        Kind::Directory(_, path) => Some(path),
        _ => None,
    });
    open.chain([current])
}

impl<Files: FileSystem, Output: Console, Numbers: Errno, Settings: Config<Options>>
    PosixFiles<Files, Output, Numbers, Settings>
{
    /// Marks what is open of a file that has no name any more.
    fn mark_removed(&self, table: &mut Table, number: u64) {
        for description in table.descriptions_mut() {
            if let Kind::File(file) = description.kind {
                let is_it = self.files.stat(file).is_ok_and(|known| known.number == number);
                description.is_removed |= is_it;
            }
        }
    }

    pub(crate) fn made(&self, directory: c_int, path: &[u8]) -> Result<()> {
        let mut state = self.state();
        let (place, _) = state.resolve(self.files, directory, path)?;
        if place.is_unnamed() {
            return Err(EEXIST);
        }
        self.files.create_directory(place.path).map_err(of_file_system)
    }

    pub(crate) fn removed(&self, directory: c_int, path: &[u8]) -> Result<()> {
        let mut state = self.state();
        let (place, table) = state.resolve(self.files, directory, path)?;
        if place.is_unnamed() {
            return Err(EISDIR);
        }
        let known = place.known(self.files)?;
        if known.kind == FileKind::Directory {
            return Err(EISDIR);
        }
        self.files.remove(place.path).map_err(of_file_system)?;
        self.mark_removed(table, known.number);
        Ok(())
    }

    pub(crate) fn removed_directory(&self, directory: c_int, path: &[u8]) -> Result<()> {
        verify_length(path)?;
        let mut state = self.state();
        let State { table, current, first, .. } = &mut *state;
        let place = resolve(self.files, || base(table, current.as_deref(), directory), path, first)?;
        match place.end {
            End::Dot => return Err(EINVAL),
            End::DotDot => return Err(ENOTEMPTY),
            End::Root => return Err(EBUSY),
            End::Name | End::Slash => {}
        }
        if place.known(self.files)?.kind != FileKind::Directory {
            return Err(ENOTDIR);
        }
        self.files.remove(place.path).map_err(of_file_system)?;
        forget(table, current, place.path);
        Ok(())
    }

    /// Removes a file or a directory, as `remove` does.
    pub(crate) fn removed_any(&self, path: &[u8]) -> Result<()> {
        match self.removed(AT_FDCWD, path) {
            Err(EISDIR) => self.removed_directory(AT_FDCWD, path),
            result => result,
        }
    }

    pub(crate) fn renamed(&self, from: &[u8], to: &[u8]) -> Result<()> {
        verify_length(from)?;
        verify_length(to)?;
        let files = self.files;
        let mut state = self.state();
        let State { table, current, first, second, .. } = &mut *state;
        let from = resolve(files, || base(table, current.as_deref(), AT_FDCWD), from, first)?;
        from.verify_parent(files)?;
        let to = resolve(files, || base(table, current.as_deref(), AT_FDCWD), to, second)?;
        to.verify_parent(files)?;
        if from.is_unnamed() || to.is_unnamed() {
            return Err(EBUSY);
        }
        let moved = files.metadata(from.path).map_err(of_file_system)?;
        let replaced = match files.metadata(to.path) {
            Ok(known) => Some(known),
            Err(FsError::NotFound) => None,
            Err(error) => return Err(of_file_system(error)),
        };
        let is_directory = moved.kind == FileKind::Directory;
        if !is_directory && (from.end == End::Slash || to.end == End::Slash) {
            return Err(ENOTDIR);
        }
        let is_inside =
            |path: &str, of: &str| path.strip_prefix(of).is_some_and(|rest| rest.starts_with('/'));
        if is_inside(to.path, from.path) {
            return Err(EINVAL);
        }
        if is_inside(from.path, to.path) {
            return Err(ENOTEMPTY);
        }
        if replaced.is_some_and(|replaced| replaced.number == moved.number) {
            return Ok(());
        }
        files.rename(from.path, to.path).map_err(of_file_system)?;
        if let Some(replaced) = replaced {
            self.mark_removed(table, replaced.number);
        }
        if is_directory {
            forget(table, current, to.path);
            for path in directories(table, current).flatten() {
                follow(path, from.path, to.path);
            }
        }
        Ok(())
    }
}

#[exports]
impl<Files: FileSystem, Output: Console, Numbers: Errno, Settings: Config<Options>>
    PosixFiles<Files, Output, Numbers, Settings>
{
    /// Makes a directory.
    ///
    /// # Safety
    /// The path is a string.
    pub unsafe fn mkdir(&self, path: *const c_char, _mode: u32) -> c_int {
        // SAFETY: the caller's.
        self.done(unsafe { bytes(path) }.and_then(|path| self.made(AT_FDCWD, path)))
    }

    /// Makes a directory at a path relative to another one.
    ///
    /// # Safety
    /// The path is a string.
    pub unsafe fn mkdirat(&self, directory: c_int, path: *const c_char, _mode: u32) -> c_int {
        // SAFETY: the caller's.
        self.done(unsafe { bytes(path) }.and_then(|path| self.made(directory, path)))
    }

    /// Removes a directory that is empty.
    ///
    /// # Safety
    /// The path is a string.
    pub unsafe fn rmdir(&self, path: *const c_char) -> c_int {
        // SAFETY: the caller's.
        self.done(unsafe { bytes(path) }.and_then(|path| self.removed_directory(AT_FDCWD, path)))
    }

    /// Removes a file; a directory is `EISDIR`, as Linux has it.
    ///
    /// # Safety
    /// The path is a string.
    pub unsafe fn unlink(&self, path: *const c_char) -> c_int {
        // SAFETY: the caller's.
        self.done(unsafe { bytes(path) }.and_then(|path| self.removed(AT_FDCWD, path)))
    }

    /// Removes a file, or a directory with `AT_REMOVEDIR`.
    ///
    /// # Safety
    /// The path is a string.
    pub unsafe fn unlinkat(&self, directory: c_int, path: *const c_char, flags: c_int) -> c_int {
        // SAFETY: the caller's.
        self.done(unsafe { bytes(path) }.and_then(|path| match flags {
            0 => self.removed(directory, path),
            AT_REMOVEDIR => self.removed_directory(directory, path),
            _ => Err(EINVAL),
        }))
    }
}
