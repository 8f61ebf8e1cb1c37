//! `errno` for C programs of one thread; `posix-threads` has one for each.
#![no_std]
#![forbid(unsafe_code)]

use core::ffi::c_int;
use core::sync::atomic::AtomicI32;
use oscomp_abi::StartError;
use oscomp_interfaces::Errno;
use oscomp_macros::{exports, module};

/// The number of the error by which the last C function failed.
#[module(provides(Errno), exports)]
pub struct CErrno {
    errno: AtomicI32,
}

impl CErrno {
    /// No error.
    ///
    /// # Errors
    /// None.
    pub const fn start() -> Result<Self, StartError> {
        Ok(Self { errno: AtomicI32::new(0) })
    }
}

impl Errno for &'static CErrno {
    fn cell(self) -> &'static AtomicI32 {
        &self.errno
    }
}

#[exports]
impl CErrno {
    /// Where `errno` is.
    pub fn __errno_location(&self) -> *mut c_int {
        self.errno.as_ptr()
    }
}
