//! Memory that is not text.

use crate::{CStrings, words};
use core::{ptr, slice};
use memchr::memmem;
use oscomp_c_abi::{c_int, c_void};
use oscomp_macros::exports;

#[exports]
impl CStrings {
    /// The first byte of that value; null if there is none.
    ///
    /// # Safety
    /// All up to the byte, or so many, can be read.
    pub unsafe fn memchr(&self, memory: *const c_void, byte: c_int, length: usize) -> *mut c_void {
        // SAFETY: as promised.
        let found = unsafe { words::find(memory.cast(), byte as u8, length) };
        found.map_or(ptr::null_mut(), |found| found.cast_mut().cast())
    }

    /// The last byte of that value; null if there is none.
    ///
    /// # Safety
    /// So many bytes can be read.
    pub unsafe fn memrchr(&self, memory: *const c_void, byte: c_int, length: usize) -> *mut c_void {
        // SAFETY: as promised.
        let bytes = unsafe { view(memory, length) };
        memchr::memrchr(byte as u8, bytes)
            .map_or(ptr::null_mut(), |at| memory.wrapping_byte_add(at).cast_mut())
    }

    /// The first place where `memory` has what `part` is; null if there is none.
    ///
    /// # Safety
    /// Both can be read in their lengths.
    pub unsafe fn memmem(
        &self,
        memory: *const c_void,
        length: usize,
        part: *const c_void,
        part_length: usize,
    ) -> *mut c_void {
        // SAFETY: as promised.
        let (bytes, part) = unsafe { (view(memory, length), view(part, part_length)) };
        memmem::find(bytes, part).map_or(ptr::null_mut(), |at| memory.wrapping_byte_add(at).cast_mut())
    }

    /// Copies up to and with the first byte of that value; returns what follows the copy, null if there is no such byte
    /// and so many were copied.
    ///
    /// # Safety
    /// All up to the byte, or so many, can be read, and written at `to`; the two do not overlap.
    pub unsafe fn memccpy(
        &self,
        to: *mut c_void,
        from: *const c_void,
        byte: c_int,
        length: usize,
    ) -> *mut c_void {
        // SAFETY: as promised.
        unsafe {
            let found = words::find(from.cast(), byte as u8, length);
            let copied = found.map_or(length, |found| found.addr() - from.addr() + 1);
            from.cast::<u8>().copy_to_nonoverlapping(to.cast(), copied);
            if found.is_some() { to.byte_add(copied) } else { ptr::null_mut() }
        }
    }

    /// Copies; returns what follows the copy.
    ///
    /// # Safety
    /// So many bytes can be read, and written at `to`; the two do not overlap.
    pub unsafe fn mempcpy(&self, to: *mut c_void, from: *const c_void, length: usize) -> *mut c_void {
        // SAFETY: as promised.
        unsafe {
            from.cast::<u8>().copy_to_nonoverlapping(to.cast(), length);
            to.byte_add(length)
        }
    }

    /// Copies where the two may overlap.
    ///
    /// # Safety
    /// So many bytes can be read, and written at `to`.
    pub unsafe fn bcopy(&self, from: *const c_void, to: *mut c_void, length: usize) {
        // SAFETY: as promised.
        unsafe { from.cast::<u8>().copy_to(to.cast(), length) }
    }

    /// Fills with zeros.
    ///
    /// # Safety
    /// So many bytes can be written.
    pub unsafe fn bzero(&self, memory: *mut c_void, length: usize) {
        // SAFETY: as promised.
        unsafe { memory.cast::<u8>().write_bytes(0, length) }
    }
}

/// Memory as a slice. That of no length may be anywhere.
///
/// # Safety
/// So many bytes can be read, and nobody writes them meanwhile.
pub unsafe fn view<'a>(memory: *const c_void, length: usize) -> &'a [u8] {
    if length == 0 {
        return &[];
    }
    // SAFETY: as promised.
    unsafe { slice::from_raw_parts(memory.cast(), length) }
}
