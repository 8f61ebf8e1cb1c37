//! Copies of strings, and their lengths.

use crate::{CStrings, words};
use oscomp_c_abi::c_char;
use oscomp_macros::exports;

#[exports]
impl CStrings {
    /// The length of a string.
    ///
    /// # Safety
    /// It is a string.
    pub unsafe fn strlen(&self, string: *const c_char) -> usize {
        // SAFETY: as promised.
        unsafe { words::length(string.cast()) }
    }

    /// The length of a string, but no more than `most`.
    ///
    /// # Safety
    /// All up to a zero or `most` bytes can be read.
    pub unsafe fn strnlen(&self, string: *const c_char, most: usize) -> usize {
        // SAFETY: as promised.
        unsafe { words::bounded_length(string.cast(), most) }
    }

    /// Copies a string.
    ///
    /// # Safety
    /// `from` is a string; `to` has room for it; the two do not overlap.
    pub unsafe fn strcpy(&self, to: *mut c_char, from: *const c_char) -> *mut c_char {
        // SAFETY: as promised.
        unsafe { self.stpcpy(to, from) };
        to
    }

    /// Copies a string; returns where the copy ends.
    ///
    /// # Safety
    /// `from` is a string; `to` has room for it; the two do not overlap.
    pub unsafe fn stpcpy(&self, to: *mut c_char, from: *const c_char) -> *mut c_char {
        // SAFETY: as promised.
        unsafe {
            let length = words::length(from.cast());
            from.copy_to_nonoverlapping(to, length + 1);
            to.add(length)
        }
    }

    /// Copies a string into a field of `length` bytes, whose rest is filled with zeros; there may be no rest.
    ///
    /// # Safety
    /// `from` can be read up to a zero or `length` bytes; `to` has room for `length`; the two do not overlap.
    pub unsafe fn strncpy(&self, to: *mut c_char, from: *const c_char, length: usize) -> *mut c_char {
        // SAFETY: as promised.
        unsafe { self.stpncpy(to, from, length) };
        to
    }

    /// The same; returns the first zero of the field, or its end if there is none.
    ///
    /// # Safety
    /// `from` can be read up to a zero or `length` bytes; `to` has room for `length`; the two do not overlap.
    pub unsafe fn stpncpy(&self, to: *mut c_char, from: *const c_char, length: usize) -> *mut c_char {
        // SAFETY: as promised.
        unsafe {
            let copied = words::bounded_length(from.cast(), length);
            from.copy_to_nonoverlapping(to, copied);
            to.add(copied).write_bytes(0, length - copied);
            to.add(copied)
        }
    }

    /// Copies as much of a string as fits into `room` bytes with a zero; returns the length of all of it.
    ///
    /// # Safety
    /// `from` is a string; `to` has `room`; the two do not overlap.
    pub unsafe fn strlcpy(&self, to: *mut c_char, from: *const c_char, room: usize) -> usize {
        // SAFETY: as promised.
        unsafe {
            let length = words::length(from.cast());
            if let Some(most) = room.checked_sub(1) {
                let copied = length.min(most);
                from.copy_to_nonoverlapping(to, copied);
                to.add(copied).write(0);
            }
            length
        }
    }

    /// Appends a string.
    ///
    /// # Safety
    /// Both are strings; `to` has room for them together; they do not overlap.
    pub unsafe fn strcat(&self, to: *mut c_char, from: *const c_char) -> *mut c_char {
        // SAFETY: as promised.
        unsafe { self.stpcpy(to.add(words::length(to.cast())), from) };
        to
    }

    /// Appends at most `most` bytes of a string, and a zero.
    ///
    /// # Safety
    /// `to` is a string, `from` can be read up to a zero or `most` bytes; `to` has room for them together with a zero;
    /// they do not overlap.
    pub unsafe fn strncat(&self, to: *mut c_char, from: *const c_char, most: usize) -> *mut c_char {
        // SAFETY: as promised.
        unsafe {
            let end = to.add(words::length(to.cast()));
            let copied = words::bounded_length(from.cast(), most);
            from.copy_to_nonoverlapping(end, copied);
            end.add(copied).write(0);
        }
        to
    }

    /// Appends as much of a string as fits into `room` bytes with what is there and a zero; returns the length that all
    /// of it would have. What is there may fill the room without a zero.
    ///
    /// # Safety
    /// `to` has `room`, `from` is a string; they do not overlap.
    pub unsafe fn strlcat(&self, to: *mut c_char, from: *const c_char, room: usize) -> usize {
        // SAFETY: as promised.
        unsafe {
            let length = words::bounded_length(to.cast(), room);
            length + self.strlcpy(to.add(length), from, room - length)
        }
    }
}
