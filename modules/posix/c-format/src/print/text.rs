//! Characters and strings.

use super::c_int;
use super::directive::Flags;
use super::field::Output;
use crate::length::Length;
use core::ffi::{CStr, c_char};
use core::slice;
use oscomp_c_abi::numbers::EILSEQ;

pub fn bytes(out: &mut Output<'_>, flags: Flags, width: usize, bytes: &[u8]) -> Result<(), c_int> {
    padded(out, flags, width, bytes.len(), |out| out.write(bytes))
}

pub fn character(
    out: &mut Output<'_>,
    flags: Flags,
    width: usize,
    length: Length,
    value: u64,
) -> Result<(), c_int> {
    if length == Length::Long {
        let mut utf8 = [0; 4];
        let text = wide(value as u32)?.encode_utf8(&mut utf8);
        bytes(out, flags, width, text.as_bytes())
    } else {
        bytes(out, flags, width, &[value as u8])
    }
}

/// # Safety
/// `at` is null or points to a string, of wide characters if the length says so; with a precision it may lack its end
/// where that is not reached.
pub unsafe fn string(
    out: &mut Output<'_>,
    flags: Flags,
    width: usize,
    precision: Option<usize>,
    length: Length,
    at: *const u8,
) -> Result<(), c_int> {
    if at.is_null() {
        let text: &[u8] = b"(null)";
        // As in GNU's C library: all of it or nothing.
        let shown = if precision.is_some_and(|most| most < text.len()) { b"" } else { text };
        return bytes(out, flags, width, shown);
    }
    if length == Length::Long {
        // SAFETY: the caller's.
        return unsafe { wide_string(out, flags, width, precision, at.cast()) };
    }
    // SAFETY: by the contract there is an end, or as many bytes as the precision says.
    let text = unsafe {
        match precision {
            None => CStr::from_ptr(at.cast::<c_char>()).to_bytes(),
            Some(most) => {
                let count = (0..most).take_while(|index| at.add(*index).read() != 0).count();
                slice::from_raw_parts(at, count)
            }
        }
    };
    bytes(out, flags, width, text)
}

/// # Safety
/// As for [`string`], of wide characters.
unsafe fn wide_string(
    out: &mut Output<'_>,
    flags: Flags,
    width: usize,
    precision: Option<usize>,
    at: *const u32,
) -> Result<(), c_int> {
    // The precision counts bytes, and no character is written in part.
    let most = precision.unwrap_or(usize::MAX);
    let (mut characters, mut length) = (0, 0);
    while length < most {
        // SAFETY: neither the end nor the precision is reached.
        let character = unsafe { at.add(characters).read() };
        if character == 0 {
            break;
        }
        let next = length + wide(character)?.len_utf8();
        if next > most {
            break;
        }
        (characters, length) = (characters + 1, next);
    }
    // SAFETY: these were read.
    let text = unsafe { slice::from_raw_parts(at, characters) };
    padded(out, flags, width, length, |out| {
        text.iter().try_for_each(|character| {
            let mut utf8 = [0; 4];
            out.write(wide(*character)?.encode_utf8(&mut utf8).as_bytes())
        })
    })
}

fn wide(character: u32) -> Result<char, c_int> {
    char::from_u32(character).ok_or(EILSEQ)
}

fn padded(
    out: &mut Output<'_>,
    flags: Flags,
    width: usize,
    length: usize,
    write: impl FnOnce(&mut Output<'_>) -> Result<(), c_int>,
) -> Result<(), c_int> {
    let fill = width.saturating_sub(length);
    if !flags.left {
        out.fill(b' ', fill)?;
    }
    write(out)?;
    if flags.left { out.fill(b' ', fill) } else { Ok(()) }
}
