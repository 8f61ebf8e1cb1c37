//! What errors mean.

use crate::CStrings;
use core::ffi::CStr;
use core::fmt::{self, Write};
use core::sync::atomic::{AtomicU8, Ordering};
use oscomp_c_abi::numbers::{EINVAL, ENOTRECOVERABLE, ERANGE, description};
use oscomp_c_abi::{c_char, c_int};
use oscomp_macros::exports;

/// How many numbers there are: those from 0 to the greatest.
const NUMBERS: usize = ENOTRECOVERABLE as usize + 1;

/// All descriptions, each with a zero behind it, and where each begins; at the same place where the next does if the
/// number has none.
static DESCRIPTIONS: [u8; LENGTH] = BUILT.0;
static BEGINNINGS: [u16; NUMBERS + 1] = BUILT.1;

const LENGTH: usize = {
    let (mut length, mut number) = (0, 0);
    while number < NUMBERS {
        if let Some(text) = description(number as c_int) {
            length += text.len() + 1;
        }
        number += 1;
    }
    length
};

const BUILT: ([u8; LENGTH], [u16; NUMBERS + 1]) = {
    let (mut all, mut beginnings) = ([0; LENGTH], [0; NUMBERS + 1]);
    let (mut end, mut number) = (0, 0);
    while number < NUMBERS {
        if let Some(text) = description(number as c_int) {
            all.split_at_mut(end).1.split_at_mut(text.len()).0.copy_from_slice(text.as_bytes());
            end += text.len() + 1;
        }
        number += 1;
        beginnings[number] = end as u16;
    }
    (all, beginnings)
};

/// The text of a number that has one.
fn known(number: c_int) -> Option<&'static CStr> {
    let number = usize::try_from(number).ok().filter(|&number| number < NUMBERS)?;
    let text = &DESCRIPTIONS[BEGINNINGS[number].into()..BEGINNINGS[number + 1].into()];
    CStr::from_bytes_with_nul(text).ok()
}

/// `Unknown error -2147483648` and a zero.
const LONGEST: usize = 26;

/// Room for the text of a number that has none. Who reads it while another thread has it written may see parts of both.
pub struct Unknown([AtomicU8; LONGEST]);

impl Unknown {
    pub const fn new() -> Self {
        Self([const { AtomicU8::new(0) }; LONGEST])
    }

    fn say(&self, number: c_int) -> *mut c_char {
        for (to, byte) in self.0.iter().zip(unknown(number)) {
            to.store(byte, Ordering::Relaxed);
        }
        self.0.as_ptr().cast_mut().cast()
    }
}

/// The text of a number that has none, and zeros.
fn unknown(number: c_int) -> [u8; LONGEST] {
    struct Text([u8; LONGEST], usize);

    impl Write for Text {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            let end = self.1 + text.len();
            self.0.get_mut(self.1..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
            self.1 = end;
            Ok(())
        }
    }

    let mut text = Text([0; LONGEST], 0);
    // There is room for every number.
    let _ = write!(text, "Unknown error {number}");
    text.0
}

#[exports]
impl CStrings {
    /// What an error means. The text stays, that of a number that is none only until the next such one.
    pub fn strerror(&self, number: c_int) -> *mut c_char {
        known(number).map_or_else(|| self.unknown.say(number), |text| text.as_ptr().cast_mut())
    }

    /// Writes what an error means (POSIX's function, not GNU's). Returns `EINVAL` for a number that is none, else
    /// `ERANGE` if there is no room for all of the text: as much as fits is written in both cases.
    ///
    /// # Safety
    /// `to` has `room`.
    pub unsafe fn strerror_r(&self, number: c_int, to: *mut c_char, room: usize) -> c_int {
        let other = unknown(number);
        let (text, result) = match known(number) {
            Some(text) => (text, 0),
            None => (CStr::from_bytes_until_nul(&other).unwrap_or_default(), EINVAL),
        };
        // SAFETY: as promised; a text is a string.
        let length = unsafe { self.strlcpy(to, text.as_ptr(), room) };
        if result == 0 && length >= room { ERANGE } else { result }
    }
}
