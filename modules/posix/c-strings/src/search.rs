//! Characters and strings looked for in strings.

use crate::memory::view;
use crate::{CStrings, words};
use core::ptr;
use memchr::memmem::Finder;
use oscomp_c_abi::{c_char, c_int};
use oscomp_macros::exports;

/// How much of a text `strstr` looks at first.
const FIRST_LOOK: usize = 256;

#[exports]
impl CStrings {
    /// The first character of that value, which may be the zero; null if there is none.
    ///
    /// # Safety
    /// It is a string.
    pub unsafe fn strchr(&self, string: *const c_char, character: c_int) -> *mut c_char {
        // SAFETY: as promised.
        unsafe {
            let found = words::find_or_end(string.cast(), character as u8);
            if *found == character as u8 { found.cast_mut().cast() } else { ptr::null_mut() }
        }
    }

    /// The first character of that value, or where the string ends.
    ///
    /// # Safety
    /// It is a string.
    pub unsafe fn strchrnul(&self, string: *const c_char, character: c_int) -> *mut c_char {
        // SAFETY: as promised.
        unsafe { words::find_or_end(string.cast(), character as u8).cast_mut().cast() }
    }

    /// The last character of that value, which may be the zero; null if there is none.
    ///
    /// # Safety
    /// It is a string.
    pub unsafe fn strrchr(&self, string: *const c_char, character: c_int) -> *mut c_char {
        // SAFETY: as promised.
        unsafe { self.memrchr(string.cast(), character, words::length(string.cast()) + 1).cast() }
    }

    /// The older name of `strchr`.
    ///
    /// # Safety
    /// It is a string.
    pub unsafe fn index(&self, string: *const c_char, character: c_int) -> *mut c_char {
        // SAFETY: as promised.
        unsafe { self.strchr(string, character) }
    }

    /// The older name of `strrchr`.
    ///
    /// # Safety
    /// It is a string.
    pub unsafe fn rindex(&self, string: *const c_char, character: c_int) -> *mut c_char {
        // SAFETY: as promised.
        unsafe { self.strrchr(string, character) }
    }

    /// The first place where `string` has `part`; null if there is none. Takes time linear in the two, and does not look
    /// far beyond that place.
    ///
    /// # Safety
    /// Both are strings.
    pub unsafe fn strstr(&self, string: *const c_char, part: *const c_char) -> *mut c_char {
        // SAFETY: as promised.
        let part = unsafe { view(part.cast(), words::length(part.cast())) };
        let finder = Finder::new(part);
        let (mut string, mut look) = (string, FIRST_LOOK.max(part.len().saturating_mul(2)));
        loop {
            // SAFETY: it begins in the string.
            let text = unsafe { view(string.cast(), words::bounded_length(string.cast(), look)) };
            if let Some(at) = finder.find(text) {
                return string.wrapping_add(at).cast_mut();
            }
            if text.len() < look {
                return ptr::null_mut();
            }
            // What is found later begins at the earliest where too little was seen.
            string = string.wrapping_add(text.len() + 1 - part.len());
            look = look.saturating_mul(2);
        }
    }

    /// The first place where `string` has `part` without regard to case; null if there is none.
    ///
    /// # Safety
    /// Both are strings.
    pub unsafe fn strcasestr(&self, string: *const c_char, part: *const c_char) -> *mut c_char {
        // SAFETY: as promised.
        let length = unsafe { words::length(part.cast()) };
        let mut at = string;
        loop {
            // SAFETY: no zero is before.
            unsafe {
                if self.strncasecmp(at, part, length) == 0 {
                    return at.cast_mut();
                }
                if *at == 0 {
                    return ptr::null_mut();
                }
            }
            at = at.wrapping_add(1);
        }
    }
}
