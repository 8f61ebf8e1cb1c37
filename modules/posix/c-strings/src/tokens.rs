//! Strings taken apart.

use crate::CStrings;
use core::ptr;
use core::sync::atomic::Ordering;
use oscomp_c_abi::c_char;
use oscomp_macros::exports;

#[exports]
impl CStrings {
    /// The next token: what is between separators. The first call hands over the string, the others null. Null if there
    /// is none left.
    ///
    /// # Safety
    /// Both are strings, the first one can be written, and is still there in the calls with null; one thread at a time
    /// does this.
    pub unsafe fn strtok(&self, string: *mut c_char, separators: *const c_char) -> *mut c_char {
        let mut rest = self.rest.load(Ordering::Relaxed);
        // SAFETY: as promised.
        let token = unsafe { self.strtok_r(string, separators, &raw mut rest) };
        self.rest.store(rest, Ordering::Relaxed);
        token
    }

    /// The same, with the rest of the string at `rest`.
    ///
    /// # Safety
    /// Both are strings, the first one can be written; `rest` can be written, and with null has what the call before put
    /// there.
    pub unsafe fn strtok_r(
        &self,
        string: *mut c_char,
        separators: *const c_char,
        rest: *mut *mut c_char,
    ) -> *mut c_char {
        // SAFETY: as promised.
        unsafe {
            let string = if string.is_null() { *rest } else { string };
            if string.is_null() {
                return ptr::null_mut();
            }
            let token = string.add(self.strspn(string, separators));
            let end = token.add(self.strcspn(token, separators));
            if token == end {
                *rest = end;
                return ptr::null_mut();
            }
            *rest = self.cut(end);
            token
        }
    }

    /// The next field, which may be empty: what is before the next separator. `string` goes on behind it, and is null
    /// behind the last one. Null if there is none left.
    ///
    /// # Safety
    /// `string` can be written, and has a string that can be written, or null; `separators` is a string.
    pub unsafe fn strsep(&self, string: *mut *mut c_char, separators: *const c_char) -> *mut c_char {
        // SAFETY: as promised.
        unsafe {
            let field = *string;
            if !field.is_null() {
                let end = field.add(self.strcspn(field, separators));
                *string = if *end == 0 { ptr::null_mut() } else { self.cut(end) };
            }
            field
        }
    }

    /// Ends a string at `end`; returns what is behind, nothing if it ended there already.
    ///
    /// # Safety
    /// `end` is in a string that can be written.
    unsafe fn cut(&self, end: *mut c_char) -> *mut c_char {
        // SAFETY: as promised.
        unsafe {
            if *end == 0 {
                return end;
            }
            *end = 0;
            end.add(1)
        }
    }
}
