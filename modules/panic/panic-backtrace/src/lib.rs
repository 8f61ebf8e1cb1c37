//! A report of a panic that says by which way it was reached.
#![no_std]
#![forbid(unsafe_code)]

mod chain;

use chain::Chain;
use core::fmt::Display;
use core::panic::Location;
use oscomp_abi::StartError;
use oscomp_interfaces::panic::STATUS;
use oscomp_interfaces::{Backtrace, Console, PanicHandler, PowerOff, SystemPowerOff, Text};
use oscomp_macros::module;
use oscomp_panic_report::report;

/// Prints the message of a panic, its place and the chain of calls, and powers off with status 101.
#[module(provides(PanicHandler), ambient(PowerOff), memory = "24KiB")]
pub struct PanicBacktrace<
    /// Where the report goes.
    Output: Console,
    /// The chain of calls.
    Calls: Backtrace,
> {
    output: Output,
    calls: Calls,
}

impl<Output: Console, Calls: Backtrace> PanicBacktrace<Output, Calls> {
    /// Keeps both for later.
    ///
    /// # Errors
    /// None.
    pub fn start(output: Output, calls: Calls) -> Result<Self, StartError> {
        Ok(Self { output, calls })
    }
}

impl<Output: Console, Calls: Backtrace> PanicHandler for &PanicBacktrace<Output, Calls> {
    fn panicked(self, message: impl Display, location: Option<&Location<'_>>) -> ! {
        let mut out = Text(self.output);
        // A console has no errors.
        let _ = report(&mut out, message, location);
        let mut chain = Chain::new(&mut out);
        self.calls.trace(|frame| chain.write(frame));
        chain.finish();
        SystemPowerOff.power_off(STATUS)
    }
}
