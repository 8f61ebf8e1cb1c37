//! Addresses of the Internet as text, for C programs: `<arpa/inet.h>` (POSIX.1-2024), and `inet_aton` with it.
#![no_std]

#[cfg(test)]
extern crate std;

mod calls;
mod text;

#[cfg(test)]
mod tests;

use core::cell::UnsafeCell;
use core::ffi::c_char;
use oscomp_abi::StartError;
use oscomp_interfaces::Errno;
use oscomp_macros::module;

/// Bytes of the longest text of an address of version 4, with its zero (`INET_ADDRSTRLEN`).
const TEXT: usize = 16;

/// Addresses as text.
#[module(exports)]
pub struct PosixAddresses<
    /// Where the numbers of errors go.
    Numbers: Errno,
> {
    numbers: Numbers,
    /// What `inet_ntoa` returns.
    text: UnsafeCell<[c_char; TEXT]>,
}

// SAFETY: only `inet_ntoa` reaches into it, which POSIX does not have be called by two threads at once.
unsafe impl<Numbers: Errno> Sync for PosixAddresses<Numbers> {}

impl<Numbers: Errno> PosixAddresses<Numbers> {
    /// Takes where the numbers of errors go.
    ///
    /// # Errors
    /// None.
    pub const fn start(numbers: Numbers) -> Result<Self, StartError> {
        Ok(Self { numbers, text: UnsafeCell::new([0; TEXT]) })
    }
}
