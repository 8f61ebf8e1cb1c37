//! C's numbers (ISO C, sections 7.8.2 and 7.24): read from text, divided, sorted, at random.
#![no_std]

#[cfg(test)]
extern crate std;

mod arithmetic;
mod decimal;
mod floats;
mod format;
mod hexadecimal;
mod integers;
mod random;
mod random48;
mod sort;
#[cfg(test)]
mod tests;
mod text;

use core::sync::atomic::AtomicU64;
use oscomp_abi::StartError;
use oscomp_interfaces::Errno;
use oscomp_macros::module;
use random48::Random48;

/// Numbers.
#[module(exports)]
pub struct CNumbers<
    /// Where the numbers of errors go.
    Numbers: Errno,
> {
    numbers: Numbers,
    random: AtomicU64,
    random48: Random48,
}

impl<Numbers: Errno> CNumbers<Numbers> {
    /// Random numbers begin as after `srand(1)`.
    ///
    /// # Errors
    /// None.
    pub const fn start(numbers: Numbers) -> Result<Self, StartError> {
        Ok(Self { numbers, random: AtomicU64::new(1), random48: Random48::new() })
    }
}
