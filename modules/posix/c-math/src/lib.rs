//! C's mathematics (ISO C, sections 7.6 and 7.12; POSIX.1-2024, `<math.h>` and `<fenv.h>`), by the crate `libm`.
//!
//! Numbers are rounded to the nearest, always. Errors raise exceptions and do not set `errno`. The functions that IEEE
//! 754 defines are exact; the others are some units in the last place off at the most: the tests say how many.
#![no_std]

#[cfg(test)]
extern crate std;

mod division;
mod environment;
mod exponential;
mod native;
mod parts;
mod power;
mod rounding;
mod special;
#[cfg(test)]
mod tests;
mod trigonometric;

pub use environment::Environment;

use core::sync::atomic::AtomicI32;
use oscomp_abi::StartError;
use oscomp_macros::module;

/// Mathematics.
#[module(exports)]
pub struct CMath {
    /// The sign of the last result of `lgamma`.
    gamma_sign: AtomicI32,
}

impl CMath {
    /// Nothing to prepare.
    ///
    /// # Errors
    /// None.
    pub const fn start() -> Result<Self, StartError> {
        Ok(Self { gamma_sign: AtomicI32::new(0) })
    }
}
