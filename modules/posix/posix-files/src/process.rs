//! The process, of which there is one, and limits.

use crate::flags::AT_FDCWD;
use crate::{Options, PosixFiles, Result, bytes};
use core::ffi::{c_char, c_int, c_long};
use oscomp_abi::Config;
use oscomp_c_abi::numbers::EINVAL;
use oscomp_interfaces::{Console, Errno, FileSystem, NAME_LIMIT, PATH_LIMIT};
use oscomp_macros::exports;

/// The bytes of a page, on every architecture.
const PAGE: c_int = 4096;

/// The limits of a path, by the numbers of `<unistd.h>`.
fn limit(name: c_int) -> Result<c_long> {
    Ok(match name {
        // Links of a file.
        0 => 1,
        3 => NAME_LIMIT as c_long,
        // The zero at the end is counted.
        4 => PATH_LIMIT as c_long + 1,
        // Longer names are refused, and there are owners only for who asks.
        6 | 7 => 1,
        // Bits of a size.
        13 => 64,
        _ => return Err(EINVAL),
    })
}

#[exports]
impl<Files: FileSystem, Output: Console, Numbers: Errno, Settings: Config<Options>>
    PosixFiles<Files, Output, Numbers, Settings>
{
    /// The process.
    pub fn getpid(&self) -> c_int {
        1
    }

    /// No process made it.
    pub fn getppid(&self) -> c_int {
        0
    }

    /// The user.
    pub fn getuid(&self) -> u32 {
        0
    }

    /// The user.
    pub fn geteuid(&self) -> u32 {
        0
    }

    /// The group.
    pub fn getgid(&self) -> u32 {
        0
    }

    /// The group.
    pub fn getegid(&self) -> u32 {
        0
    }

    /// The bytes of a page.
    pub fn getpagesize(&self) -> c_int {
        PAGE
    }

    /// Limits: of descriptors, pages, processors and parts of `readv`. `EINVAL` for others.
    pub fn sysconf(&self, name: c_int) -> c_long {
        self.answer(Ok(match name {
            4 => c_long::from(Settings::OPTIONS.open),
            30 => c_long::from(PAGE),
            60 => 1024,
            83 | 84 => 1,
            _ => return self.answer(Err(EINVAL)),
        }))
    }

    /// Limits of what is at a path.
    ///
    /// # Safety
    /// The path is a string.
    pub unsafe fn pathconf(&self, path: *const c_char, name: c_int) -> c_long {
        // SAFETY: the caller's.
        let known = unsafe { bytes(path) }.and_then(|path| self.known_at(AT_FDCWD, path));
        self.answer(known.and_then(|_| limit(name)))
    }

    /// Limits of what is open.
    pub fn fpathconf(&self, descriptor: c_int, name: c_int) -> c_long {
        let open = self.state().table.get(descriptor).map(drop);
        self.answer(open.and_then(|()| limit(name)))
    }
}
