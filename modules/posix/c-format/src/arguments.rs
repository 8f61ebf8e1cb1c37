//! The arguments behind a format.

use crate::long_double;
use oscomp_c_abi::VaList;

/// The arguments behind a format, one after the other.
///
/// # Safety
/// What a function gives is what the caller of the C function handed over.
pub unsafe trait Arguments {
    /// The next argument, an integer; of one of less than 64 bits the lowest bits count.
    ///
    /// # Safety
    /// There is a next one, and it is an integer.
    unsafe fn integer(&mut self) -> u64;

    /// The next argument, a `double`.
    ///
    /// # Safety
    /// There is a next one, and it is a `double`.
    unsafe fn double(&mut self) -> f64;

    /// The next argument, a `long double`, as the nearest `double`.
    ///
    /// # Safety
    /// There is a next one, and it is a `long double`.
    unsafe fn long_double(&mut self) -> f64;

    /// The next argument, a pointer.
    ///
    /// # Safety
    /// There is a next one, and it is a pointer.
    unsafe fn pointer(&mut self) -> *mut u8;
}

// SAFETY: a `VaList` gives what the caller handed over.
unsafe impl Arguments for VaList {
    unsafe fn integer(&mut self) -> u64 {
        // SAFETY: the contract is the same.
        unsafe { Self::integer(self) }
    }

    unsafe fn double(&mut self) -> f64 {
        // SAFETY: the contract is the same.
        unsafe { Self::double(self) }
    }

    unsafe fn long_double(&mut self) -> f64 {
        // SAFETY: the contract is the same.
        long_double::decode(unsafe { Self::long_double(self) })
    }

    unsafe fn pointer(&mut self) -> *mut u8 {
        // SAFETY: the contract is the same.
        unsafe { Self::pointer(self) }
    }
}
