//! Listens.
#![no_std]

use oscomp_abi::StartError;
use oscomp_interfaces::{App, Status};
use oscomp_macros::module;
use waves::Radio;

/// Listens.
#[module(provides(App))]
pub struct Gadget<
    /// The radio.
    Tuner: Radio<Sample = u8>,
> {
    tuner: Tuner,
}

impl<Tuner: Radio<Sample = u8>> Gadget<Tuner> {
    /// Starts.
    ///
    /// # Errors
    /// Never.
    pub fn start(tuner: Tuner) -> Result<Self, StartError> {
        Ok(Self { tuner })
    }
}

impl<Tuner: Radio<Sample = u8>> App for &Gadget<Tuner> {
    fn run(self) -> Status { let _: u8 = self.tuner.sample(); Status::SUCCESS }
}
