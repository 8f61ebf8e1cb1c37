//! The sign, the exponent and the fraction of a number.

use crate::CMath;
use oscomp_c_abi::{c_char, c_int, c_long};
use oscomp_macros::exports;

#[exports]
impl CMath {
    /// Without the sign.
    pub fn fabs(&self, number: f64) -> f64 {
        number.abs()
    }

    /// The same of a `float`.
    pub fn fabsf(&self, number: f32) -> f32 {
        number.abs()
    }

    /// With the sign of another.
    pub fn copysign(&self, number: f64, sign: f64) -> f64 {
        number.copysign(sign)
    }

    /// The same of a `float`.
    pub fn copysignf(&self, number: f32, sign: f32) -> f32 {
        number.copysign(sign)
    }

    /// A number from 1/2 to below 1, and the power of 2 by which it has to be multiplied.
    ///
    /// # Safety
    /// `exponent` can be written.
    pub unsafe fn frexp(&self, number: f64, exponent: *mut c_int) -> f64 {
        let results = libm::frexp(number);
        // SAFETY: as promised.
        unsafe { exponent.write(results.1) };
        results.0
    }

    /// The same of a `float`.
    ///
    /// # Safety
    /// `exponent` can be written.
    pub unsafe fn frexpf(&self, number: f32, exponent: *mut c_int) -> f32 {
        let results = libm::frexpf(number);
        // SAFETY: as promised.
        unsafe { exponent.write(results.1) };
        results.0
    }

    /// Multiplied by a power of 2.
    pub fn ldexp(&self, number: f64, exponent: c_int) -> f64 {
        libm::ldexp(number, exponent)
    }

    /// The same of a `float`.
    pub fn ldexpf(&self, number: f32, exponent: c_int) -> f32 {
        libm::ldexpf(number, exponent)
    }

    /// The same.
    pub fn scalbn(&self, number: f64, exponent: c_int) -> f64 {
        libm::scalbn(number, exponent)
    }

    /// The same of a `float`.
    pub fn scalbnf(&self, number: f32, exponent: c_int) -> f32 {
        libm::scalbnf(number, exponent)
    }

    /// The same with a `long`.
    pub fn scalbln(&self, number: f64, exponent: c_long) -> f64 {
        libm::scalbn(number, exponent.clamp(c_int::MIN.into(), c_int::MAX.into()) as c_int)
    }

    /// The same of a `float`.
    pub fn scalblnf(&self, number: f32, exponent: c_long) -> f32 {
        libm::scalbnf(number, exponent.clamp(c_int::MIN.into(), c_int::MAX.into()) as c_int)
    }

    /// The exponent; `INT_MIN` of 0 and NaN, `INT_MAX` of infinity.
    pub fn ilogb(&self, number: f64) -> c_int {
        self.domain_error(number == 0.0 || !number.is_finite());
        libm::ilogb(number)
    }

    /// The same of a `float`.
    pub fn ilogbf(&self, number: f32) -> c_int {
        self.domain_error(number == 0.0 || !number.is_finite());
        libm::ilogbf(number)
    }

    /// The exponent as such a number; negative infinity of 0.
    pub fn logb(&self, number: f64) -> f64 {
        match libm::ilogb(number) {
            _ if number == 0.0 => -1.0 / number.abs(),
            _ if !number.is_finite() => number * number,
            exponent => exponent as f64,
        }
    }

    /// The same of a `float`.
    pub fn logbf(&self, number: f32) -> f32 {
        match libm::ilogbf(number) {
            _ if number == 0.0 => -1.0 / number.abs(),
            _ if !number.is_finite() => number * number,
            exponent => exponent as f32,
        }
    }

    /// The next number in a direction.
    pub fn nextafter(&self, number: f64, towards: f64) -> f64 {
        libm::nextafter(number, towards)
    }

    /// The same of a `float`.
    pub fn nextafterf(&self, number: f32, towards: f32) -> f32 {
        libm::nextafterf(number, towards)
    }

    /// The fraction with the sign; the whole number goes to `whole`.
    ///
    /// # Safety
    /// `whole` can be written.
    pub unsafe fn modf(&self, number: f64, whole: *mut f64) -> f64 {
        let results = libm::modf(number);
        // SAFETY: as promised.
        unsafe { whole.write(results.1) };
        results.0
    }

    /// The same of a `float`.
    ///
    /// # Safety
    /// `whole` can be written.
    pub unsafe fn modff(&self, number: f32, whole: *mut f32) -> f32 {
        let results = libm::modff(number);
        // SAFETY: as promised.
        unsafe { whole.write(results.1) };
        results.0
    }

    /// No number, and quiet. What the text says is not kept.
    pub fn nan(&self, _text: *const c_char) -> f64 {
        f64::NAN
    }

    /// The same of a `float`.
    pub fn nanf(&self, _text: *const c_char) -> f32 {
        f32::NAN
    }
}
