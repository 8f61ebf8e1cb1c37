//! Amounts, and division with a remainder.

use crate::CNumbers;
use oscomp_c_abi::{c_int, c_long, c_longlong};
use oscomp_interfaces::Errno;
use oscomp_macros::exports;

/// A quotient, rounded towards zero, and the remainder: C's `div_t`, `ldiv_t`, `lldiv_t`, `imaxdiv_t`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Division<T> {
    /// The quotient.
    pub quot: T,
    /// The remainder.
    pub rem: T,
}

#[exports]
impl<Numbers: Errno> CNumbers<Numbers> {
    /// Without the sign, of an `int`. The least number has no such one, and stays.
    pub fn abs(&self, number: c_int) -> c_int {
        number.wrapping_abs()
    }

    /// Divides an `int`. C leaves open what a division by zero does; it panics.
    pub fn div(&self, dividend: c_int, divisor: c_int) -> Division<c_int> {
        Division { quot: dividend.wrapping_div(divisor), rem: dividend.wrapping_rem(divisor) }
    }

    /// Without the sign, of a `long`. The least number has no such one, and stays.
    pub fn labs(&self, number: c_long) -> c_long {
        number.wrapping_abs()
    }

    /// Divides a `long`. C leaves open what a division by zero does; it panics.
    pub fn ldiv(&self, dividend: c_long, divisor: c_long) -> Division<c_long> {
        Division { quot: dividend.wrapping_div(divisor), rem: dividend.wrapping_rem(divisor) }
    }

    /// Without the sign, of a `long long`. The least number has no such one, and stays.
    pub fn llabs(&self, number: c_longlong) -> c_longlong {
        number.wrapping_abs()
    }

    /// Divides a `long long`. C leaves open what a division by zero does; it panics.
    pub fn lldiv(&self, dividend: c_longlong, divisor: c_longlong) -> Division<c_longlong> {
        Division { quot: dividend.wrapping_div(divisor), rem: dividend.wrapping_rem(divisor) }
    }

    /// Without the sign, of an `intmax_t`. The least number has no such one, and stays.
    pub fn imaxabs(&self, number: c_long) -> c_long {
        number.wrapping_abs()
    }

    /// Divides an `intmax_t`. C leaves open what a division by zero does; it panics.
    pub fn imaxdiv(&self, dividend: c_long, divisor: c_long) -> Division<c_long> {
        Division { quot: dividend.wrapping_div(divisor), rem: dividend.wrapping_rem(divisor) }
    }
}
