//! Numbers with a point, as `strtod` reads them. `core` reads the decimal ones.

use super::Failure;
use super::input::Item;
use crate::long_double;
use core::str::FromStr;

/// Digits that count. The middle between two neighbouring doubles has 767 at the most, so that all behind these say no
/// more than whether any is not 0.
const DIGITS: usize = 768;

/// A number without rounding.
pub struct Number {
    is_negative: bool,
    magnitude: Magnitude,
}

#[expect(clippy::large_enum_variant, reason = "it lives for a moment, and there is no heap")]
enum Magnitude {
    Infinity,
    NotANumber,
    /// Times 2^exponent.
    Hexadecimal(u128, i32),
    Decimal(Decimal),
}

impl Number {
    /// The nearest `double`.
    pub fn double(&self) -> f64 {
        let magnitude = match &self.magnitude {
            Magnitude::Infinity => f64::INFINITY,
            Magnitude::NotANumber => f64::NAN,
            Magnitude::Hexadecimal(significand, exponent) => long_double::double(*significand, *exponent),
            Magnitude::Decimal(decimal) => decimal.nearest(),
        };
        magnitude.copysign(if self.is_negative { -1.0 } else { 1.0 })
    }

    /// The nearest `float`.
    pub fn float(&self) -> f32 {
        let magnitude = match &self.magnitude {
            Magnitude::Infinity => f32::INFINITY,
            Magnitude::NotANumber => f32::NAN,
            Magnitude::Hexadecimal(significand, exponent) => long_double::float(*significand, *exponent),
            Magnitude::Decimal(decimal) => decimal.nearest(),
        };
        magnitude.copysign(if self.is_negative { -1.0 } else { 1.0 })
    }
}

pub fn read(item: &mut Item<'_, '_>) -> Result<Number, Failure> {
    let is_negative = item.take_sign();
    let magnitude = magnitude(item)?;
    Ok(Number { is_negative, magnitude })
}

fn magnitude(item: &mut Item<'_, '_>) -> Result<Magnitude, Failure> {
    if item.take_letter(b'i') {
        item.take_word(b"nf")?;
        if item.take_letter(b'i') {
            item.take_word(b"nity")?;
        }
        return Ok(Magnitude::Infinity);
    }
    if item.take_letter(b'n') {
        item.take_word(b"an")?;
        if item.take(|byte| byte == b'(').is_some() {
            while item.take(|byte| byte.is_ascii_alphanumeric() || byte == b'_').is_some() {}
            item.take(|byte| byte == b')').ok_or(Failure::Matching)?;
        }
        return Ok(Magnitude::NotANumber);
    }
    let starts_with_zero = item.take(|byte| byte == b'0').is_some();
    if starts_with_zero && item.take_letter(b'x') {
        return hexadecimal(item);
    }
    decimal(item, starts_with_zero)
}

fn hexadecimal(item: &mut Item<'_, '_>) -> Result<Magnitude, Failure> {
    let (mut significand, mut exponent) = (0_u128, 0_i64);
    let has_digits = digits(item, 16, |digit, is_behind_point| {
        if significand >> 120 == 0 {
            significand = significand << 4 | u128::from(digit);
            exponent -= if is_behind_point { 4 } else { 0 };
        } else {
            // Of what does not fit it only matters whether there is something.
            significand |= u128::from(digit > 0);
            exponent += if is_behind_point { 0 } else { 4 };
        }
    });
    if !has_digits {
        return Err(Failure::Matching);
    }
    if item.take_letter(b'p') {
        exponent = exponent.saturating_add(power(item)?);
    }
    Ok(Magnitude::Hexadecimal(significand, exponent.clamp(-100_000, 100_000) as i32))
}

fn decimal(item: &mut Item<'_, '_>, starts_with_zero: bool) -> Result<Magnitude, Failure> {
    let mut decimal = Decimal { digits: [0; _], length: 0, is_longer: false, exponent: 0 };
    let has_digits = digits(item, 10, |digit, is_behind_point| decimal.push(digit, is_behind_point));
    if !has_digits && !starts_with_zero {
        return Err(Failure::Matching);
    }
    if item.take_letter(b'e') {
        decimal.exponent = decimal.exponent.saturating_add(power(item)?);
    }
    Ok(Magnitude::Decimal(decimal))
}

/// Takes digits with at most one point among them; whether there were any.
fn digits(item: &mut Item<'_, '_>, base: u32, mut push: impl FnMut(u8, bool)) -> bool {
    let (mut has_digits, mut is_behind_point) = (false, false);
    loop {
        if let Some(digit) = item.take_digit(base) {
            has_digits = true;
            push(digit, is_behind_point);
        } else if !is_behind_point && item.take(|byte| byte == b'.').is_some() {
            is_behind_point = true;
        } else {
            return has_digits;
        }
    }
}

/// The number behind the letter of an exponent.
fn power(item: &mut Item<'_, '_>) -> Result<i64, Failure> {
    let is_negative = item.take_sign();
    let mut power = i64::from(item.take_digit(10).ok_or(Failure::Matching)?);
    while let Some(digit) = item.take_digit(10) {
        power = power.saturating_mul(10).saturating_add(i64::from(digit));
    }
    Ok(if is_negative { -power } else { power })
}

/// Digits, the first of which is not 0, times 10^exponent.
struct Decimal {
    digits: [u8; DIGITS],
    length: usize,
    /// Whether a digit that is not 0 was left out behind them.
    is_longer: bool,
    exponent: i64,
}

impl Decimal {
    fn push(&mut self, digit: u8, is_behind_point: bool) {
        if self.length < DIGITS {
            if self.length > 0 || digit > 0 {
                self.digits[self.length] = b'0' + digit;
                self.length += 1;
            }
            self.exponent -= i64::from(is_behind_point);
        } else {
            self.is_longer |= digit > 0;
            self.exponent += i64::from(!is_behind_point);
        }
    }

    /// What `core` reads it as; 0 if there are no digits.
    fn nearest<T: FromStr + Default>(&self) -> T {
        if self.length == 0 {
            return T::default();
        }
        const EXPONENT: usize = "1e-99999".len();
        let mut text = [0; DIGITS + EXPONENT];
        let (digits, rest) = text.split_at_mut(self.length);
        digits.copy_from_slice(&self.digits[..self.length]);
        let mut exponent = self.exponent.clamp(-50_000, 50_000);
        rest[0] = b'0' + u8::from(self.is_longer);
        exponent -= 1;
        rest[1] = b'e';
        rest[2] = if exponent < 0 { b'-' } else { b'+' };
        let mut left = exponent.unsigned_abs();
        for byte in rest[3..8].iter_mut().rev() {
            *byte = b'0' + (left % 10) as u8;
            left /= 10;
        }
        let text = str::from_utf8(&text[..self.length + 8]).unwrap_or_default();
        text.parse().unwrap_or_default()
    }
}
