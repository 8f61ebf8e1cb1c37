//! Whole numbers from text.

use crate::CNumbers;
use crate::text::Text;
use core::ffi::c_ulonglong;
use oscomp_c_abi::numbers::{EINVAL, ERANGE};
use oscomp_c_abi::{c_char, c_int, c_long, c_longlong, c_ulong};
use oscomp_interfaces::{Errno, set_errno};
use oscomp_macros::exports;

/// What a text says.
pub struct Integer {
    pub is_negative: bool,
    /// Without the sign; none if it is not below 2^64.
    pub magnitude: Option<u64>,
}

/// Goes behind a number: space, a sign, a prefix of the base, digits. None if there is no digit.
pub fn integer(text: &mut Text, base: u32) -> Option<Integer> {
    let mut at = *text;
    let is_negative = at.take_sign();
    let digit = |text: &Text, base| char::from(text.peek()).to_digit(base);
    let mut base = base;
    if matches!(base, 0 | 16) {
        let mut behind = at;
        if behind.take_word(b"0x") && digit(&behind, 16).is_some() {
            (at, base) = (behind, 16);
        } else if base == 0 {
            base = if at.peek() == b'0' { 8 } else { 10 };
        }
    }
    digit(&at, base)?;
    let mut magnitude = Some(0_u64);
    while let Some(digit) = digit(&at, base) {
        magnitude = magnitude
            .and_then(|magnitude| magnitude.checked_mul(base.into()))
            .and_then(|magnitude| magnitude.checked_add(digit.into()));
        at.advance();
    }
    *text = at;
    Some(Integer { is_negative, magnitude })
}

impl<Numbers: Errno> CNumbers<Numbers> {
    /// Reads a number; tells where it ends, and makes of it a result, or one that stands for a number out of range.
    ///
    /// # Safety
    /// `text` is a string; `end` is null or can be written.
    unsafe fn read<T: Default>(
        &self,
        text: *const c_char,
        end: *mut *mut c_char,
        base: c_int,
        convert: impl FnOnce(Integer) -> Result<T, T>,
    ) -> T {
        let base @ (0 | 2..=36) = base else {
            set_errno(self.numbers, EINVAL);
            return T::default();
        };
        // SAFETY: as promised.
        let mut text = unsafe { Text::new(text) };
        let number = integer(&mut text, base as u32);
        // SAFETY: as promised.
        unsafe { text.report(end) };
        number.map_or_else(T::default, |number| {
            convert(number).unwrap_or_else(|limit| {
                set_errno(self.numbers, ERANGE);
                limit
            })
        })
    }
}

/// With the sign, or the nearest one there is.
fn signed(number: Integer) -> Result<i64, i64> {
    let Integer { is_negative, magnitude } = number;
    let limit = if is_negative { i64::MIN } else { i64::MAX };
    match magnitude {
        Some(magnitude) if magnitude <= limit.unsigned_abs() => {
            Ok(if is_negative { magnitude.wrapping_neg() } else { magnitude } as i64)
        }
        _ => Err(limit),
    }
}

/// A negative one counts from 2^64 down.
fn unsigned(number: Integer) -> Result<u64, u64> {
    let Integer { is_negative, magnitude } = number;
    magnitude.map(|magnitude| if is_negative { magnitude.wrapping_neg() } else { magnitude }).ok_or(u64::MAX)
}

#[exports]
impl<Numbers: Errno> CNumbers<Numbers> {
    /// The number of base 10 at the beginning; 0 if there is none.
    ///
    /// # Safety
    /// It is a string.
    pub unsafe fn atoi(&self, text: *const c_char) -> c_int {
        // SAFETY: as promised.
        unsafe { self.atol(text) as c_int }
    }

    /// The same as a `long`.
    ///
    /// # Safety
    /// It is a string.
    pub unsafe fn atol(&self, text: *const c_char) -> c_long {
        // SAFETY: as promised.
        unsafe { self.strtol(text, core::ptr::null_mut(), 10) }
    }

    /// The same as a `long long`.
    ///
    /// # Safety
    /// It is a string.
    pub unsafe fn atoll(&self, text: *const c_char) -> c_longlong {
        // SAFETY: as promised.
        unsafe { self.strtoll(text, core::ptr::null_mut(), 10) }
    }

    /// The number at the beginning, of base 2 to 36, or 0 for the one that the prefix says; 0 if there is none. Where it
    /// ends goes to `end`. Sets `errno` to `ERANGE` if the number is out of range, and returns the nearest that is not;
    /// to `EINVAL` if there is no such base.
    ///
    /// # Safety
    /// `text` is a string; `end` is null or can be written.
    pub unsafe fn strtol(&self, text: *const c_char, end: *mut *mut c_char, base: c_int) -> c_long {
        // SAFETY: as promised.
        unsafe { self.read(text, end, base, signed) }
    }

    /// The same as a `long long`.
    ///
    /// # Safety
    /// `text` is a string; `end` is null or can be written.
    pub unsafe fn strtoll(&self, text: *const c_char, end: *mut *mut c_char, base: c_int) -> c_longlong {
        // SAFETY: as promised.
        unsafe { self.read(text, end, base, signed) }
    }

    /// The same as an `intmax_t`.
    ///
    /// # Safety
    /// `text` is a string; `end` is null or can be written.
    pub unsafe fn strtoimax(&self, text: *const c_char, end: *mut *mut c_char, base: c_int) -> c_long {
        // SAFETY: as promised.
        unsafe { self.read(text, end, base, signed) }
    }

    /// The number at the beginning, as `strtol` reads it; a negative one counts from 2^64 down. Sets `errno` to `ERANGE` if
    /// it is out of range, and returns the greatest.
    ///
    /// # Safety
    /// `text` is a string; `end` is null or can be written.
    pub unsafe fn strtoul(&self, text: *const c_char, end: *mut *mut c_char, base: c_int) -> c_ulong {
        // SAFETY: as promised.
        unsafe { self.read(text, end, base, unsigned) }
    }

    /// The same as an `unsigned long long`.
    ///
    /// # Safety
    /// `text` is a string; `end` is null or can be written.
    pub unsafe fn strtoull(&self, text: *const c_char, end: *mut *mut c_char, base: c_int) -> c_ulonglong {
        // SAFETY: as promised.
        unsafe { self.read(text, end, base, unsigned) }
    }

    /// The same as a `uintmax_t`.
    ///
    /// # Safety
    /// `text` is a string; `end` is null or can be written.
    pub unsafe fn strtoumax(&self, text: *const c_char, end: *mut *mut c_char, base: c_int) -> c_ulong {
        // SAFETY: as promised.
        unsafe { self.read(text, end, base, unsigned) }
    }
}
