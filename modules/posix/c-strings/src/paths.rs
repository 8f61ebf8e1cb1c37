//! Paths taken apart (POSIX.1-2024, `<libgen.h>`).

use crate::CStrings;
use oscomp_c_abi::c_char;
use oscomp_macros::exports;

const SLASH: c_char = b'/' as c_char;

#[exports]
impl CStrings {
    /// The last part of a path, without the slashes behind it, which are cut off. "/" if there is nothing else, "." of no
    /// path, which may be null.
    ///
    /// # Safety
    /// `path` is null, or a string that can be written. The result of no path must not be written.
    pub unsafe fn basename(&self, path: *mut c_char) -> *mut c_char {
        // SAFETY: as promised; all indices are within the string.
        unsafe {
            if path.is_null() || *path == 0 {
                return c".".as_ptr().cast_mut();
            }
            let mut end = self.strlen(path);
            while end > 1 && *path.add(end - 1) == SLASH {
                end -= 1;
            }
            *path.add(end) = 0;
            let mut start = end - 1;
            while start > 0 && *path.add(start - 1) != SLASH {
                start -= 1;
            }
            path.add(start)
        }
    }

    /// A path without its last part, which is cut off with the slashes before it. "/" if only they are left, "." if
    /// nothing is.
    ///
    /// # Safety
    /// `path` is null, or a string that can be written. The result of a path without slashes must not be written.
    pub unsafe fn dirname(&self, path: *mut c_char) -> *mut c_char {
        let nothing = c".".as_ptr().cast_mut();
        if path.is_null() {
            return nothing;
        }
        // SAFETY: as promised; all indices are within the string.
        unsafe {
            let before = |mut end: usize, is_slash: bool| {
                while end > 0 && (*path.add(end - 1) == SLASH) == is_slash {
                    end -= 1;
                }
                end
            };
            let name = before(self.strlen(path), true);
            let start = before(name, false);
            if start == 0 && (name > 0 || *path == 0) {
                return nothing;
            }
            let end = before(start, true).max(1);
            *path.add(end) = 0;
            path
        }
    }
}
