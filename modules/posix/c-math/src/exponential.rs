//! Exponentials and logarithms.

use crate::CMath;
use oscomp_macros::exports;

#[exports]
impl CMath {
    /// A power of e.
    pub fn exp(&self, exponent: f64) -> f64 {
        libm::exp(exponent)
    }

    /// The same of a `float`.
    pub fn expf(&self, exponent: f32) -> f32 {
        libm::expf(exponent)
    }

    /// A power of 2.
    pub fn exp2(&self, exponent: f64) -> f64 {
        libm::exp2(exponent)
    }

    /// The same of a `float`.
    pub fn exp2f(&self, exponent: f32) -> f32 {
        libm::exp2f(exponent)
    }

    /// A power of 10 (GNU).
    pub fn exp10(&self, exponent: f64) -> f64 {
        libm::pow(10.0, exponent)
    }

    /// The same of a `float`.
    pub fn exp10f(&self, exponent: f32) -> f32 {
        libm::powf(10.0, exponent)
    }

    /// The older name of `exp10`.
    pub fn pow10(&self, exponent: f64) -> f64 {
        self.exp10(exponent)
    }

    /// The same of a `float`.
    pub fn pow10f(&self, exponent: f32) -> f32 {
        self.exp10f(exponent)
    }

    /// A power of e, less 1; also exact near 0.
    pub fn expm1(&self, exponent: f64) -> f64 {
        libm::expm1(exponent)
    }

    /// The same of a `float`.
    pub fn expm1f(&self, exponent: f32) -> f32 {
        libm::expm1f(exponent)
    }

    /// The logarithm to base e.
    pub fn log(&self, number: f64) -> f64 {
        libm::log(number)
    }

    /// The same of a `float`.
    pub fn logf(&self, number: f32) -> f32 {
        libm::logf(number)
    }

    /// The logarithm to base 2.
    pub fn log2(&self, number: f64) -> f64 {
        libm::log2(number)
    }

    /// The same of a `float`.
    pub fn log2f(&self, number: f32) -> f32 {
        libm::log2f(number)
    }

    /// The logarithm to base 10.
    pub fn log10(&self, number: f64) -> f64 {
        libm::log10(number)
    }

    /// The same of a `float`.
    pub fn log10f(&self, number: f32) -> f32 {
        libm::log10f(number)
    }

    /// The logarithm to base e of a number and 1; also exact near 0.
    pub fn log1p(&self, number: f64) -> f64 {
        self.pole_error(number == -1.0);
        libm::log1p(number)
    }

    /// The same of a `float`.
    pub fn log1pf(&self, number: f32) -> f32 {
        self.pole_error(number == -1.0);
        libm::log1pf(number)
    }
}
