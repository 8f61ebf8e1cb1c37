//! Numbers rounded to whole ones.

use crate::CMath;
use crate::environment::quietly;
use oscomp_c_abi::{c_long, c_longlong};
use oscomp_macros::exports;

#[exports]
impl CMath {
    /// Rounded up.
    pub fn ceil(&self, number: f64) -> f64 {
        libm::ceil(number)
    }

    /// The same of a `float`.
    pub fn ceilf(&self, number: f32) -> f32 {
        libm::ceilf(number)
    }

    /// Rounded down.
    pub fn floor(&self, number: f64) -> f64 {
        libm::floor(number)
    }

    /// The same of a `float`.
    pub fn floorf(&self, number: f32) -> f32 {
        libm::floorf(number)
    }

    /// Rounded towards zero.
    pub fn trunc(&self, number: f64) -> f64 {
        libm::trunc(number)
    }

    /// The same of a `float`.
    pub fn truncf(&self, number: f32) -> f32 {
        libm::truncf(number)
    }

    /// Rounded to the nearest, away from zero if there are two.
    pub fn round(&self, number: f64) -> f64 {
        libm::round(number)
    }

    /// The same of a `float`.
    pub fn roundf(&self, number: f32) -> f32 {
        libm::roundf(number)
    }

    /// Rounded to the nearest, the even one if there are two.
    pub fn roundeven(&self, number: f64) -> f64 {
        libm::roundeven(number)
    }

    /// The same of a `float`.
    pub fn roundevenf(&self, number: f32) -> f32 {
        libm::roundevenf(number)
    }

    /// Rounded as numbers are, to the nearest, the even one if there are two.
    pub fn rint(&self, number: f64) -> f64 {
        libm::rint(number)
    }

    /// The same of a `float`.
    pub fn rintf(&self, number: f32) -> f32 {
        libm::rintf(number)
    }

    /// The same; it raises no exception.
    pub fn nearbyint(&self, number: f64) -> f64 {
        quietly(number, libm::roundeven)
    }

    /// The same of a `float`.
    pub fn nearbyintf(&self, number: f32) -> f32 {
        quietly(number, libm::roundevenf)
    }

    /// Rounded as by `rint`; the nearest `long` if it is out of range, 0 for a NaN.
    pub fn lrint(&self, number: f64) -> c_long {
        libm::rint(number) as c_long
    }

    /// The same of a `float`.
    pub fn lrintf(&self, number: f32) -> c_long {
        libm::rintf(number) as c_long
    }

    /// The same as a `long long`.
    pub fn llrint(&self, number: f64) -> c_longlong {
        libm::rint(number) as c_longlong
    }

    /// The same of a `float`.
    pub fn llrintf(&self, number: f32) -> c_longlong {
        libm::rintf(number) as c_longlong
    }

    /// Rounded as by `round`; the nearest `long` if it is out of range, 0 for a NaN.
    pub fn lround(&self, number: f64) -> c_long {
        libm::round(number) as c_long
    }

    /// The same of a `float`.
    pub fn lroundf(&self, number: f32) -> c_long {
        libm::roundf(number) as c_long
    }

    /// The same as a `long long`.
    pub fn llround(&self, number: f64) -> c_longlong {
        libm::round(number) as c_longlong
    }

    /// The same of a `float`.
    pub fn llroundf(&self, number: f32) -> c_longlong {
        libm::roundf(number) as c_longlong
    }
}
