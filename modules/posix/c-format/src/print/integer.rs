//! Integers.

use super::c_int;
use super::directive::Flags;
use super::field::{Field, Output};

/// Digits of 64 bits in octal.
const MOST: usize = 22;

pub fn signed(
    out: &mut Output<'_>,
    flags: Flags,
    width: usize,
    precision: Option<usize>,
    value: i64,
) -> Result<(), c_int> {
    let sign = flags.sign(value < 0);
    integer(out, flags, width, precision, value.unsigned_abs(), [sign, ""], b'u')
}

pub fn unsigned(
    out: &mut Output<'_>,
    flags: Flags,
    width: usize,
    precision: Option<usize>,
    value: u64,
    conversion: u8,
) -> Result<(), c_int> {
    let base = match conversion {
        b'x' if flags.alternate && value != 0 => "0x",
        b'X' if flags.alternate && value != 0 => "0X",
        _ => "",
    };
    integer(out, flags, width, precision, value, ["", base], conversion)
}

fn integer(
    out: &mut Output<'_>,
    flags: Flags,
    width: usize,
    precision: Option<usize>,
    value: u64,
    prefix: [&str; 2],
    conversion: u8,
) -> Result<(), c_int> {
    let mut digits = [0; MOST];
    let body = match conversion {
        b'o' => write(&mut digits, value, 8, b'a'),
        b'x' => write(&mut digits, value, 16, b'a'),
        b'X' => write(&mut digits, value, 16, b'A'),
        _ => write(&mut digits, value, 10, b'a'),
    };
    let mut zeros = precision.unwrap_or(1).saturating_sub(body.len());
    if conversion == b'o' && flags.alternate && zeros == 0 {
        zeros = 1;
    }
    // A precision says how many zeros there are.
    let flags = Flags { zero: flags.zero && precision.is_none(), ..flags };
    Field { prefix, zeros, body, ..Field::default() }.write(out, flags, width)
}

/// The digits of a number, none of 0.
fn write(digits: &mut [u8; MOST], value: u64, base: u64, ten: u8) -> &[u8] {
    let mut at = MOST;
    let mut left = value;
    while left > 0 {
        let digit = (left % base) as u8;
        at -= 1;
        digits[at] = if digit < 10 { b'0' + digit } else { ten + digit - 10 };
        left /= base;
    }
    &digits[at..]
}
