//! Positions in files, and the two indicators.

use crate::{CStdio, File, Options, lock};
use core::ffi::{c_int, c_long};
use oscomp_abi::Config;
use oscomp_c_abi::numbers::EINVAL;
use oscomp_interfaces::{Descriptors, Errno, Whence};
use oscomp_macros::exports;

/// C's `fpos_t`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Position {
    pub(crate) at: i64,
    /// Of a conversion of multibyte characters, which always begins anew.
    pub(crate) state: i64,
}

#[exports]
impl<Files: Descriptors, Numbers: Errno, Settings: Config<Options>> CStdio<Files, Numbers, Settings> {
    /// Moves the position of a stream (ISO C, section 7.23.9.2).
    ///
    /// # Safety
    /// `file` is a stream.
    pub unsafe fn fseek(&self, file: *mut File, offset: c_long, whence: c_int) -> c_int {
        // SAFETY: the contract is the same.
        unsafe { self.fseeko(file, offset, whence) }
    }

    /// As `fseek` (POSIX.1-2024).
    ///
    /// # Safety
    /// `file` is a stream.
    pub unsafe fn fseeko(&self, file: *mut File, offset: i64, whence: c_int) -> c_int {
        let whence = match whence {
            0 => Ok(Whence::Start),
            1 => Ok(Whence::Current),
            2 => Ok(Whence::End),
            _ => Err(EINVAL),
        };
        // SAFETY: the caller's.
        let mut stream = unsafe { lock(file) };
        self.status(whence.and_then(|whence| stream.seek(self.files, offset, whence)))
    }

    /// The position of a stream (ISO C, section 7.23.9.4).
    ///
    /// # Safety
    /// `file` is a stream.
    pub unsafe fn ftell(&self, file: *mut File) -> c_long {
        // SAFETY: the contract is the same.
        unsafe { self.ftello(file) }
    }

    /// As `ftell` (POSIX.1-2024).
    ///
    /// # Safety
    /// `file` is a stream.
    pub unsafe fn ftello(&self, file: *mut File) -> i64 {
        // SAFETY: the caller's.
        self.or(unsafe { lock(file) }.position(self.files), -1)
    }

    /// Moves the position to the beginning and forgets an error (ISO C, section 7.23.9.5).
    ///
    /// # Safety
    /// `file` is a stream.
    pub unsafe fn rewind(&self, file: *mut File) {
        // SAFETY: the caller's.
        let mut stream = unsafe { lock(file) };
        self.status(stream.seek(self.files, 0, Whence::Start));
        stream.clear();
    }

    /// Notes the position of a stream (ISO C, section 7.23.9.1).
    ///
    /// # Safety
    /// `file` is a stream, and `position` can be written.
    pub unsafe fn fgetpos(&self, file: *mut File, position: *mut Position) -> c_int {
        // SAFETY: the caller's.
        let at = unsafe { lock(file) }.position(self.files);
        // SAFETY: the caller's.
        self.status(at.map(|at| unsafe { position.write(Position { at, state: 0 }) }))
    }

    /// Moves the position to where it was noted (ISO C, section 7.23.9.3).
    ///
    /// # Safety
    /// `file` is a stream, and `position` was noted.
    pub unsafe fn fsetpos(&self, file: *mut File, position: *const Position) -> c_int {
        // SAFETY: the caller's.
        let (mut stream, position) = unsafe { (lock(file), position.read()) };
        self.status(stream.seek(self.files, position.at, Whence::Start))
    }

    /// Whether the end was reached (ISO C, section 7.23.10.2).
    ///
    /// # Safety
    /// `file` is a stream.
    pub unsafe fn feof(&self, file: *mut File) -> c_int {
        // SAFETY: the caller's.
        c_int::from(unsafe { lock(file) }.is_at_end())
    }

    /// Whether there was an error (ISO C, section 7.23.10.3).
    ///
    /// # Safety
    /// `file` is a stream.
    pub unsafe fn ferror(&self, file: *mut File) -> c_int {
        // SAFETY: the caller's.
        c_int::from(unsafe { lock(file) }.has_failed())
    }

    /// Forgets the end and an error (ISO C, section 7.23.10.1).
    ///
    /// # Safety
    /// `file` is a stream.
    pub unsafe fn clearerr(&self, file: *mut File) {
        // SAFETY: the caller's.
        unsafe { lock(file) }.clear();
    }
}
