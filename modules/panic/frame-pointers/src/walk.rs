use core::ops::Range;

/// How many frames are visited at the most.
const MOST: usize = 64;

/// The frame pointer of the function that this is inlined into.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub fn frame_pointer() -> usize {
    let pointer;
    // SAFETY: reads a register.
    unsafe {
        core::arch::asm!("mov {}, rbp", out(reg) pointer, options(nomem, nostack, preserves_flags));
    }
    pointer
}

/// The frame pointer of the function that this is inlined into.
#[cfg(target_arch = "riscv64")]
#[inline(always)]
pub fn frame_pointer() -> usize {
    let pointer;
    // SAFETY: reads a register.
    unsafe {
        core::arch::asm!("mv {}, s0", out(reg) pointer, options(nomem, nostack, preserves_flags));
    }
    pointer
}

/// The frame pointer of the function that this is inlined into.
#[cfg(target_arch = "aarch64")]
#[inline(always)]
pub fn frame_pointer() -> usize {
    let pointer;
    // SAFETY: reads a register.
    unsafe {
        core::arch::asm!("mov {}, x29", out(reg) pointer, options(nomem, nostack, preserves_flags));
    }
    pointer
}

/// How far below the frame pointer a frame begins: RISC-V's points to the end of it, the others' to its
/// beginning.
const BELOW: usize = if cfg!(target_arch = "riscv64") { 2 * size_of::<usize>() } else { 0 };

/// Calls `visit` with the return address of each frame, from the one at `pointer` on outwards.
///
/// A frame is the frame pointer of the caller and the address that the function returns to. Callers
/// are at higher addresses of the same stack; an exception's stack leads to the one that it hit, once.
///
/// # Safety
/// Every range that `around` gives can be read.
pub unsafe fn walk(
    mut pointer: usize,
    around: impl Fn(usize) -> Option<Range<usize>>,
    mut visit: impl FnMut(usize),
) {
    let Some(mut stack) = around(pointer) else { return };
    let mut changed = false;
    for _ in 0..MOST {
        let Some(start) = pointer.checked_sub(BELOW) else { return };
        let frame = start..start.saturating_add(2 * size_of::<usize>());
        if !start.is_multiple_of(size_of::<usize>()) || !stack.contains(&start) || frame.end > stack.end {
            return;
        }
        let words: *const [usize; 2] = core::ptr::with_exposed_provenance(start);
        // SAFETY: aligned, and within a range that can be read.
        let [caller, address] = unsafe { words.read() };
        if address == 0 {
            return;
        }
        visit(address);
        if !stack.contains(&caller) && !changed {
            let Some(other) = around(caller) else { return };
            (stack, changed) = (other, true);
        } else if caller <= pointer {
            return;
        }
        pointer = caller;
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::vec::Vec;

    /// A stack whose words from index `at` on are given, as pairs of (index of the caller's frame, or
    /// any number if not below 1000; address).
    struct Stack(Vec<usize>);

    impl Stack {
        fn new(words: usize, frames: &[(usize, usize, usize)]) -> Self {
            let mut stack = std::vec![0usize; words];
            let base = stack.as_mut_ptr().expose_provenance();
            for (at, caller, address) in frames {
                stack[*at] = if *caller < 1000 { base + caller * 8 } else { *caller };
                stack[at + 1] = *address;
            }
            Self(stack)
        }

        fn at(&self, index: usize) -> usize {
            self.0.as_ptr().addr() + index * 8
        }

        fn range(&self) -> Range<usize> {
            self.at(0)..self.at(self.0.len())
        }
    }

    fn trace(start: usize, stacks: &[&Stack]) -> Vec<usize> {
        let mut found = Vec::new();
        let around =
            |address| stacks.iter().map(|stack| stack.range()).find(|range| range.contains(&address));
        // SAFETY: the ranges are vectors of the test.
        unsafe { walk(start, around, |address| found.push(address)) };
        found
    }

    #[test]
    fn a_chain_is_followed_to_its_end() {
        let stack = Stack::new(20, &[(2, 6, 11), (6, 10, 12), (10, 18, 13), (18, 0, 0)]);
        assert_eq!(trace(stack.at(2), &[&stack]), [11, 12, 13]);
    }

    #[test]
    fn an_exceptions_stack_leads_to_the_one_that_it_hit() {
        let main = Stack::new(20, &[(4, 8, 21), (8, 2000, 22)]);
        let exception = Stack::new(8, &[(0, 4, 11), (4, main.at(4), 12)]);
        assert_eq!(trace(exception.at(0), &[&exception, &main]), [11, 12, 21, 22]);
    }

    #[test]
    fn a_damaged_chain_ends_where_it_cannot_be_trusted() {
        let loops = Stack::new(20, &[(4, 8, 1), (8, 4, 2)]);
        assert_eq!(trace(loops.at(4), &[&loops]), [1, 2]);
        let nowhere = Stack::new(20, &[(4, 0xdead_0000, 1)]);
        assert_eq!(trace(nowhere.at(4), &[&nowhere]), [1]);
        let crooked = Stack::new(20, &[(4, 8, 1)]);
        assert_eq!(trace(crooked.at(4) + 1, &[&crooked]), []);
        let edge = Stack::new(20, &[(4, 19, 1)]);
        assert_eq!(trace(edge.at(4), &[&edge]), [1]);
        assert_eq!(trace(0, &[&edge]), []);
    }

    #[test]
    fn two_stacks_that_lead_to_each_other_end() {
        let mut first = Stack::new(8, &[(0, 0, 1)]);
        let second = Stack::new(8, &[(0, first.at(0), 2)]);
        first.0[0] = second.at(0);
        assert_eq!(trace(first.at(0), &[&first, &second]).len(), 2);
    }

    #[test]
    fn endless_chains_are_cut() {
        let frames: Vec<_> = (0..200).map(|index| (index * 2, index * 2 + 2, 7)).collect();
        let stack = Stack::new(402, &frames);
        assert_eq!(trace(stack.at(0), &[&stack]).len(), MOST);
    }
}
