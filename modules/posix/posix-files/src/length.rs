//! How long files are.

use crate::flags::AT_FDCWD;
use crate::path::End;
use crate::table::Kind;
use crate::{Options, PosixFiles, Result, bytes};
use core::ffi::{c_char, c_int};
use oscomp_abi::Config;
use oscomp_c_abi::numbers::{EBADF, EFBIG, EINVAL, EISDIR, ENODEV, ESPIPE, of_file_system};
use oscomp_interfaces::{Console, Errno, FileSystem, OpenFile, OpenHow};
use oscomp_macros::exports;

impl<Files: FileSystem, Output: Console, Numbers: Errno, Settings: Config<Options>>
    PosixFiles<Files, Output, Numbers, Settings>
{
    pub(crate) fn length_of(&self, file: OpenFile) -> Result<u64> {
        self.files.stat(file).map(|known| known.length).map_err(of_file_system)
    }

    pub(crate) fn resized(&self, descriptor: c_int, length: i64) -> Result<()> {
        let length = u64::try_from(length).map_err(|_| EINVAL)?;
        let state = self.state();
        let description = state.table.get(descriptor)?;
        match description.kind {
            Kind::File(file) if description.is_writable() => {
                self.files.resize(file, length).map_err(of_file_system)
            }
            _ => Err(EINVAL),
        }
    }

    pub(crate) fn resized_at(&self, path: &[u8], length: i64) -> Result<()> {
        let length = u64::try_from(length).map_err(|_| EINVAL)?;
        let mut state = self.state();
        let (place, _) = state.resolve(self.files, AT_FDCWD, path)?;
        if place.is_unnamed() {
            return Err(EISDIR);
        }
        if place.end == End::Slash {
            return place.known(self.files).and(Err(EISDIR));
        }
        let how = OpenHow { write: true, ..OpenHow::READ };
        let file = self.files.open(place.path, how).map_err(of_file_system)?;
        let resized = self.files.resize(file, length);
        self.files.close(file);
        resized.map_err(of_file_system)
    }

    /// Makes a file at least so long.
    pub(crate) fn reserved(&self, descriptor: c_int, offset: i64, length: i64) -> Result<()> {
        let state = self.state();
        let description = state.table.get(descriptor)?;
        match description.kind {
            _ if offset < 0 || length <= 0 => Err(EINVAL),
            _ if !description.is_writable() => Err(EBADF),
            Kind::Console | Kind::Object(_) => Err(ESPIPE),
            Kind::Directory(..) => Err(ENODEV),
            Kind::File(file) => {
                let end = offset.checked_add(length).ok_or(EFBIG)?.cast_unsigned();
                if end <= self.length_of(file)? {
                    return Ok(());
                }
                self.files.resize(file, end).map_err(of_file_system)
            }
        }
    }
}

#[exports]
impl<Files: FileSystem, Output: Console, Numbers: Errno, Settings: Config<Options>>
    PosixFiles<Files, Output, Numbers, Settings>
{
    /// Makes an open file so long.
    pub fn ftruncate(&self, descriptor: c_int, length: i64) -> c_int {
        self.done(self.resized(descriptor, length))
    }

    /// Makes a file so long.
    ///
    /// # Safety
    /// The path is a string.
    pub unsafe fn truncate(&self, path: *const c_char, length: i64) -> c_int {
        // SAFETY: the caller's.
        self.done(unsafe { bytes(path) }.and_then(|path| self.resized_at(path, length)))
    }

    /// Makes a file long enough for bytes at a place; the number of an error, or 0. Whether there is space for what is
    /// written there later is the file system's affair.
    pub fn posix_fallocate(&self, descriptor: c_int, offset: i64, length: i64) -> c_int {
        self.reserved(descriptor, offset, length).map_or_else(|number| number, |()| 0)
    }

    /// Takes advice, and does nothing with it; the number of an error, or 0.
    pub fn posix_fadvise(&self, descriptor: c_int, _offset: i64, length: i64, advice: c_int) -> c_int {
        match self.state().table.get(descriptor) {
            Err(number) => number,
            Ok(description) if matches!(description.kind, Kind::Console | Kind::Object(_)) => ESPIPE,
            Ok(_) if length < 0 || !(0..=5).contains(&advice) => EINVAL,
            Ok(_) => 0,
        }
    }
}
