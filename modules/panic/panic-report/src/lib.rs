//! What the panic handlers have in common: the text of a report.
#![no_std]
#![forbid(unsafe_code)]

use core::fmt::{self, Display, Write};
use core::panic::Location;
use oscomp_abi::{Decimal, Plain};
use oscomp_interfaces::heap::last_refusal;

/// Writes `panic: ` and the message, the place, and what the heap refused if it ever did.
///
/// # Errors
/// Those of `out`.
pub fn report(out: &mut impl Write, message: impl Display, location: Option<&Location<'_>>) -> fmt::Result {
    writeln!(out, "panic: {message}")?;
    if let Some(place) = location {
        let (file, line, column) = (place.file(), place.line().into(), place.column().into());
        writeln!(out, "  at {}:{}:{}", Plain(file), Decimal(line), Decimal(column))?;
    }
    if let Some(refusal) = last_refusal() {
        let number = |value: usize| Decimal(value as u64);
        writeln!(
            out,
            "  the heap refused {} bytes aligned to {}: {} of {} bytes are in use",
            number(refusal.size),
            number(refusal.align),
            number(refusal.usage.used),
            number(refusal.usage.total)
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
