//! The locale, which is always "C" (ISO C, section 7.11).

use crate::CStrings;
use core::ffi::CStr;
use core::ptr;
use oscomp_c_abi::{c_char, c_int};
use oscomp_macros::exports;

/// How numbers and amounts of money are written: C's `struct lconv`, with the members of each type as one.
#[repr(C)]
pub struct Lconv {
    texts: [*const c_char; 10],
    numbers: [c_char; 14],
}

// SAFETY: the texts are constants.
unsafe impl Sync for Lconv {}

/// The conventions of "C": a point before the fraction, and nothing else is said.
static CONVENTIONS: Lconv = {
    let mut texts = [c"".as_ptr(); 10];
    texts[0] = c".".as_ptr();
    Lconv { texts, numbers: [c_char::MAX; 14] }
};

#[exports]
impl CStrings {
    /// Sets the locale, or asks for it with null. Returns its name; null for one that is not here, and nothing changes.
    ///
    /// # Safety
    /// `locale` is a string or null.
    pub unsafe fn setlocale(&self, category: c_int, locale: *const c_char) -> *mut c_char {
        const LC_ALL: c_int = 6;
        // SAFETY: as promised.
        let is_here =
            locale.is_null() || matches!(unsafe { CStr::from_ptr(locale) }.to_bytes(), b"" | b"C" | b"POSIX");
        if is_here && (0..=LC_ALL).contains(&category) { c"C".as_ptr().cast_mut() } else { ptr::null_mut() }
    }

    /// How numbers and amounts of money are written. A program does not change it.
    pub fn localeconv(&self) -> *mut Lconv {
        (&raw const CONVENTIONS).cast_mut()
    }
}
