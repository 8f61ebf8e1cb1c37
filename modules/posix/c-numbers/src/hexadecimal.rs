//! Hexadecimal floating-point numbers.

use crate::floats::{exponent, whole_and_fraction};
use crate::format::{Format, Rounded};
use crate::text::Text;

/// Reads what follows `0x`. None if there is no digit.
pub fn read(text: &mut Text, format: &Format) -> Option<Rounded> {
    let (whole, fraction) = whole_and_fraction(text, |character| character.is_ascii_hexdigit())?;
    let (mut mantissa, mut is_more) = (0_u64, false);
    let mut scale = -4 * fraction.len() as i64;
    for digit in whole.iter().chain(fraction) {
        let digit = char::from(*digit).to_digit(16).unwrap_or(0);
        if mantissa >> 60 == 0 {
            mantissa = mantissa << 4 | u64::from(digit);
        } else {
            is_more |= digit != 0;
            scale += 4;
        }
    }
    Some(format.round(mantissa, is_more, exponent(text, b'p') + scale))
}
