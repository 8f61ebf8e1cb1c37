//! `memcpy` and its sisters, which compiled code expects of any environment.
//!
//! Large blocks go by the CPU's string instructions where those are fast (ERMS: Intel Optimization
//! Reference Manual, 3.7.6), everything else by 16 bytes at a time. The loops are assembly, because
//! rustc would turn them into calls of the very functions that they are.

use crate::translator;
use core::arch::asm;
use core::arch::x86_64::{
    __cpuid, __cpuid_count, __m128i, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_movemask_epi8,
};
use core::sync::atomic::{AtomicUsize, Ordering};

/// From how many bytes on a string instruction is faster than a loop.
static STRING_FROM: AtomicUsize = AtomicUsize::new(usize::MAX);

/// Where string instructions overtake a loop on CPUs that are fast at them, in bytes.
const FAST_STRING_FROM: usize = 2048;

/// Chooses how large blocks are copied on this CPU.
pub fn choose() {
    let fast = __cpuid(0).eax >= 7 && __cpuid_count(7, 0).ebx & 1 << 9 != 0;
    // There a string instruction is a slow loop.
    if fast && !translator::is_there() {
        STRING_FROM.store(FAST_STRING_FROM, Ordering::Relaxed);
    }
}

/// C's `memcpy`.
///
/// # Safety
/// `from` is readable and `to` writable for `count` bytes, and they do not overlap.
#[inline]
pub unsafe fn copy(to: *mut u8, from: *const u8, count: usize) -> *mut u8 {
    // SAFETY: the same contract.
    unsafe { copy_up(to, from, count) }
}

/// C's `memmove`.
///
/// # Safety
/// `from` is readable and `to` writable for `count` bytes.
#[inline]
pub unsafe fn copy_overlapping(to: *mut u8, from: *const u8, count: usize) -> *mut u8 {
    // Going up is right unless `to` begins inside of what is still to be read.
    if to.addr().wrapping_sub(from.addr()) >= count {
        // SAFETY: the same contract.
        unsafe { copy_up(to, from, count) }
    } else {
        // SAFETY: the same contract.
        unsafe { copy_down(to, from, count) }
    }
}

/// Copies 1 to 16 bytes (or none), reading all before writing any.
///
/// # Safety
/// `from` is readable and `to` writable for `count` bytes.
#[inline(always)]
unsafe fn copy_few(to: *mut u8, from: *const u8, count: usize) {
    /// Two words, the first and the last, which overlap unless `count` is the size of both.
    ///
    /// # Safety
    /// As for [`copy_few`]; `count` is at least the size of a word.
    #[inline(always)]
    unsafe fn ends<Word: Copy>(to: *mut u8, from: *const u8, count: usize) {
        let last = count - size_of::<Word>();
        // SAFETY: both words are within the blocks.
        unsafe {
            let words =
                (from.cast::<Word>().read_unaligned(), from.add(last).cast::<Word>().read_unaligned());
            to.cast::<Word>().write_unaligned(words.0);
            to.add(last).cast::<Word>().write_unaligned(words.1);
        }
    }
    // SAFETY: the contract, and the guards of each case.
    unsafe {
        match count {
            8.. => ends::<u64>(to, from, count),
            4.. => ends::<u32>(to, from, count),
            2.. => ends::<u16>(to, from, count),
            1 => *to = *from,
            0 => {}
        }
    }
}

/// Copies from the lowest address up.
///
/// # Safety
/// As for [`copy_overlapping`]; `to` is not inside of the block at `from`, except at its beginning.
#[inline(always)]
unsafe fn copy_up(to: *mut u8, from: *const u8, count: usize) -> *mut u8 {
    if count <= 16 {
        // SAFETY: the same contract.
        unsafe { copy_few(to, from, count) };
    } else if count >= STRING_FROM.load(Ordering::Relaxed) {
        // SAFETY: the contract; the direction flag is clear, as the ABI has it.
        unsafe {
            asm!("rep movsb", inout("rdi") to => _, inout("rsi") from => _, inout("rcx") count => _,
                options(nostack, preserves_flags));
        }
    } else {
        // The last 16 bytes are read before anything is written over them, and written at the end.
        // SAFETY: every access is within the blocks: the loops stop at 16 bytes or fewer before the end.
        unsafe {
            asm!(
                "movups {last}, [{from} + {left} - 16]",
                "lea {end}, [{to} + {left} - 16]",
                "sub {left}, 64",
                "jbe 3f",
                "2:",
                "movups {a}, [{from}]",
                "movups {b}, [{from} + 16]",
                "movups {c}, [{from} + 32]",
                "movups {d}, [{from} + 48]",
                "movups [{to}], {a}",
                "movups [{to} + 16], {b}",
                "movups [{to} + 32], {c}",
                "movups [{to} + 48], {d}",
                "add {from}, 64",
                "add {to}, 64",
                "sub {left}, 64",
                "ja 2b",
                "3:",
                "add {left}, 48",
                "jle 5f",
                "4:",
                "movups {a}, [{from}]",
                "movups [{to}], {a}",
                "add {from}, 16",
                "add {to}, 16",
                "sub {left}, 16",
                "jg 4b",
                "5:",
                "movups [{end}], {last}",
                from = inout(reg) from => _, to = inout(reg) to => _, left = inout(reg) count => _,
                end = out(reg) _, last = out(xmm_reg) _, a = out(xmm_reg) _, b = out(xmm_reg) _,
                c = out(xmm_reg) _, d = out(xmm_reg) _, options(nostack),
            );
        }
    }
    to
}

/// Copies from the highest address down.
///
/// # Safety
/// As for [`copy_overlapping`]; `from` is not inside of the block at `to`, except at its beginning.
#[inline(always)]
unsafe fn copy_down(to: *mut u8, from: *const u8, count: usize) -> *mut u8 {
    if count <= 16 {
        // SAFETY: the same contract.
        unsafe { copy_few(to, from, count) };
    } else {
        // The first 16 bytes are read before anything is written over them, and written at the end.
        // SAFETY: every access is within the blocks: the loop stops at 16 bytes or fewer.
        unsafe {
            asm!(
                "movups {first}, [{from}]",
                "sub {left}, 32",
                "jbe 3f",
                "2:",
                "movups {a}, [{from} + {left} + 16]",
                "movups {b}, [{from} + {left}]",
                "movups [{to} + {left} + 16], {a}",
                "movups [{to} + {left}], {b}",
                "sub {left}, 32",
                "ja 2b",
                "3:",
                "add {left}, 16",
                "jle 4f",
                "movups {a}, [{from} + {left}]",
                "movups [{to} + {left}], {a}",
                "4:",
                "movups [{to}], {first}",
                from = in(reg) from, to = in(reg) to, left = inout(reg) count => _,
                first = out(xmm_reg) _, a = out(xmm_reg) _, b = out(xmm_reg) _, options(nostack),
            );
        }
    }
    to
}

/// C's `memset`.
///
/// # Safety
/// `to` is writable for `count` bytes.
#[inline]
pub unsafe fn fill(to: *mut u8, byte: u8, count: usize) -> *mut u8 {
    let word = u64::from(byte) * 0x0101_0101_0101_0101;
    if count < 16 {
        // SAFETY: each write is within the block.
        unsafe {
            match count {
                8.. => {
                    to.cast::<u64>().write_unaligned(word);
                    to.add(count - 8).cast::<u64>().write_unaligned(word);
                }
                4.. => {
                    to.cast::<u32>().write_unaligned(word as u32);
                    to.add(count - 4).cast::<u32>().write_unaligned(word as u32);
                }
                2.. => {
                    to.cast::<u16>().write_unaligned(word as u16);
                    to.add(count - 2).cast::<u16>().write_unaligned(word as u16);
                }
                1 => *to = byte,
                0 => {}
            }
        }
    } else if count >= STRING_FROM.load(Ordering::Relaxed) {
        // SAFETY: the contract; the direction flag is clear, as the ABI has it.
        unsafe {
            asm!("rep stosb", inout("rdi") to => _, in("al") byte, inout("rcx") count => _,
                options(nostack, preserves_flags));
        }
    } else {
        // SAFETY: every write is within the block: the loops stop at 16 bytes or fewer before the end.
        unsafe {
            asm!(
                "movq {a}, {word}",
                "punpcklqdq {a}, {a}",
                "movups [{to} + {left} - 16], {a}",
                "sub {left}, 64",
                "jb 3f",
                "2:",
                "movups [{to}], {a}",
                "movups [{to} + 16], {a}",
                "movups [{to} + 32], {a}",
                "movups [{to} + 48], {a}",
                "add {to}, 64",
                "sub {left}, 64",
                "jae 2b",
                "3:",
                "add {left}, 48",
                "js 5f",
                "4:",
                "movups [{to}], {a}",
                "add {to}, 16",
                "sub {left}, 16",
                "jns 4b",
                "5:",
                to = inout(reg) to => _, left = inout(reg) count => _, word = in(reg) word,
                a = out(xmm_reg) _, options(nostack),
            );
        }
    }
    to
}

/// C's `memcmp`.
///
/// # Safety
/// Both are readable for `count` bytes.
#[inline]
pub unsafe fn compare(left: *const u8, right: *const u8, count: usize) -> i32 {
    let mut at = 0;
    // SAFETY: every read is within the blocks.
    unsafe {
        while at + 16 <= count {
            let (left, right) = (left.add(at).cast::<__m128i>(), right.add(at).cast::<__m128i>());
            let same = _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128(left), _mm_loadu_si128(right)));
            if same != 0xffff {
                let first = (!same).trailing_zeros() as usize;
                return difference(left.cast::<u8>().add(first), right.cast::<u8>().add(first));
            }
            at += 16;
        }
        while at + 4 <= count {
            let (a, b) = (left.add(at).cast::<u32>(), right.add(at).cast::<u32>());
            if a.read_unaligned() != b.read_unaligned() {
                break;
            }
            at += 4;
        }
        while at < count {
            let found = difference(left.add(at), right.add(at));
            if found != 0 {
                return found;
            }
            at += 1;
        }
    }
    0
}

/// The difference between two bytes.
///
/// # Safety
/// Both are readable.
#[inline(always)]
unsafe fn difference(left: *const u8, right: *const u8) -> i32 {
    // SAFETY: the contract.
    unsafe { i32::from(*left) - i32::from(*right) }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::vec::Vec;

    const ROOM: usize = 700;

    fn block() -> Vec<u8> {
        (0..ROOM).map(|index| (index * 7 + index / 251) as u8).collect()
    }

    /// Runs `body` with the loops and then with the string instructions.
    fn both_ways(body: impl Fn()) {
        static ONE_AT_A_TIME: SpinMutex<()> = SpinMutex::new(());
        let _guard = ONE_AT_A_TIME.lock();
        for from in [usize::MAX, 100] {
            STRING_FROM.store(from, Ordering::Relaxed);
            body();
        }
        STRING_FROM.store(usize::MAX, Ordering::Relaxed);
    }

    use spin::mutex::SpinMutex;

    #[test]
    fn copies_are_exact() {
        both_ways(|| {
            let source = block();
            for count in 0..300 {
                for (to, from) in [(0, 0), (1, 0), (0, 3), (16, 1), (5, 13)] {
                    let mut target = std::vec![0xee; ROOM];
                    let mut expected = target.clone();
                    expected[to..to + count].copy_from_slice(&source[from..from + count]);
                    // SAFETY: both blocks have room, and are different ones.
                    let result = unsafe { copy(target[to..].as_mut_ptr(), source[from..].as_ptr(), count) };
                    assert_eq!(result.addr(), target[to..].as_ptr().addr());
                    assert_eq!(target, expected, "{count} bytes from {from} to {to}");
                }
            }
        });
    }

    #[test]
    fn overlapping_copies_are_exact_at_every_distance() {
        both_ways(|| {
            for count in 0..200 {
                for distance in (0..40).chain([63, 64, 65, 100, 127, 199, 200, 250]) {
                    for (to, from) in [(300, 300 - distance), (300 - distance, 300)] {
                        let mut memory = block();
                        let mut expected = memory.clone();
                        expected.copy_within(from..from + count, to);
                        let base = memory.as_mut_ptr();
                        // SAFETY: both ends are within the block.
                        unsafe { copy_overlapping(base.add(to), base.add(from), count) };
                        assert_eq!(memory, expected, "{count} bytes from {from} to {to}");
                    }
                }
            }
        });
    }

    #[test]
    fn fills_are_exact() {
        both_ways(|| {
            for count in 0..300 {
                for to in [0, 1, 7, 16, 31] {
                    let mut target = block();
                    let mut expected = target.clone();
                    expected[to..to + count].fill(0xa5);
                    // SAFETY: the block has room.
                    unsafe { fill(target[to..].as_mut_ptr(), 0xa5, count) };
                    assert_eq!(target, expected, "{count} bytes to {to}");
                }
            }
        });
    }

    #[test]
    fn comparison_finds_the_first_difference_and_looks_no_further() {
        let left = block();
        for count in 0..100 {
            for at in 0..=count {
                let mut right = left.clone();
                right[at] = right[at].wrapping_add(1);
                right[at + 1] = right[at + 1].wrapping_sub(3);
                // SAFETY: both blocks have room.
                let found = unsafe { compare(left.as_ptr(), right.as_ptr(), count) };
                let expected = left[..count].cmp(&right[..count]) as i32;
                assert_eq!(found.signum(), expected, "{count} bytes, different at {at}");
            }
        }
    }
}
