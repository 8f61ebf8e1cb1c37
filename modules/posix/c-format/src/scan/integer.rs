//! Integers, as `strtol` and `strtoul` read them.

use super::Failure;
use super::input::Item;

/// What a conversion asks for.
#[derive(Clone, Copy, Debug)]
pub struct Base {
    /// None if the number says it itself.
    base: Option<u32>,
    is_signed: bool,
}

impl Base {
    /// Of a conversion out of `diuoxX`.
    pub const fn new(conversion: u8) -> Self {
        let base = match conversion {
            b'i' => None,
            b'o' => Some(8),
            b'd' | b'u' => Some(10),
            _ => Some(16),
        };
        Self { base, is_signed: matches!(conversion, b'd' | b'i') }
    }
}

/// The bits of a pointer as `printf` writes it.
pub fn read_pointer(item: &mut Item<'_, '_>) -> Result<u64, Failure> {
    if item.take_letter(b'(') {
        return item.take_word(b"nil)").map(|()| 0);
    }
    read(item, Base { base: Some(16), is_signed: false })
}

/// The bits of the number, of the nearest in 64 bits if it is out of range.
pub fn read(item: &mut Item<'_, '_>, Base { base, is_signed }: Base) -> Result<u64, Failure> {
    let is_negative = item.take_sign();
    let mut has_digits = false;
    let mut actual = base.unwrap_or(10);
    if matches!(base, None | Some(16)) && item.take(|byte| byte == b'0').is_some() {
        has_digits = true;
        if item.take_letter(b'x') {
            has_digits = false;
            actual = 16;
        } else if base.is_none() {
            actual = 8;
        }
    }
    let mut value = Some(0_u64);
    while let Some(digit) = item.take_digit(actual) {
        has_digits = true;
        value = value
            .and_then(|value| value.checked_mul(u64::from(actual)))
            .and_then(|value| value.checked_add(u64::from(digit)));
    }
    if !has_digits {
        return Err(Failure::Matching);
    }
    Ok(if is_signed {
        let nearest = if is_negative { i64::MIN } else { i64::MAX };
        let exact = value.and_then(|value| {
            if is_negative { 0_i64.checked_sub_unsigned(value) } else { i64::try_from(value).ok() }
        });
        exact.unwrap_or(nearest).cast_unsigned()
    } else {
        value.map_or(u64::MAX, |value| if is_negative { value.wrapping_neg() } else { value })
    })
}
