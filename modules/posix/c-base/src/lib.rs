//! The headers of C, which all modules for C programs share, and `errno`.
#![no_std]
#![forbid(unsafe_code)]

use core::ffi::c_int;
use core::sync::atomic::AtomicI32;
use oscomp_abi::StartError;
use oscomp_interfaces::Errno;
use oscomp_macros::{exports, module};

/// The headers, and `errno` for programs of one thread.
#[module(provides(Errno), exports, headers = "include")]
pub struct CBase {
    errno: AtomicI32,
}

impl CBase {
    /// No error.
    ///
    /// # Errors
    /// None.
    pub const fn start() -> Result<Self, StartError> {
        Ok(Self { errno: AtomicI32::new(0) })
    }
}

impl Errno for &'static CBase {
    fn cell(self) -> &'static AtomicI32 {
        &self.errno
    }
}

#[exports]
impl CBase {
    /// Where `errno` is.
    pub fn __errno_location(&self) -> *mut c_int {
        self.errno.as_ptr()
    }
}
