//! The shortest report of a panic that still says what happened and where.
#![no_std]
#![forbid(unsafe_code)]

use core::fmt::Display;
use core::panic::Location;
use oscomp_abi::StartError;
use oscomp_interfaces::panic::STATUS;
use oscomp_interfaces::{Console, PanicHandler, PowerOff, SystemPowerOff, Text};
use oscomp_macros::module;
use oscomp_panic_report::report;

/// Prints the message of a panic and its place, and powers off with status 101.
#[module(provides(PanicHandler), ambient(PowerOff))]
pub struct PanicMessage<
    /// Where the report goes.
    Output: Console,
> {
    output: Output,
}

impl<Output: Console> PanicMessage<Output> {
    /// Keeps the output for later.
    ///
    /// # Errors
    /// None.
    pub fn start(output: Output) -> Result<Self, StartError> {
        Ok(Self { output })
    }
}

impl<Output: Console> PanicHandler for &PanicMessage<Output> {
    fn panicked(self, message: impl Display, location: Option<&Location<'_>>) -> ! {
        // A console has no errors.
        let _ = report(&mut Text(self.output), message, location);
        SystemPowerOff.power_off(STATUS)
    }
}
