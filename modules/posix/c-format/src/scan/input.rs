//! What a scan has read.

use super::{Failure, Source};

/// Whether a byte is white space in the "C" locale.
pub const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// Counts what it takes.
pub struct Input<'a> {
    // One copy of all this serves all sources of an image.
    source: &'a mut dyn Source,
    consumed: usize,
}

impl<'a> Input<'a> {
    pub const fn new(source: &'a mut dyn Source) -> Self {
        Self { source, consumed: 0 }
    }

    /// Bytes up to now.
    pub const fn consumed(&self) -> usize {
        self.consumed
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.source.next()?;
        self.consumed += 1;
        Some(byte)
    }

    fn back(&mut self, byte: u8) {
        self.source.back(byte);
        self.consumed -= 1;
    }

    pub fn skip_space(&mut self) {
        while let Some(byte) = self.next() {
            if !is_space(byte) {
                return self.back(byte);
            }
        }
    }

    pub fn literal(&mut self, expected: u8) -> Result<(), Failure> {
        match self.next() {
            None => Err(Failure::Input),
            Some(byte) if byte == expected => Ok(()),
            Some(byte) => {
                self.back(byte);
                Err(Failure::Matching)
            }
        }
    }
}

/// What one directive takes, up to its width.
pub struct Item<'a, 'b> {
    input: &'a mut Input<'b>,
    left: usize,
}

impl<'a, 'b> Item<'a, 'b> {
    /// # Errors
    /// At the end of the source.
    pub fn new(input: &'a mut Input<'b>, width: Option<usize>) -> Result<Self, Failure> {
        let byte = input.next().ok_or(Failure::Input)?;
        input.back(byte);
        Ok(Self { input, left: width.unwrap_or(usize::MAX) })
    }

    pub const fn has_room(&self) -> bool {
        self.left > 0
    }

    /// Takes the next byte if it is accepted.
    pub fn take(&mut self, accepts: impl FnOnce(u8) -> bool) -> Option<u8> {
        if self.left == 0 {
            return None;
        }
        let byte = self.input.next()?;
        if accepts(byte) {
            self.left -= 1;
            Some(byte)
        } else {
            self.input.back(byte);
            None
        }
    }

    /// Takes the next byte if it is this letter, in either case.
    pub fn take_letter(&mut self, letter: u8) -> bool {
        self.take(|byte| byte.eq_ignore_ascii_case(&letter)).is_some()
    }

    /// Takes all of these letters, in either case.
    pub fn take_word(&mut self, letters: &[u8]) -> Result<(), Failure> {
        let is_there = letters.iter().all(|letter| self.take_letter(*letter));
        if is_there { Ok(()) } else { Err(Failure::Matching) }
    }

    /// Takes a sign; whether it is a minus.
    pub fn take_sign(&mut self) -> bool {
        self.take(|byte| matches!(byte, b'+' | b'-')) == Some(b'-')
    }

    /// Takes a digit of a base; its value.
    pub fn take_digit(&mut self, base: u32) -> Option<u8> {
        let byte = self.take(|byte| char::from(byte).is_digit(base))?;
        char::from(byte).to_digit(base).map(|digit| digit as u8)
    }
}
