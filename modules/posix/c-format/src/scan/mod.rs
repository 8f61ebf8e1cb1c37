//! `scanf`.

mod float;
mod input;
mod integer;
mod set;

use crate::Arguments;
use crate::length::Length;
use crate::long_double;
use core::ffi::{CStr, c_int};
use core::ptr;
use input::{Input, Item};
use integer::Base;
use set::Set;

/// What there is in place of a byte at the end, and of a count where nothing was read (`<stdio.h>`).
pub const EOF: c_int = -1;

/// Where text comes from.
pub trait Source {
    /// Takes the next byte; none at the end and after an error.
    fn next(&mut self) -> Option<u8>;

    /// Gives back the byte that was taken last. Called at most once for each.
    fn back(&mut self, byte: u8);
}

/// Reads what a format asks for to where its arguments point; how many values that were, or [`EOF`] if the source ended
/// before the first.
///
/// Conversions: `d i u o x X c s [ n p % f F e E g G a A`, with widths, `*`, and the length modifiers
/// `hh h l ll j z t L`. A number out of range becomes the nearest in 64 bits, of which narrower ones
/// get the lowest. Wide characters (`%lc`, `%ls`, `%l[`) and memory of the function's own (`m`) there are not: such a directive
/// ends the scan, as does one that says nothing.
///
/// # Safety
/// The arguments are those that the format asks for, and can be written to.
pub unsafe fn scan(source: &mut dyn Source, format: &CStr, arguments: &mut impl Arguments) -> c_int {
    let mut input = Input::new(source);
    let mut format = format.to_bytes();
    let mut assigned = 0;
    loop {
        // SAFETY: by the contract the arguments are those of the format.
        match unsafe { step(&mut input, &mut format, arguments) } {
            Ok(Step::Assigned) => assigned += 1,
            Ok(Step::Nothing) => {}
            Ok(Step::End) | Err(Failure::Matching) => return assigned,
            Err(Failure::Input) => return if assigned == 0 { EOF } else { assigned },
        }
    }
}

/// What a piece of the format came to.
enum Step {
    Assigned,
    Nothing,
    End,
}

/// Why a scan ends before the format does.
enum Failure {
    /// The source has ended.
    Input,
    /// What is there is not what the format asks for.
    Matching,
}

/// # Safety
/// The next arguments are those that the format asks for.
unsafe fn step(
    input: &mut Input<'_>,
    format: &mut &[u8],
    arguments: &mut impl Arguments,
) -> Result<Step, Failure> {
    let Some((first, rest)) = format.split_first() else { return Ok(Step::End) };
    *format = rest;
    if input::is_space(*first) {
        input.skip_space();
        return Ok(Step::Nothing);
    }
    if *first != b'%' {
        input.literal(*first)?;
        return Ok(Step::Nothing);
    }
    let (is_kept, rest) = match rest {
        [b'*', rest @ ..] => (false, rest),
        rest => (true, rest),
    };
    let (width, rest) = width(rest);
    let (length, rest) = Length::read(rest);
    let (conversion, rest) = rest.split_first().ok_or(Failure::Matching)?;
    *format = rest;
    if !matches!(*conversion, b'c' | b'[' | b'n') {
        input.skip_space();
    }
    let target = |arguments: &mut _| {
        // SAFETY: by the contract the next argument is a pointer if the directive assigns.
        if is_kept { unsafe { Arguments::pointer(arguments) } } else { ptr::null_mut() }
    };
    match *conversion {
        b'%' => {
            input.literal(b'%')?;
            return Ok(Step::Nothing);
        }
        b'n' => {
            let at = target(arguments);
            if is_kept {
                // SAFETY: by the contract it points to an integer of this width.
                unsafe { length.store(at, input.consumed() as u64) };
            }
            return Ok(Step::Nothing);
        }
        b'd' | b'i' | b'u' | b'o' | b'x' | b'X' | b'p' => {
            let mut item = Item::new(input, width)?;
            let (length, value) = match *conversion {
                b'p' => (Length::Long, integer::read_pointer(&mut item)?),
                conversion => (length, integer::read(&mut item, Base::new(conversion))?),
            };
            let at = target(arguments);
            if is_kept {
                // SAFETY: by the contract it points to an integer of this width.
                unsafe { length.store(at, value) };
            }
        }
        b'f' | b'F' | b'e' | b'E' | b'g' | b'G' | b'a' | b'A' => {
            let value = float::read(&mut Item::new(input, width)?)?;
            let at = target(arguments);
            if is_kept {
                // SAFETY: by the contract it points to a number of this width.
                unsafe {
                    match length {
                        Length::Long => at.cast::<f64>().write(value.double()),
                        Length::LongDouble => {
                            at.cast::<[u8; 16]>().write(long_double::encode(value.double()));
                        }
                        _ => at.cast::<f32>().write(value.float()),
                    }
                }
            }
        }
        b'c' | b's' | b'[' if length == Length::Long => return Err(Failure::Matching),
        b'c' => {
            let at = target(arguments);
            // SAFETY: by the contract there is room for as many bytes.
            unsafe { characters(&mut Item::new(input, width.or(Some(1)))?, at)? };
        }
        b's' => {
            let at = target(arguments);
            // SAFETY: by the contract there is room for the string.
            unsafe { string(&mut Item::new(input, width)?, |byte| !input::is_space(byte), at)? };
        }
        b'[' => {
            let (set, rest) = Set::read(format).ok_or(Failure::Matching)?;
            *format = rest;
            let at = target(arguments);
            // SAFETY: by the contract there is room for the string.
            unsafe { string(&mut Item::new(input, width)?, |byte| set.contains(byte), at)? };
        }
        _ => return Err(Failure::Matching),
    }
    Ok(if is_kept { Step::Assigned } else { Step::Nothing })
}

/// The most bytes that a directive may take; none if it does not say, or says 0.
fn width(format: &[u8]) -> (Option<usize>, &[u8]) {
    let end = format.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(format.len());
    let (digits, rest) = format.split_at(end);
    let append =
        |width: usize, digit: &u8| width.saturating_mul(10).saturating_add(usize::from(digit - b'0'));
    (Some(digits.iter().fold(0, append)).filter(|width| *width > 0), rest)
}

/// Stores as many bytes as the item may have, and there must be as many.
///
/// # Safety
/// `at` is null or has room for them.
unsafe fn characters(item: &mut Item<'_, '_>, mut at: *mut u8) -> Result<(), Failure> {
    while item.has_room() {
        let byte = item.take(|_| true).ok_or(Failure::Matching)?;
        if !at.is_null() {
            // SAFETY: the caller's.
            unsafe { at.write(byte) };
            at = at.wrapping_add(1);
        }
    }
    Ok(())
}

/// Stores bytes as long as they are of the string, at least one, and an end behind them.
///
/// # Safety
/// `at` is null or has room for them.
unsafe fn string(
    item: &mut Item<'_, '_>,
    contains: impl Fn(u8) -> bool,
    mut at: *mut u8,
) -> Result<(), Failure> {
    let mut is_empty = true;
    while let Some(byte) = item.take(&contains) {
        is_empty = false;
        if !at.is_null() {
            // SAFETY: the caller's.
            unsafe { at.write(byte) };
            at = at.wrapping_add(1);
        }
    }
    if is_empty {
        return Err(Failure::Matching);
    }
    if !at.is_null() {
        // SAFETY: the caller's.
        unsafe { at.write(0) };
    }
    Ok(())
}

#[cfg(test)]
mod tests;
