//! Bytes looked for a word at a time.
//!
//! The words are aligned, so they reach beyond both ends of what is searched, but never into another page: if one byte
//! of a word can be read, all can. Rust has no such reads, so the instruction is written out.

use core::arch::asm;
use core::ptr;

const SIZE: usize = size_of::<u64>();
const ONES: u64 = u64::from_ne_bytes([0x01; SIZE]);
const HIGHS: u64 = u64::from_ne_bytes([0x80; SIZE]);

/// Where a string ends.
///
/// # Safety
/// A zero follows `at`, and all up to it can be read.
pub unsafe fn end(at: *const u8) -> *const u8 {
    // SAFETY: as promised; the end is found before the limit.
    unsafe {
        first(at, ptr::without_provenance(usize::MAX), |word, skip| zeros(word | skip)).unwrap_unchecked()
    }
}

/// The length of a string.
///
/// # Safety
/// A zero follows `at`, and all up to it can be read.
pub unsafe fn length(at: *const u8) -> usize {
    // SAFETY: as promised.
    unsafe { end(at) }.addr() - at.addr()
}

/// The length of a string, but no more than `most`.
///
/// # Safety
/// All up to a zero or `most` bytes can be read.
pub unsafe fn bounded_length(at: *const u8, most: usize) -> usize {
    // SAFETY: as promised.
    let end = unsafe { first(at, limit(at, most), |word, skip| zeros(word | skip)) };
    end.map_or(most, |end| end.addr() - at.addr())
}

/// The first `byte` in so many bytes.
///
/// # Safety
/// All up to the byte, or so many, can be read.
pub unsafe fn find(at: *const u8, byte: u8, length: usize) -> Option<*const u8> {
    let pattern = u64::from_ne_bytes([byte; SIZE]);
    // SAFETY: as promised.
    unsafe { first(at, limit(at, length), |word, skip| zeros((word ^ pattern) | skip)) }
}

/// The first `byte` of a string, or where it ends.
///
/// # Safety
/// A zero follows `at`, and all up to it can be read.
pub unsafe fn find_or_end(at: *const u8, byte: u8) -> *const u8 {
    let pattern = u64::from_ne_bytes([byte; SIZE]);
    let matches = |word, skip| zeros((word ^ pattern) | skip) | zeros(word | skip);
    // SAFETY: as promised; the end is found before the limit.
    unsafe { first(at, ptr::without_provenance(usize::MAX), matches).unwrap_unchecked() }
}

/// The number of words that are the same in two strings from their beginnings on, in bytes: none of these is a zero.
/// Zero where words cannot be read at both.
///
/// # Safety
/// Both strings can be read up to a zero in them, or so many bytes.
pub unsafe fn same(one: *const u8, other: *const u8, most: usize) -> usize {
    if !one.addr().is_multiple_of(SIZE) || !other.addr().is_multiple_of(SIZE) {
        return 0;
    }
    let mut done = 0;
    while most - done >= SIZE {
        // SAFETY: no word before had a zero or was different, and so many bytes were not reached.
        let (left, right) = unsafe { (load(one.wrapping_add(done)), load(other.wrapping_add(done))) };
        if left != right || zeros(left) != 0 {
            break;
        }
        done += SIZE;
    }
    done
}

/// The end of so many bytes; the last address if memory is not that long.
fn limit(at: *const u8, length: usize) -> *const u8 {
    ptr::without_provenance(at.addr().saturating_add(length))
}

/// The first byte before `limit` that matches. `matches` marks the bytes of a word that match, at their highest bits,
/// and may mark others above one that does; those set in its second argument do not match.
///
/// # Safety
/// All up to the byte that matches, or `limit`, can be read.
#[inline]
unsafe fn first(at: *const u8, limit: *const u8, matches: impl Fn(u64, u64) -> u64) -> Option<*const u8> {
    if at >= limit {
        return None;
    }
    let before = at.addr() % SIZE;
    let mut place = at.wrapping_sub(before);
    let mut skip = (1 << (before * 8)) - 1;
    while place < limit {
        // SAFETY: its first byte, or `at` itself in the first word, is one that can be read.
        let found = matches(u64::from_le(unsafe { load(place) }), skip);
        if found != 0 {
            let byte = place.wrapping_add(found.trailing_zeros() as usize / 8);
            return (byte < limit).then_some(byte);
        }
        skip = 0;
        place = place.wrapping_add(SIZE);
    }
    None
}

/// The highest bits of the bytes that are zero, and perhaps of some above one of these.
const fn zeros(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word & HIGHS
}

/// Reads an aligned word.
///
/// # Safety
/// The address is a multiple of a word's size, and one of the bytes can be read.
unsafe fn load(at: *const u8) -> u64 {
    let word;
    // SAFETY: an aligned word is in one page, so it can be read where one of its bytes can.
    unsafe {
        #[cfg(target_arch = "x86_64")]
        asm!("mov {}, [{}]", out(reg) word, in(reg) at, options(pure, readonly, nostack, preserves_flags));
        #[cfg(target_arch = "aarch64")]
        asm!("ldr {}, [{}]", out(reg) word, in(reg) at, options(pure, readonly, nostack, preserves_flags));
        #[cfg(target_arch = "riscv64")]
        asm!("ld {}, 0({})", out(reg) word, in(reg) at, options(pure, readonly, nostack, preserves_flags));
    }
    word
}
