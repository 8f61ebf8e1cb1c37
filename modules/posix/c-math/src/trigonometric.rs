//! Angles, and the hyperbola.

use crate::{CMath, native};
use oscomp_macros::exports;

#[exports]
impl CMath {
    /// The sine of an angle in radians.
    pub fn sin(&self, angle: f64) -> f64 {
        libm::sin(angle)
    }

    /// The same of a `float`.
    pub fn sinf(&self, angle: f32) -> f32 {
        libm::sinf(angle)
    }

    /// The cosine of an angle in radians.
    pub fn cos(&self, angle: f64) -> f64 {
        libm::cos(angle)
    }

    /// The same of a `float`.
    pub fn cosf(&self, angle: f32) -> f32 {
        libm::cosf(angle)
    }

    /// The tangent of an angle in radians.
    pub fn tan(&self, angle: f64) -> f64 {
        libm::tan(angle)
    }

    /// The same of a `float`.
    pub fn tanf(&self, angle: f32) -> f32 {
        libm::tanf(angle)
    }

    /// Sine and cosine of an angle in radians.
    ///
    /// # Safety
    /// Both results can be written.
    pub unsafe fn sincos(&self, angle: f64, sine: *mut f64, cosine: *mut f64) {
        let results = libm::sincos(angle);
        // SAFETY: as promised.
        unsafe {
            sine.write(results.0);
            cosine.write(results.1);
        }
    }

    /// The same of a `float`.
    ///
    /// # Safety
    /// Both results can be written.
    pub unsafe fn sincosf(&self, angle: f32, sine: *mut f32, cosine: *mut f32) {
        let results = libm::sincosf(angle);
        // SAFETY: as promised.
        unsafe {
            sine.write(results.0);
            cosine.write(results.1);
        }
    }

    /// The angle of a sine.
    pub fn asin(&self, number: f64) -> f64 {
        libm::asin(number)
    }

    /// The same of a `float`.
    pub fn asinf(&self, number: f32) -> f32 {
        libm::asinf(number)
    }

    /// The angle of a cosine.
    pub fn acos(&self, number: f64) -> f64 {
        libm::acos(number)
    }

    /// The same of a `float`.
    pub fn acosf(&self, number: f32) -> f32 {
        libm::acosf(number)
    }

    /// The angle of a tangent.
    pub fn atan(&self, number: f64) -> f64 {
        libm::atan(number)
    }

    /// The same of a `float`.
    pub fn atanf(&self, number: f32) -> f32 {
        libm::atanf(number)
    }

    /// The angle of a point, by the signs of both.
    pub fn atan2(&self, y: f64, x: f64) -> f64 {
        libm::atan2(y, x)
    }

    /// The same of a `float`.
    pub fn atan2f(&self, y: f32, x: f32) -> f32 {
        libm::atan2f(y, x)
    }

    /// The hyperbolic sine.
    pub fn sinh(&self, number: f64) -> f64 {
        libm::sinh(number)
    }

    /// The same of a `float`.
    pub fn sinhf(&self, number: f32) -> f32 {
        libm::sinhf(number)
    }

    /// The hyperbolic cosine.
    pub fn cosh(&self, number: f64) -> f64 {
        libm::cosh(number)
    }

    /// The same of a `float`.
    pub fn coshf(&self, number: f32) -> f32 {
        libm::coshf(number)
    }

    /// The hyperbolic tangent.
    pub fn tanh(&self, number: f64) -> f64 {
        libm::tanh(number)
    }

    /// The same of a `float`.
    pub fn tanhf(&self, number: f32) -> f32 {
        libm::tanhf(number)
    }

    /// The inverse of the hyperbolic sine.
    pub fn asinh(&self, number: f64) -> f64 {
        libm::asinh(number)
    }

    /// The same of a `float`.
    pub fn asinhf(&self, number: f32) -> f32 {
        libm::asinhf(number)
    }

    /// The inverse of the hyperbolic cosine.
    pub fn acosh(&self, number: f64) -> f64 {
        if number < 1.0 {
            // There is none. The crate would have a result for some of these.
            return native::sqrt(number - 1.0);
        }
        libm::acosh(number)
    }

    /// The same of a `float`.
    pub fn acoshf(&self, number: f32) -> f32 {
        if number < 1.0 {
            // There is none. The crate would have a result for some of these.
            return native::sqrtf(number - 1.0);
        }
        libm::acoshf(number)
    }

    /// The inverse of the hyperbolic tangent.
    pub fn atanh(&self, number: f64) -> f64 {
        libm::atanh(number)
    }

    /// The same of a `float`.
    pub fn atanhf(&self, number: f32) -> f32 {
        libm::atanhf(number)
    }
}
