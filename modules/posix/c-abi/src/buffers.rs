//! The memory that C programs hand over to be read from and written to.

use crate::numbers::{EFAULT, EINVAL};
use core::ffi::{c_int, c_void};
use core::slice;

/// What was asked for, or the number of an error.
type Result<T> = core::result::Result<T, c_int>;

/// The most bytes of one call, as Linux has it.
const MOST: usize = 0x7fff_f000;

/// The most parts of one call (`IOV_MAX`).
const MOST_PARTS: usize = 1024;

/// C's `struct iovec`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// Where it begins.
    pub base: *mut c_void,
    /// Its bytes.
    pub length: usize,
}

/// Bytes of C's to be written.
///
/// # Safety
/// There are `count` of them for `'b`, unless the pointer is null.
pub unsafe fn source<'b>(buffer: *const c_void, count: usize) -> Result<&'b [u8]> {
    match count.min(MOST) {
        0 => Ok(&[]),
        _ if buffer.is_null() => Err(EFAULT),
        // SAFETY: by the contract.
        count => Ok(unsafe { slice::from_raw_parts(buffer.cast(), count) }),
    }
}

/// Bytes of C's to be read into.
///
/// # Safety
/// There are `count` of them for `'b`, unless the pointer is null, and nobody else uses them.
pub unsafe fn target<'b>(buffer: *mut c_void, count: usize) -> Result<&'b mut [u8]> {
    match count.min(MOST) {
        0 => Ok(&mut []),
        _ if buffer.is_null() => Err(EFAULT),
        // SAFETY: by the contract.
        count => Ok(unsafe { slice::from_raw_parts_mut(buffer.cast(), count) }),
    }
}

/// The parts that C names.
///
/// # Safety
/// There are `count` of them for `'b`.
pub unsafe fn parts<'b>(parts: *const Part, count: c_int) -> Result<&'b [Part]> {
    match usize::try_from(count) {
        Ok(0) => Ok(&[]),
        Ok(1..=MOST_PARTS) if parts.is_null() => Err(EFAULT),
        // SAFETY: by the contract.
        Ok(count @ 1..=MOST_PARTS) => Ok(unsafe { slice::from_raw_parts(parts, count) }),
        _ => Err(EINVAL),
    }
}

/// The sum of what was done part by part, up to the first that was not done in full. An error counts only if nothing was.
pub fn each(parts: &[Part], mut one: impl FnMut(&Part) -> Result<usize>) -> Result<usize> {
    let mut sum = 0;
    for part in parts.iter().filter(|part| part.length > 0) {
        match one(part) {
            Ok(count) => {
                sum += count;
                if count < part.length {
                    break;
                }
            }
            Err(number) if sum == 0 => return Err(number),
            Err(_) => break,
        }
    }
    Ok(sum)
}
