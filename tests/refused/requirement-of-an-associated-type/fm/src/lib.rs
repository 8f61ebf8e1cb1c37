//! A radio.
#![no_std]

use oscomp_abi::StartError;
use oscomp_macros::module;
use waves::Radio;

/// A radio.
#[module(provides(Radio))]
pub struct Fm;

impl Fm {
    /// Starts.
    ///
    /// # Errors
    /// Never.
    pub fn start() -> Result<Self, StartError> {
        Ok(Self)
    }
}

impl Radio for &Fm {
    type Sample = u16;
    fn sample(self) -> u16 { 1 }
}
