//! The current directory.

use crate::flags::AT_FDCWD;
use crate::table::Kind;
use crate::{Options, PosixFiles, Result, State, bytes};
use alloc::string::String;
use core::ffi::{c_char, c_int};
use core::{ptr, slice};
use oscomp_abi::Config;
use oscomp_c_abi::numbers::{EINVAL, ENOENT, ENOTDIR, ERANGE};
use oscomp_interfaces::{Console, Errno, FileKind, FileSystem};
use oscomp_macros::exports;

impl<Files: FileSystem, Output: Console, Numbers: Errno, Settings: Config<Options>>
    PosixFiles<Files, Output, Numbers, Settings>
{
    fn went(&self, path: &[u8]) -> Result<()> {
        let mut state = self.state();
        let (place, _) = state.resolve(self.files, AT_FDCWD, path)?;
        if place.known(self.files)?.kind != FileKind::Directory {
            return Err(ENOTDIR);
        }
        state.current = Some(String::from(place.path));
        Ok(())
    }

    fn went_to(&self, descriptor: c_int) -> Result<()> {
        let mut state = self.state();
        let State { table, current, .. } = &mut *state;
        *current = match &table.get(descriptor)?.kind {
            Kind::Directory(_, path) => path.clone(),
            _ => return Err(ENOTDIR),
        };
        Ok(())
    }

    /// Writes the path of the current directory and a zero.
    pub(crate) fn told(&self, into: &mut [u8]) -> Result<()> {
        if into.is_empty() {
            return Err(EINVAL);
        }
        let state = self.state();
        let path = state.current.as_deref().ok_or(ENOENT)?.as_bytes();
        let (text, _) = into.split_at_mut_checked(path.len() + 2).ok_or(ERANGE)?;
        text[0] = b'/';
        text[1..=path.len()].copy_from_slice(path);
        text[path.len() + 1] = 0;
        Ok(())
    }
}

#[exports]
impl<Files: FileSystem, Output: Console, Numbers: Errno, Settings: Config<Options>>
    PosixFiles<Files, Output, Numbers, Settings>
{
    /// Makes a directory the current one.
    ///
    /// # Safety
    /// The path is a string.
    pub unsafe fn chdir(&self, path: *const c_char) -> c_int {
        // SAFETY: the caller's.
        self.done(unsafe { bytes(path) }.and_then(|path| self.went(path)))
    }

    /// Makes an open directory the current one.
    pub fn fchdir(&self, descriptor: c_int) -> c_int {
        self.done(self.went_to(descriptor))
    }

    /// The path of the current directory, in `buffer`; without one `EINVAL`.
    ///
    /// # Safety
    /// `buffer` is null or has room for `size` bytes.
    pub unsafe fn getcwd(&self, buffer: *mut c_char, size: usize) -> *mut c_char {
        let result = if buffer.is_null() {
            Err(EINVAL)
        } else {
            // SAFETY: the caller's; a path is never longer than what is taken of it.
            self.told(unsafe { slice::from_raw_parts_mut(buffer.cast(), size.min(1 << 16)) })
        };
        if self.done(result) == 0 { buffer } else { ptr::null_mut() }
    }
}
