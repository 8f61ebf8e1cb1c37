//! Functions of probability and physics.

use crate::CMath;
use core::sync::atomic::Ordering;
use oscomp_c_abi::c_int;
use oscomp_macros::exports;

/// Whether it is less than 0: a comparison would raise an exception for a NaN on RISC-V.
const fn is_below_zero(number: f64) -> bool {
    let bits = number.to_bits();
    (-0.0_f64).to_bits() < bits && bits <= f64::NEG_INFINITY.to_bits()
}

#[exports]
impl CMath {
    /// The error function.
    pub fn erf(&self, number: f64) -> f64 {
        libm::erf(number)
    }

    /// The same of a `float`.
    pub fn erff(&self, number: f32) -> f32 {
        libm::erff(number)
    }

    /// 1 less the error function; also exact where that is near 1.
    pub fn erfc(&self, number: f64) -> f64 {
        libm::erfc(number)
    }

    /// The same of a `float`.
    pub fn erfcf(&self, number: f32) -> f32 {
        libm::erfcf(number)
    }

    /// The gamma function.
    pub fn tgamma(&self, number: f64) -> f64 {
        self.domain_error(is_below_zero(number) && libm::floor(number) == number);
        self.pole_error(number == 0.0);
        libm::tgamma(number)
    }

    /// The same of a `float`.
    pub fn tgammaf(&self, number: f32) -> f32 {
        self.domain_error(is_below_zero(number.into()) && libm::floorf(number) == number);
        self.pole_error(number == 0.0);
        libm::tgammaf(number)
    }

    /// The logarithm of the gamma function without its sign, which is to be found at `__signgam_location`.
    pub fn lgamma(&self, number: f64) -> f64 {
        let (result, sign) = libm::lgamma_r(number);
        self.gamma_sign.store(sign, Ordering::Relaxed);
        result
    }

    /// The same of a `float`.
    pub fn lgammaf(&self, number: f32) -> f32 {
        let (result, sign) = libm::lgammaf_r(number);
        self.gamma_sign.store(sign, Ordering::Relaxed);
        result
    }

    /// The older name of `lgamma`.
    pub fn gamma(&self, number: f64) -> f64 {
        self.lgamma(number)
    }

    /// The same of a `float`.
    pub fn gammaf(&self, number: f32) -> f32 {
        self.lgammaf(number)
    }

    /// The same as `lgamma`, with the sign at `sign`.
    ///
    /// # Safety
    /// `sign` can be written.
    pub unsafe fn lgamma_r(&self, number: f64, sign: *mut c_int) -> f64 {
        let results = libm::lgamma_r(number);
        // SAFETY: as promised.
        unsafe { sign.write(results.1) };
        results.0
    }

    /// The same of a `float`.
    ///
    /// # Safety
    /// `sign` can be written.
    pub unsafe fn lgammaf_r(&self, number: f32, sign: *mut c_int) -> f32 {
        let results = libm::lgammaf_r(number);
        // SAFETY: as promised.
        unsafe { sign.write(results.1) };
        results.0
    }

    /// Where `signgam` is: the sign of the last result of `lgamma`.
    pub fn __signgam_location(&self) -> *mut c_int {
        self.gamma_sign.as_ptr()
    }

    /// The Bessel function of the first kind, of order 0.
    pub fn j0(&self, number: f64) -> f64 {
        libm::j0(number)
    }

    /// The same of a `float`.
    pub fn j0f(&self, number: f32) -> f32 {
        libm::j0f(number)
    }

    /// The same of order 1.
    pub fn j1(&self, number: f64) -> f64 {
        libm::j1(number)
    }

    /// The same of a `float`.
    pub fn j1f(&self, number: f32) -> f32 {
        libm::j1f(number)
    }

    /// The same of any order.
    pub fn jn(&self, order: c_int, number: f64) -> f64 {
        libm::jn(order, number)
    }

    /// The same of a `float`.
    pub fn jnf(&self, order: c_int, number: f32) -> f32 {
        libm::jnf(order, number)
    }

    /// The Bessel function of the second kind, of order 0.
    pub fn y0(&self, number: f64) -> f64 {
        self.domain_error(is_below_zero(number));
        self.pole_error(number == 0.0);
        libm::y0(number)
    }

    /// The same of a `float`.
    pub fn y0f(&self, number: f32) -> f32 {
        self.domain_error(is_below_zero(number.into()));
        self.pole_error(number == 0.0);
        libm::y0f(number)
    }

    /// The same of order 1.
    pub fn y1(&self, number: f64) -> f64 {
        self.domain_error(is_below_zero(number));
        self.pole_error(number == 0.0);
        libm::y1(number)
    }

    /// The same of a `float`.
    pub fn y1f(&self, number: f32) -> f32 {
        self.domain_error(is_below_zero(number.into()));
        self.pole_error(number == 0.0);
        libm::y1f(number)
    }

    /// The same of any order.
    pub fn yn(&self, order: c_int, number: f64) -> f64 {
        self.domain_error(is_below_zero(number));
        self.pole_error(number == 0.0);
        libm::yn(order, number)
    }

    /// The same of a `float`.
    pub fn ynf(&self, order: c_int, number: f32) -> f32 {
        self.domain_error(is_below_zero(number.into()));
        self.pole_error(number == 0.0);
        libm::ynf(order, number)
    }
}
