//! The shortest report of a panic that still says what happened and where.
#![no_std]
#![forbid(unsafe_code)]

use core::fmt::{Display, Write};
use core::panic::Location;
use oscomp_abi::StartError;
use oscomp_interfaces::heap::last_refusal;
use oscomp_interfaces::panic::STATUS;
use oscomp_interfaces::{Console, PanicHandler, PowerOff, SystemPowerOff, Text};
use oscomp_macros::module;

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

fn report(out: &mut impl Write, message: impl Display, location: Option<&Location<'_>>) -> core::fmt::Result {
    writeln!(out, "panic: {message}")?;
    if let Some(location) = location {
        writeln!(out, "  at {location}")?;
    }
    if let Some(refusal) = last_refusal() {
        let usage = refusal.usage;
        writeln!(
            out,
            "  the heap refused {} bytes aligned to {}: {} of {} bytes are in use",
            refusal.size, refusal.align, usage.used, usage.total
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::report;
    use core::panic::Location;
    use std::format;
    use std::string::String;

    #[test]
    fn a_report_names_the_message_and_the_place() {
        let (mut out, location) = (String::new(), Location::caller());
        report(&mut out, "it broke", Some(location)).unwrap();
        assert_eq!(out, format!("panic: it broke\n  at {location}\n"));
    }

    #[test]
    fn a_place_is_not_required() {
        let mut out = String::new();
        report(&mut out, format_args!("{} apples", 3), None).unwrap();
        assert_eq!(out, "panic: 3 apples\n");
    }
}
