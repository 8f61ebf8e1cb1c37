//! Numbers with a point. The digits come from `core::fmt`, which has all of them and rounds a tie to the even digit.

use super::c_int;
use super::directive::Flags;
use super::field::{Field, Output};
use core::fmt::{self, Write};

/// Decimals that a `double` has at the most.
const DECIMALS: usize = 1074;
/// Digits that a `double` has at the most, from the first that is not 0 on.
const DIGITS: usize = 767;
/// In front of the point.
const WHOLE: usize = 309;

#[derive(Clone, Copy, Debug)]
pub struct Style {
    kind: Kind,
    is_upper: bool,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Fixed,
    Exponent,
    General,
    Hexadecimal,
}

impl Style {
    /// Of a conversion out of `fFeEgGaA`.
    pub const fn new(conversion: u8) -> Self {
        let kind = match conversion.to_ascii_lowercase() {
            b'f' => Kind::Fixed,
            b'e' => Kind::Exponent,
            b'g' => Kind::General,
            _ => Kind::Hexadecimal,
        };
        Self { kind, is_upper: conversion.is_ascii_uppercase() }
    }
}

pub fn float(
    out: &mut Output<'_>,
    flags: Flags,
    width: usize,
    precision: Option<usize>,
    style: Style,
    value: f64,
) -> Result<(), c_int> {
    let sign = flags.sign(value.is_sign_negative());
    let value = value.abs();
    if !value.is_finite() {
        let body: &[u8] = match (value.is_nan(), style.is_upper) {
            (true, false) => b"nan",
            (true, true) => b"NAN",
            (false, false) => b"inf",
            (false, true) => b"INF",
        };
        let flags = Flags { zero: false, ..flags };
        return Field { prefix: [sign, ""], body, ..Field::default() }.write(out, flags, width);
    }
    let mut text = Text::new();
    let mut suffix = Exponent::default();
    let mut base = "";
    let keeps_point = flags.alternate;
    let more_zeros = match style.kind {
        Kind::Fixed => fixed(&mut text, value, precision.unwrap_or(6), keeps_point),
        Kind::Exponent => exponent(&mut text, &mut suffix, value, precision.unwrap_or(6), keeps_point),
        Kind::General => general(&mut text, &mut suffix, value, precision.unwrap_or(6).max(1), keeps_point),
        Kind::Hexadecimal => {
            base = if style.is_upper { "0X" } else { "0x" };
            hexadecimal(&mut text, &mut suffix, value, precision, keeps_point)
        }
    };
    if style.is_upper {
        text.bytes.make_ascii_uppercase();
        suffix.bytes.make_ascii_uppercase();
    }
    let (body, suffix) = (text.bytes(), suffix.bytes());
    Field { prefix: [sign, base], zeros: 0, body, more_zeros, suffix }.write(out, flags, width)
}

/// Each of these writes the number up to zeros at its end; how many those are.
fn fixed(text: &mut Text, value: f64, precision: usize, keeps_point: bool) -> usize {
    let decimals = precision.min(DECIMALS);
    text.add(format_args!("{value:.decimals$}"));
    if precision == 0 && keeps_point {
        text.push(b'.');
    }
    precision - decimals
}

fn exponent(
    text: &mut Text,
    suffix: &mut Exponent,
    value: f64,
    precision: usize,
    keeps_point: bool,
) -> usize {
    let decimals = precision.min(DIGITS);
    let exponent = scientific(text, value, decimals);
    if precision == 0 && keeps_point {
        text.push(b'.');
    }
    suffix.decimal(exponent);
    precision - decimals
}

fn general(text: &mut Text, suffix: &mut Exponent, value: f64, precision: usize, keeps_zeros: bool) -> usize {
    let digits = precision.min(DIGITS + 1);
    let exponent = scientific(text, value, digits - 1);
    let is_fixed =
        (-4..0).contains(&exponent) || usize::try_from(exponent).is_ok_and(|whole| whole < precision);
    // The digits without their point, and where in them the point is.
    if digits > 1 {
        text.remove(1);
    }
    let point = if is_fixed { exponent + 1 } else { 1 };
    let leading = usize::try_from(1 - point).unwrap_or(0);
    text.insert_zeros(leading);
    let point = usize::try_from(point).unwrap_or(1).max(1);
    if !keeps_zeros {
        while text.length > point && text.bytes[text.length - 1] == b'0' {
            text.length -= 1;
        }
    }
    if keeps_zeros || text.length > point {
        text.insert(point, b'.');
    }
    if !is_fixed {
        suffix.decimal(exponent);
    }
    if keeps_zeros { precision - digits } else { 0 }
}

fn hexadecimal(
    text: &mut Text,
    suffix: &mut Exponent,
    value: f64,
    precision: Option<usize>,
    keeps_point: bool,
) -> usize {
    const FRACTION: u32 = f64::MANTISSA_DIGITS - 1;
    let bits = value.to_bits();
    let is_normal = value.is_normal();
    let exponent = match bits >> FRACTION {
        0 if bits == 0 => 0,
        0 => f64::MIN_EXP - 1,
        biased => biased as i32 - 1023,
    };
    let significand = bits & ((1 << FRACTION) - 1) | u64::from(is_normal) << FRACTION;
    // 13 digits behind the point, rounded to fewer where there are to be fewer.
    let all = FRACTION as usize / 4;
    let digits = precision.unwrap_or(all).min(all);
    let dropped = (all - digits) * 4;
    let kept = significand >> dropped;
    let rest = significand & ((1 << dropped) - 1);
    let half = 1 << dropped >> 1;
    let rounded = kept + u64::from(dropped > 0 && (rest > half || rest == half && kept & 1 == 1));
    text.add(format_args!("{:x}", rounded >> (digits * 4)));
    text.push(b'.');
    if digits > 0 {
        let fraction = rounded & ((1 << (digits * 4)) - 1);
        text.add(format_args!("{fraction:0digits$x}"));
    }
    if precision.is_none() {
        while text.bytes().last() == Some(&b'0') {
            text.length -= 1;
        }
    }
    if !keeps_point && text.bytes().last() == Some(&b'.') && precision.unwrap_or(0) == 0 {
        text.length -= 1;
    }
    suffix.binary(exponent);
    precision.map_or(0, |precision| precision - digits)
}

/// Writes `d.ddd` with as many decimals; the exponent.
fn scientific(text: &mut Text, value: f64, decimals: usize) -> i32 {
    text.add(format_args!("{value:.decimals$e}"));
    let e = text.bytes().iter().rposition(|byte| *byte == b'e').unwrap_or(0);
    let (is_negative, digits) = match &text.bytes()[e + 1..] {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    let exponent = digits.iter().fold(0, |sum, digit| sum * 10 + i32::from(digit - b'0'));
    text.length = e;
    if is_negative { -exponent } else { exponent }
}

/// Room for the longest text without zeros at its end.
struct Text {
    bytes: [u8; WHOLE + 1 + DECIMALS],
    length: usize,
}

impl Text {
    const fn new() -> Self {
        Self { bytes: [0; _], length: 0 }
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    fn add(&mut self, arguments: fmt::Arguments<'_>) {
        // There is room for all that a double can be.
        let _ = self.write_fmt(arguments);
    }

    fn push(&mut self, byte: u8) {
        self.bytes[self.length] = byte;
        self.length += 1;
    }

    fn remove(&mut self, at: usize) {
        self.bytes.copy_within(at + 1..self.length, at);
        self.length -= 1;
    }

    fn insert(&mut self, at: usize, byte: u8) {
        self.bytes.copy_within(at..self.length, at + 1);
        self.bytes[at] = byte;
        self.length += 1;
    }

    fn insert_zeros(&mut self, count: usize) {
        self.bytes.copy_within(..self.length, count);
        self.bytes[..count].fill(b'0');
        self.length += count;
    }
}

impl Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.length + text.len();
        self.bytes.get_mut(self.length..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

/// An exponent, with its letter and sign.
#[derive(Default)]
struct Exponent {
    bytes: [u8; 6],
    length: usize,
}

impl Exponent {
    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    fn decimal(&mut self, exponent: i32) {
        self.write(b'e', exponent, 2);
    }

    fn binary(&mut self, exponent: i32) {
        self.write(b'p', exponent, 1);
    }

    fn write(&mut self, letter: u8, exponent: i32, least: usize) {
        let mut left = exponent.unsigned_abs();
        let digits = 1 + [10, 100, 1000].iter().filter(|power| left >= **power).count();
        let digits = digits.max(least);
        self.bytes[0] = letter;
        self.bytes[1] = if exponent < 0 { b'-' } else { b'+' };
        for byte in self.bytes[2..2 + digits].iter_mut().rev() {
            *byte = b'0' + (left % 10) as u8;
            left /= 10;
        }
        self.length = 2 + digits;
    }
}
