//! Classes of characters, in the locale "C". A value that is no character is in none, `EOF` neither.

use crate::CStrings;
use oscomp_c_abi::c_int;
use oscomp_macros::exports;

#[exports]
impl CStrings {
    /// Whether it is a letter or a digit.
    pub fn isalnum(&self, character: c_int) -> c_int {
        is(character, |byte| byte.is_ascii_alphanumeric())
    }

    /// Whether it is a letter.
    pub fn isalpha(&self, character: c_int) -> c_int {
        is(character, |byte| byte.is_ascii_alphabetic())
    }

    /// Whether it is a control character.
    pub fn iscntrl(&self, character: c_int) -> c_int {
        is(character, |byte| byte.is_ascii_control())
    }

    /// Whether it is a digit.
    pub fn isdigit(&self, character: c_int) -> c_int {
        is(character, |byte| byte.is_ascii_digit())
    }

    /// Whether it is visible.
    pub fn isgraph(&self, character: c_int) -> c_int {
        is(character, |byte| byte.is_ascii_graphic())
    }

    /// Whether it is a small letter.
    pub fn islower(&self, character: c_int) -> c_int {
        is(character, |byte| byte.is_ascii_lowercase())
    }

    /// Whether it is visible, and neither a letter nor a digit.
    pub fn ispunct(&self, character: c_int) -> c_int {
        is(character, |byte| byte.is_ascii_punctuation())
    }

    /// Whether it is a capital letter.
    pub fn isupper(&self, character: c_int) -> c_int {
        is(character, |byte| byte.is_ascii_uppercase())
    }

    /// Whether it is a digit of a hexadecimal number.
    pub fn isxdigit(&self, character: c_int) -> c_int {
        is(character, |byte| byte.is_ascii_hexdigit())
    }

    /// Whether it is a space or a tab.
    pub fn isblank(&self, character: c_int) -> c_int {
        is(character, |byte| matches!(byte, b' ' | b'\t'))
    }

    /// Whether it is visible or a space.
    pub fn isprint(&self, character: c_int) -> c_int {
        is(character, |byte| matches!(byte, b' '..=b'~'))
    }

    /// Whether it is a space, or goes to another place: a tab, a new line or page.
    pub fn isspace(&self, character: c_int) -> c_int {
        is(character, |byte| matches!(byte, b' ' | b'\t'..=b'\r'))
    }

    /// Whether it is a character of seven bits.
    pub fn isascii(&self, character: c_int) -> c_int {
        c_int::from(matches!(character, 0..0x80))
    }

    /// The lowest seven bits.
    pub fn toascii(&self, character: c_int) -> c_int {
        character & 0x7f
    }

    /// The small letter of a capital one; else the same.
    pub fn tolower(&self, character: c_int) -> c_int {
        u8::try_from(character).map_or(character, |byte| byte.to_ascii_lowercase().into())
    }

    /// The capital letter of a small one; else the same.
    pub fn toupper(&self, character: c_int) -> c_int {
        u8::try_from(character).map_or(character, |byte| byte.to_ascii_uppercase().into())
    }
}

fn is(character: c_int, is_such: impl Fn(u8) -> bool) -> c_int {
    c_int::from(u8::try_from(character).is_ok_and(is_such))
}
