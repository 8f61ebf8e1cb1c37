//! Powers and roots.

use crate::{CMath, native};
use oscomp_macros::exports;

#[exports]
impl CMath {
    /// A power.
    pub fn pow(&self, base: f64, exponent: f64) -> f64 {
        let power = libm::pow(base, exponent);
        self.overflow(power.is_infinite() && base.is_finite() && exponent.is_finite() && base != 0.0);
        power
    }

    /// The same of a `float`.
    pub fn powf(&self, base: f32, exponent: f32) -> f32 {
        let power = libm::powf(base, exponent);
        self.overflow(power.is_infinite() && base.is_finite() && exponent.is_finite() && base != 0.0);
        power
    }

    /// The square root.
    pub fn sqrt(&self, number: f64) -> f64 {
        native::sqrt(number)
    }

    /// The same of a `float`.
    pub fn sqrtf(&self, number: f32) -> f32 {
        native::sqrtf(number)
    }

    /// The cube root.
    pub fn cbrt(&self, number: f64) -> f64 {
        libm::cbrt(number)
    }

    /// The same of a `float`.
    pub fn cbrtf(&self, number: f32) -> f32 {
        libm::cbrtf(number)
    }

    /// The length of the diagonal, without overflow on the way.
    pub fn hypot(&self, x: f64, y: f64) -> f64 {
        libm::hypot(x, y)
    }

    /// The same of a `float`.
    pub fn hypotf(&self, x: f32, y: f32) -> f32 {
        libm::hypotf(x, y)
    }
}
