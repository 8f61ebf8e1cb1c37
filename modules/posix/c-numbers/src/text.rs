//! A string that is read from its beginning on.

use oscomp_c_abi::c_char;

/// A place in a string.
#[derive(Clone, Copy)]
pub struct Text(*const u8);

impl Text {
    /// # Safety
    /// It is a string, and stays one as long as it is read.
    pub const unsafe fn new(string: *const c_char) -> Self {
        Self(string.cast())
    }

    /// The character here; zero at the end.
    pub fn peek(&self) -> u8 {
        // SAFETY: it never goes beyond the zero.
        unsafe { *self.0 }
    }

    /// Goes on to the next character, but not beyond the end.
    pub fn advance(&mut self) {
        if self.peek() != 0 {
            self.0 = self.0.wrapping_add(1);
        }
    }

    /// Goes on if that character is here.
    pub fn take(&mut self, character: impl FnOnce(u8) -> bool) -> bool {
        let is_here = self.peek() != 0 && character(self.peek());
        if is_here {
            self.advance();
        }
        is_here
    }

    /// Goes on behind a word if it is here, in small or capital letters.
    pub fn take_word(&mut self, word: &[u8]) -> bool {
        let mut text = *self;
        let is_here =
            word.iter().all(|expected| text.take(|character| character.eq_ignore_ascii_case(expected)));
        if is_here {
            *self = text;
        }
        is_here
    }

    /// Goes on behind characters; returns these.
    pub fn take_all<'a>(&mut self, is_such: impl Fn(u8) -> bool) -> &'a [u8] {
        let start = *self;
        while self.take(&is_such) {}
        start.until(*self)
    }

    /// Goes on behind space, and a sign if there is one; returns whether that is a minus.
    pub fn take_sign(&mut self) -> bool {
        while self.take(|character| matches!(character, b' ' | b'\t'..=b'\r')) {}
        let is_negative = self.peek() == b'-';
        self.take(|character| matches!(character, b'+' | b'-'));
        is_negative
    }

    /// What is from here to another place behind.
    pub fn until<'a>(self, end: Self) -> &'a [u8] {
        // SAFETY: both are in the string, which stays.
        unsafe { core::slice::from_raw_parts(self.0, end.0.addr() - self.0.addr()) }
    }

    /// Tells C where it is, if it wants to know.
    ///
    /// # Safety
    /// `to` is null or can be written.
    pub unsafe fn report(self, to: *mut *mut c_char) {
        if !to.is_null() {
            // SAFETY: as promised.
            unsafe { to.write(self.0.cast_mut().cast()) };
        }
    }
}
