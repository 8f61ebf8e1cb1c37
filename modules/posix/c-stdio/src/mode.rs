//! Modes of `fopen`.

use core::ffi::c_int;
use oscomp_c_abi::numbers::EINVAL;

const O_RDONLY: c_int = 0;
const O_WRONLY: c_int = 1;
const O_RDWR: c_int = 2;
const O_CREAT: c_int = 0o100;
const O_EXCL: c_int = 0o200;
const O_TRUNC: c_int = 0o1000;
const O_APPEND: c_int = 0o2000;
const O_CLOEXEC: c_int = 0o2_000_000;

/// What a stream is open for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    pub reads: bool,
    pub writes: bool,
}

impl Access {
    pub const READ: Self = Self { reads: true, writes: false };
    pub const WRITE: Self = Self { reads: false, writes: true };
    const BOTH: Self = Self { reads: true, writes: true };
    pub const NONE: Self = Self { reads: false, writes: false };
}

/// A mode, such as `r+b`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mode {
    pub access: Access,
    /// As `open` takes them.
    pub flags: c_int,
    /// Whether the position is at the end from the beginning.
    pub starts_at_end: bool,
}

impl Mode {
    /// # Errors
    /// `EINVAL` if it does not begin with `r`, `w` or `a`. Letters that ISO C and POSIX do not have say nothing.
    pub fn read(mode: &[u8]) -> Result<Self, c_int> {
        let (first, rest) = mode.split_first().ok_or(EINVAL)?;
        let (access, create) = match first {
            b'r' => (Access::READ, 0),
            b'w' => (Access::WRITE, O_CREAT | O_TRUNC),
            b'a' => (Access::WRITE, O_CREAT | O_APPEND),
            _ => return Err(EINVAL),
        };
        let access = if rest.contains(&b'+') { Access::BOTH } else { access };
        let direction = match access {
            Access::BOTH => O_RDWR,
            Access::WRITE => O_WRONLY,
            _ => O_RDONLY,
        };
        let flag = |letter, flag| if rest.contains(&letter) { flag } else { 0 };
        let flags = direction | create | flag(b'x', O_EXCL) | flag(b'e', O_CLOEXEC);
        Ok(Self { access, flags, starts_at_end: *first == b'a' && access == Access::WRITE })
    }
}
