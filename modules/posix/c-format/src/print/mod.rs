//! `printf`.

mod directive;
mod field;
mod float;
mod integer;
mod text;
mod values;

use crate::Arguments;
use core::ffi::{CStr, c_int};
use directive::{Directive, Flags};
use field::Output;
use float::Style;
use oscomp_c_abi::numbers::EINVAL;
use values::Values;

/// Where text goes.
pub trait Sink {
    /// Takes bytes.
    ///
    /// # Errors
    /// The number of the error that `errno` gets.
    fn write(&mut self, bytes: &[u8]) -> Result<(), c_int>;
}

/// Writes what a format and its arguments say; how many bytes that were.
///
/// Conversions: `d i u o x X c s p n % f F e E g G a A`, with the length modifiers `hh h l ll j z t L`, all flags of ISO C
/// and those of POSIX: `'`, which changes nothing in the "C" locale, and numbered arguments, up to
/// 32. Characters of `%lc` and `%ls` are written in UTF-8.
///
/// # Errors
/// The number of the error: the sink's, `EINVAL` for a format that says nothing, `EOVERFLOW` where there are more than
/// `INT_MAX` bytes, `EILSEQ` for a wide character that is none.
///
/// # Safety
/// The arguments are those that the format asks for, and what they point to can be read, and written for `%n`.
pub unsafe fn print(
    sink: &mut dyn Sink,
    format: &CStr,
    arguments: &mut impl Arguments,
) -> Result<c_int, c_int> {
    let all = format.to_bytes();
    let mut out = Output::new(sink);
    let mut values = Values::new(arguments);
    let mut format = all;
    while !format.is_empty() {
        let plain = format.iter().position(|byte| *byte == b'%').unwrap_or(format.len());
        out.write(&format[..plain])?;
        let Some((_, directive)) = format[plain..].split_first() else { break };
        let (directive, rest) = Directive::read(directive).ok_or(EINVAL)?;
        format = rest;
        if directive.is_numbered() {
            // SAFETY: by the contract the arguments are those of the format.
            unsafe { values.number(all)? };
        }
        // SAFETY: by the contract the arguments are those of the format.
        unsafe { convert(&mut out, &directive, &mut values)? };
    }
    Ok(out.written())
}

/// # Safety
/// The next values are those that the directive asks for.
unsafe fn convert(
    out: &mut Output<'_>,
    directive: &Directive,
    values: &mut Values<'_, impl Arguments>,
) -> Result<(), c_int> {
    // SAFETY: by the contract, in the order in which ISO C has them: width, precision, value.
    let (width, precision, value) = unsafe {
        let width = values.count(directive.width)?;
        let precision = values.count(directive.precision)?;
        (width, precision, values.take(directive.value, directive.kind())?)
    };
    let mut flags = directive.flags;
    flags.left |= width.is_some_and(|width| width < 0);
    let width = width.map_or(0, |width| width.unsigned_abs() as usize);
    // A negative precision is as if there were none.
    let precision = precision.and_then(|precision| usize::try_from(precision).ok());
    let length = directive.length;
    match directive.conversion {
        b'd' | b'i' => integer::signed(out, flags, width, precision, length.signed(value.integer())),
        b'u' | b'o' | b'x' | b'X' => {
            let number = length.unsigned(value.integer());
            integer::unsigned(out, flags, width, precision, number, directive.conversion)
        }
        b'p' if value.pointer().is_null() => text::bytes(out, flags, width, b"(nil)"),
        b'p' => {
            let flags = Flags { alternate: true, ..flags };
            integer::unsigned(out, flags, width, precision, value.pointer().addr() as u64, b'x')
        }
        b'f' | b'F' | b'e' | b'E' | b'g' | b'G' | b'a' | b'A' => {
            let style = Style::new(directive.conversion);
            float::float(out, flags, width, precision, style, value.double())
        }
        b'c' => text::character(out, flags, width, length, value.integer()),
        // SAFETY: by the contract it points to a string.
        b's' => unsafe { text::string(out, flags, width, precision, length, value.pointer()) },
        b'n' => {
            // SAFETY: by the contract it points to an integer of this width.
            unsafe { length.store(value.pointer(), out.written() as u64) };
            Ok(())
        }
        _ => out.write(b"%"),
    }
}

#[cfg(test)]
mod tests;
