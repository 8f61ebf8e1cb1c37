//! C's strings and characters (ISO C, sections 7.4, 7.11 and 7.26; POSIX.1-2024, `<string.h>` and `<strings.h>`; what
//! GNU and BSD add). The locale is "C".
//!
//! Copying, setting and comparing memory (`memcpy`, `memmove`, `memset`, `memcmp`, `bcmp`) is in every image already.
#![no_std]

#[cfg(test)]
extern crate std;

mod bits;
mod class;
mod compare;
mod copy;
mod error;
mod locale;
mod memory;
mod paths;
mod search;
mod span;
#[cfg(test)]
mod tests;
mod tokens;
mod words;

use core::ptr;
use core::sync::atomic::AtomicPtr;
use oscomp_abi::StartError;
use oscomp_c_abi::c_char;
use oscomp_macros::module;

/// Strings and characters.
#[module(exports)]
pub struct CStrings {
    /// Where `strtok` goes on.
    rest: AtomicPtr<c_char>,
    /// What `strerror` said of a number that is none.
    unknown: error::Unknown,
}

impl CStrings {
    /// Nothing to prepare.
    ///
    /// # Errors
    /// None.
    pub const fn start() -> Result<Self, StartError> {
        Ok(Self { rest: AtomicPtr::new(ptr::null_mut()), unknown: error::Unknown::new() })
    }
}
