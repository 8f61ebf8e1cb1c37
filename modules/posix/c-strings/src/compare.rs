//! Strings compared. In the locale "C" text sorts by its bytes.

use crate::{CStrings, words};
use oscomp_c_abi::{c_char, c_int};
use oscomp_macros::exports;

#[exports]
impl CStrings {
    /// The order of two strings, as the sign.
    ///
    /// # Safety
    /// Both are strings.
    pub unsafe fn strcmp(&self, one: *const c_char, other: *const c_char) -> c_int {
        // SAFETY: as promised.
        unsafe { compare(one, other, usize::MAX, |byte| byte) }
    }

    /// The order of the first `length` bytes of two strings, as the sign.
    ///
    /// # Safety
    /// Both can be read up to a zero or `length` bytes.
    pub unsafe fn strncmp(&self, one: *const c_char, other: *const c_char, length: usize) -> c_int {
        // SAFETY: as promised.
        unsafe { compare(one, other, length, |byte| byte) }
    }

    /// The order of two strings without regard to case, as the sign.
    ///
    /// # Safety
    /// Both are strings.
    pub unsafe fn strcasecmp(&self, one: *const c_char, other: *const c_char) -> c_int {
        // SAFETY: as promised.
        unsafe { compare(one, other, usize::MAX, |byte| byte.to_ascii_lowercase()) }
    }

    /// The order of the first `length` bytes of two strings without regard to case, as the sign.
    ///
    /// # Safety
    /// Both can be read up to a zero or `length` bytes.
    pub unsafe fn strncasecmp(&self, one: *const c_char, other: *const c_char, length: usize) -> c_int {
        // SAFETY: as promised.
        unsafe { compare(one, other, length, |byte| byte.to_ascii_lowercase()) }
    }

    /// The order of two strings in the locale, as the sign.
    ///
    /// # Safety
    /// Both are strings.
    pub unsafe fn strcoll(&self, one: *const c_char, other: *const c_char) -> c_int {
        // SAFETY: as promised.
        unsafe { self.strcmp(one, other) }
    }

    /// Makes of a string what `strcmp` orders as `strcoll` does it; returns its length. If that is not below `room`, what
    /// is at `to` has no meaning.
    ///
    /// # Safety
    /// `from` is a string; `to` has `room`; the two do not overlap.
    pub unsafe fn strxfrm(&self, to: *mut c_char, from: *const c_char, room: usize) -> usize {
        // SAFETY: as promised.
        unsafe { self.strlcpy(to, from, room) }
    }
}

/// The difference between the first two bytes that are not the same when folded.
///
/// # Safety
/// Both can be read up to a zero or `length` bytes.
#[inline]
unsafe fn compare(one: *const c_char, other: *const c_char, length: usize, fold: impl Fn(u8) -> u8) -> c_int {
    let (one, other) = (one.cast::<u8>(), other.cast::<u8>());
    // SAFETY: as promised.
    let mut at = unsafe { words::same(one, other, length) };
    while at < length {
        // SAFETY: no byte before is a zero or different.
        let (left, right) = unsafe { (*one.add(at), *other.add(at)) };
        let (folded, other_folded) = (fold(left), fold(right));
        if folded != other_folded || left == 0 {
            return c_int::from(folded) - c_int::from(other_folded);
        }
        at += 1;
    }
    0
}
