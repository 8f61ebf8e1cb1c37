//! Remainders, and what is done with two or three numbers.

use crate::{CMath, native};
use oscomp_c_abi::c_int;
use oscomp_macros::exports;

#[exports]
impl CMath {
    /// The remainder of a quotient rounded towards zero.
    pub fn fmod(&self, dividend: f64, divisor: f64) -> f64 {
        libm::fmod(dividend, divisor)
    }

    /// The same of a `float`.
    pub fn fmodf(&self, dividend: f32, divisor: f32) -> f32 {
        libm::fmodf(dividend, divisor)
    }

    /// The remainder of a quotient rounded to the nearest.
    pub fn remainder(&self, dividend: f64, divisor: f64) -> f64 {
        libm::remainder(dividend, divisor)
    }

    /// The same of a `float`.
    pub fn remainderf(&self, dividend: f32, divisor: f32) -> f32 {
        libm::remainderf(dividend, divisor)
    }

    /// The older name of `remainder`.
    pub fn drem(&self, dividend: f64, divisor: f64) -> f64 {
        libm::remainder(dividend, divisor)
    }

    /// The same of a `float`.
    pub fn dremf(&self, dividend: f32, divisor: f32) -> f32 {
        libm::remainderf(dividend, divisor)
    }

    /// The same, with the sign and the lowest bits of the quotient.
    ///
    /// # Safety
    /// `quotient` can be written.
    pub unsafe fn remquo(&self, dividend: f64, divisor: f64, quotient: *mut c_int) -> f64 {
        let (remainder, bits) = libm::remquo(dividend, divisor);
        // SAFETY: as promised.
        unsafe { quotient.write(bits) };
        remainder
    }

    /// The same of a `float`.
    ///
    /// # Safety
    /// `quotient` can be written.
    pub unsafe fn remquof(&self, dividend: f32, divisor: f32, quotient: *mut c_int) -> f32 {
        let (remainder, bits) = libm::remquof(dividend, divisor);
        // SAFETY: as promised.
        unsafe { quotient.write(bits) };
        remainder
    }

    /// A product and a sum, rounded once.
    pub fn fma(&self, one: f64, other: f64, added: f64) -> f64 {
        native::fma(one, other, added)
    }

    /// The same of a `float`.
    pub fn fmaf(&self, one: f32, other: f32, added: f32) -> f32 {
        native::fmaf(one, other, added)
    }

    /// The difference if it is positive, else 0.
    pub fn fdim(&self, one: f64, other: f64) -> f64 {
        libm::fdim(one, other)
    }

    /// The same of a `float`.
    pub fn fdimf(&self, one: f32, other: f32) -> f32 {
        libm::fdimf(one, other)
    }

    /// The greater one; of a number and a NaN the number. 0 is greater than -0.
    pub fn fmax(&self, one: f64, other: f64) -> f64 {
        // The zeros are equal, and are told apart all the same.
        if other.is_nan() || one > other || one == other && one.is_sign_positive() { one } else { other }
    }

    /// The same of a `float`.
    pub fn fmaxf(&self, one: f32, other: f32) -> f32 {
        // The zeros are equal, and are told apart all the same.
        if other.is_nan() || one > other || one == other && one.is_sign_positive() { one } else { other }
    }

    /// The lesser one; of a number and a NaN the number. -0 is less than 0.
    pub fn fmin(&self, one: f64, other: f64) -> f64 {
        // The zeros are equal, and are told apart all the same.
        if other.is_nan() || one < other || one == other && one.is_sign_negative() { one } else { other }
    }

    /// The same of a `float`.
    pub fn fminf(&self, one: f32, other: f32) -> f32 {
        // The zeros are equal, and are told apart all the same.
        if other.is_nan() || one < other || one == other && one.is_sign_negative() { one } else { other }
    }
}
