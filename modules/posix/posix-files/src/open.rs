//! Opening and closing.

use crate::flags::{
    AT_FDCWD, O_ACCMODE, O_CLOEXEC, O_CREAT, O_DIRECTORY, O_EXCL, O_NOCTTY, O_RDONLY, O_TRUNC, O_WRONLY,
};
use crate::path::{End, Place, resolve, verify_length};
use crate::table::{Description, Kind};
use crate::{Options, PosixFiles, Result, State, base, bytes};
use alloc::string::String;
use core::ffi::{c_char, c_int};
use oscomp_abi::Config;
use oscomp_c_abi::VaList;
use oscomp_c_abi::numbers::{EBADF, EEXIST, EINVAL, EISDIR, ENOTDIR, of_file_system};
use oscomp_interfaces::{Console, Errno, FileKind, FileSystem, OpenHow};
use oscomp_macros::exports;

/// What `F_GETFL` does not tell.
const FORGOTTEN: c_int = O_CREAT | O_EXCL | O_TRUNC | O_CLOEXEC | O_NOCTTY;

impl<Files: FileSystem, Output: Console, Numbers: Errno, Settings: Config<Options>>
    PosixFiles<Files, Output, Numbers, Settings>
{
    pub(crate) fn opened(&self, directory: c_int, path: &[u8], flags: c_int) -> Result<c_int> {
        let create = flags & O_CREAT != 0;
        if flags & O_ACCMODE == O_ACCMODE || create && flags & O_DIRECTORY != 0 {
            return Err(EINVAL);
        }
        verify_length(path)?;
        let mut state = self.state();
        let State { table, current, first, .. } = &mut *state;
        let descriptor = table.lowest(0)?;
        let place = resolve(self.files, || base(table, current.as_deref(), directory), path, first)?;
        if place.end != End::Name {
            self.verify_end(&place, flags)?;
        }
        if flags & O_DIRECTORY != 0 && place.known(self.files)?.kind != FileKind::Directory {
            return Err(ENOTDIR);
        }
        let truncate = flags & O_TRUNC != 0;
        let write = flags & O_ACCMODE != O_RDONLY || truncate;
        let how = OpenHow { write, create, exclusive: create && flags & O_EXCL != 0, truncate };
        let file = self.files.open(place.path, how).map_err(of_file_system)?;
        let kind = if write || create {
            // No directory can be opened so.
            Kind::File(file)
        } else {
            match self.files.stat(file) {
                Ok(known) if known.kind == FileKind::File => Kind::File(file),
                Ok(_) => Kind::Directory(file, Some(String::from(place.path))),
                Err(error) => {
                    self.files.close(file);
                    return Err(of_file_system(error));
                }
            }
        };
        let description = Description::new(kind, flags & !FORGOTTEN);
        if let Err((number, description)) = table.insert(descriptor, description) {
            self.close_description(Some(description));
            return Err(number);
        }
        let descriptor = descriptor as c_int;
        if flags & O_CLOEXEC != 0 {
            table.set_closed_by_exec(descriptor, true)?;
        }
        Ok(descriptor)
    }

    /// What cannot be opened because of how its path ends.
    fn verify_end(&self, place: &Place<'_>, flags: c_int) -> Result<()> {
        if flags & O_CREAT != 0 {
            if !place.is_unnamed() {
                place.verify_parent(self.files)?;
            } else if flags & O_EXCL != 0 {
                return Err(EEXIST);
            }
            return Err(EISDIR);
        }
        place.known(self.files).map(drop)
    }

    pub(crate) fn closed(&self, descriptor: c_int) -> Result<()> {
        let description = self.state().table.remove(descriptor)?;
        self.close_description(description);
        Ok(())
    }

    /// Has `with` share the description of a descriptor.
    fn duplicated(&self, descriptor: c_int, with: c_int, flags: c_int) -> Result<c_int> {
        let mut state = self.state();
        let table = &mut state.table;
        table.get(descriptor)?;
        let index = usize::try_from(with).ok().filter(|index| *index < table.limit()).ok_or(EBADF)?;
        if descriptor == with {
            return Ok(with);
        }
        let closed = table.remove(with).ok().flatten();
        let shared = table.share(descriptor, index);
        let shared = shared.and_then(|()| table.set_closed_by_exec(with, flags & O_CLOEXEC != 0));
        drop(state);
        self.close_description(closed);
        shared.map(|()| with)
    }

    /// Has the lowest free descriptor from `least` on share the description of a descriptor.
    pub(crate) fn duplicated_from(&self, descriptor: c_int, least: usize, flags: c_int) -> Result<c_int> {
        let mut state = self.state();
        let table = &mut state.table;
        table.get(descriptor)?;
        let index = table.lowest(least)?;
        table.share(descriptor, index)?;
        let with = index as c_int;
        table.set_closed_by_exec(with, flags & O_CLOEXEC != 0)?;
        Ok(with)
    }
}

#[exports]
impl<Files: FileSystem, Output: Console, Numbers: Errno, Settings: Config<Options>>
    PosixFiles<Files, Output, Numbers, Settings>
{
    /// Opens a file or a directory; the mode that stands behind the flags is ignored.
    ///
    /// # Safety
    /// The path is a string.
    #[variadic]
    pub unsafe fn open(&self, path: *const c_char, flags: c_int, _mode: VaList) -> c_int {
        // SAFETY: the caller's.
        self.answer(unsafe { bytes(path) }.and_then(|path| self.opened(AT_FDCWD, path, flags)))
    }

    /// Opens what is at a path relative to a directory.
    ///
    /// # Safety
    /// As [`open`](Self::open).
    #[variadic]
    pub unsafe fn openat(&self, directory: c_int, path: *const c_char, flags: c_int, _mode: VaList) -> c_int {
        // SAFETY: the caller's.
        self.answer(unsafe { bytes(path) }.and_then(|path| self.opened(directory, path, flags)))
    }

    /// Makes a file, or empties it, and opens it to be written.
    ///
    /// # Safety
    /// The path is a string.
    pub unsafe fn creat(&self, path: *const c_char, _mode: u32) -> c_int {
        let flags = O_CREAT | O_WRONLY | O_TRUNC;
        // SAFETY: the caller's.
        self.answer(unsafe { bytes(path) }.and_then(|path| self.opened(AT_FDCWD, path, flags)))
    }

    /// Closes a descriptor.
    pub fn close(&self, descriptor: c_int) -> c_int {
        self.done(self.closed(descriptor))
    }

    /// Makes the lowest free descriptor another one of the same description.
    pub fn dup(&self, descriptor: c_int) -> c_int {
        self.answer(self.duplicated_from(descriptor, 0, 0))
    }

    /// Makes `with` another descriptor of the same description, closing what it was.
    pub fn dup2(&self, descriptor: c_int, with: c_int) -> c_int {
        self.answer(self.duplicated(descriptor, with, 0))
    }

    /// The same with `O_CLOEXEC` if asked for; both must be different.
    pub fn dup3(&self, descriptor: c_int, with: c_int, flags: c_int) -> c_int {
        let is_valid = descriptor != with && flags & !O_CLOEXEC == 0;
        self.answer(if is_valid { self.duplicated(descriptor, with, flags) } else { Err(EINVAL) })
    }
}
