//! Strings of C's as where text goes to and comes from.

use crate::{Sink, Source};
use core::ffi::c_int;

/// An array that keeps as much of a text as fits, as `snprintf` has it.
#[derive(Debug)]
pub struct Memory {
    at: *mut u8,
    left: usize,
}

impl Memory {
    /// For an array of `size` bytes at `at`, `size` being 0 where there is none.
    ///
    /// # Safety
    /// As many bytes can be written to `at` while the value is used, or at least as many as are written to it.
    #[must_use]
    pub const unsafe fn new(at: *mut u8, size: usize) -> Self {
        Self { at, left: size }
    }

    /// Ends the string, where there is an array.
    pub fn finish(self) {
        if self.left > 0 {
            // SAFETY: `write` keeps a byte for this one.
            unsafe { self.at.write(0) };
        }
    }
}

impl Sink for Memory {
    fn write(&mut self, bytes: &[u8]) -> Result<(), c_int> {
        let count = bytes.len().min(self.left.saturating_sub(1));
        // SAFETY: the array has more than `count` bytes left. What is written comes from elsewhere: ISO C forbids
        // formats and arguments that overlap the array.
        unsafe { self.at.copy_from_nonoverlapping(bytes.as_ptr(), count) };
        self.at = self.at.wrapping_add(count);
        self.left -= count;
        Ok(())
    }
}

/// The bytes of a string, as `sscanf` reads them.
#[derive(Debug)]
pub struct Text<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Text<'a> {
    /// Begins in front of the first byte.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }
}

impl Source for Text<'_> {
    fn next(&mut self) -> Option<u8> {
        let byte = self.bytes.get(self.at).copied();
        self.at += usize::from(byte.is_some());
        byte
    }

    fn back(&mut self, _: u8) {
        self.at -= 1;
    }
}
