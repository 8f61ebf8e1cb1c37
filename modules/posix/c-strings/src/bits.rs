//! The first bit of a number.

use crate::CStrings;
use oscomp_c_abi::{c_int, c_long, c_longlong};
use oscomp_macros::exports;

#[exports]
impl CStrings {
    /// The place of the lowest bit that is set, from 1 on; 0 if none is.
    pub fn ffs(&self, number: c_int) -> c_int {
        if number == 0 { 0 } else { number.trailing_zeros() as c_int + 1 }
    }

    /// The same of a `long`.
    pub fn ffsl(&self, number: c_long) -> c_int {
        if number == 0 { 0 } else { number.trailing_zeros() as c_int + 1 }
    }

    /// The same of a `long long`.
    pub fn ffsll(&self, number: c_longlong) -> c_int {
        if number == 0 { 0 } else { number.trailing_zeros() as c_int + 1 }
    }
}
