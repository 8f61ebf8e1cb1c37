//! The headers of C and of POSIX, which all modules for C programs share. What they declare other modules have.
#![no_std]
#![forbid(unsafe_code)]

use oscomp_abi::StartError;
use oscomp_macros::module;

/// The headers of C and of POSIX; nothing of it is in an image.
#[module(headers = "include")]
pub struct CBase;

impl CBase {
    /// There is nothing to start.
    ///
    /// # Errors
    /// None.
    pub const fn start() -> Result<Self, StartError> {
        Ok(Self)
    }
}
