//! Floating-point numbers from text.

use crate::format::{DOUBLE, Format, Rounded, SINGLE};
use crate::integers::integer;
use crate::text::Text;
use crate::{CNumbers, decimal, hexadecimal};
use oscomp_c_abi::c_char;
use oscomp_c_abi::numbers::ERANGE;
use oscomp_interfaces::{Errno, set_errno};
use oscomp_macros::exports;

#[exports]
impl<Numbers: Errno> CNumbers<Numbers> {
    /// The number at the beginning, correctly rounded; 0 if there is none.
    ///
    /// # Safety
    /// It is a string.
    pub unsafe fn atof(&self, text: *const c_char) -> f64 {
        // SAFETY: as promised.
        unsafe { self.strtod(text, core::ptr::null_mut()) }
    }

    /// The number at the beginning, decimal, hexadecimal, `inf` or `nan`, correctly rounded; 0 if there is none. Where
    /// it ends goes to `end`. Sets `errno` to `ERANGE` if the number is too great, and returns infinity; also if it is
    /// too small for all bits of the fraction, and not exact.
    ///
    /// # Safety
    /// `text` is a string; `end` is null or can be written.
    pub unsafe fn strtod(&self, text: *const c_char, end: *mut *mut c_char) -> f64 {
        // SAFETY: as promised.
        let (is_negative, bits) = unsafe { self.read_float(text, end, &DOUBLE) };
        f64::from_bits(u64::from(is_negative) << 63 | bits)
    }

    /// The same as a `float`.
    ///
    /// # Safety
    /// `text` is a string; `end` is null or can be written.
    pub unsafe fn strtof(&self, text: *const c_char, end: *mut *mut c_char) -> f32 {
        // SAFETY: as promised.
        let (is_negative, bits) = unsafe { self.read_float(text, end, &SINGLE) };
        f32::from_bits(u32::from(is_negative) << 31 | bits as u32)
    }
}

impl<Numbers: Errno> CNumbers<Numbers> {
    /// Reads a number; tells where it ends, and returns whether it is negative, and its other bits.
    ///
    /// # Safety
    /// `text` is a string; `end` is null or can be written.
    unsafe fn read_float(&self, text: *const c_char, end: *mut *mut c_char, format: &Format) -> (bool, u64) {
        // SAFETY: as promised.
        let start = unsafe { Text::new(text) };
        let mut text = start;
        let is_negative = text.take_sign();
        let number = magnitude(&mut text, format);
        // SAFETY: as promised.
        unsafe { if number.is_some() { text } else { start }.report(end) };
        let Some(number) = number else { return (false, 0) };
        if number.is_out_of_range {
            set_errno(self.numbers, ERANGE);
        }
        (is_negative, number.bits)
    }
}

/// Reads a number without a sign.
fn magnitude(text: &mut Text, format: &Format) -> Option<Rounded> {
    if text.take_word(b"inf") {
        text.take_word(b"inity");
        return Some(Rounded::exact(format.infinity()));
    }
    if text.take_word(b"nan") {
        let payload = payload(text);
        let quiet = format.quiet_nan();
        let bits = quiet | payload.unwrap_or(u64::MAX) & (quiet - format.infinity() - 1);
        return Some(Rounded { bits, is_out_of_range: payload.is_none() });
    }
    let mut behind = *text;
    if behind.take_word(b"0x")
        && let Some(number) = hexadecimal::read(&mut behind, format)
    {
        *text = behind;
        return Some(number);
    }
    decimal::read(text, format)
}

/// What is in parentheses behind `nan`: a number, which goes into the fraction as in GNU's C library, or a word, which
/// does not. None if the number is not below 2^64.
fn payload(text: &mut Text) -> Option<u64> {
    let mut behind = *text;
    if !behind.take(|character| character == b'(') {
        return Some(0);
    }
    let mut number = behind;
    behind.take_all(|character| character.is_ascii_alphanumeric() || character == b'_');
    if !behind.take(|character| character == b')') {
        return Some(0);
    }
    *text = behind;
    match integer(&mut number, 0) {
        Some(payload) if number.peek() == b')' => payload.magnitude,
        _ => Some(0),
    }
}

/// Goes behind digits, with a point before, among or behind them; returns those before and behind the point. None if
/// there is no digit.
pub fn whole_and_fraction<'a>(
    text: &mut Text,
    is_digit: impl Fn(u8) -> bool,
) -> Option<(&'a [u8], &'a [u8])> {
    let mut at = *text;
    let whole = at.take_all(&is_digit);
    let fraction = if at.take(|character| character == b'.') { at.take_all(&is_digit) } else { &[] };
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    *text = at;
    Some((whole, fraction))
}

/// An exponent that no number of digits makes up for.
const FAR: i64 = 1 << 50;

/// Goes behind a letter, a sign and digits if these are here; returns what they say, at most
/// [`FAR`]; 0 if they are not.
pub fn exponent(text: &mut Text, letter: u8) -> i64 {
    let mut at = *text;
    if !at.take(|character| character.eq_ignore_ascii_case(&letter)) {
        return 0;
    }
    let is_negative = at.peek() == b'-';
    at.take(|character| matches!(character, b'+' | b'-'));
    let digits = at.take_all(|character| character.is_ascii_digit());
    if digits.is_empty() {
        return 0;
    }
    *text = at;
    let add = |sum: i64, digit: &u8| (sum * 10 + i64::from(digit - b'0')).min(FAR);
    let exponent = digits.iter().fold(0, add);
    if is_negative { -exponent } else { exponent }
}
