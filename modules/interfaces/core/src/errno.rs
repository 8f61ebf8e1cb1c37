//! The number of the error by which a C function failed.

use crate::ErrorNumber;
use core::sync::atomic::{AtomicI32, Ordering};
use oscomp_macros::interface;

/// C's `errno` (ISO C, section 7.5).
#[interface]
pub trait Errno {
    /// Where it is for the thread that asks. Nobody else changes it.
    fn cell(self) -> &'static AtomicI32;
}

/// Sets the number of the error.
pub fn set_errno(errno: impl Errno, number: i32) {
    errno.cell().store(number, Ordering::Relaxed);
}

/// The value; or `failure`, and the number of the error is set.
pub fn or_errno<T>(errno: impl Errno, result: Result<T, ErrorNumber>, failure: T) -> T {
    result.unwrap_or_else(|number| {
        set_errno(errno, number);
        failure
    })
}

/// The number of the error.
pub fn errno(errno: impl Errno) -> i32 {
    errno.cell().load(Ordering::Relaxed)
}
