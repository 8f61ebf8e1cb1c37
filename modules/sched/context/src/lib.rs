//! Switching from one stack to another: what a call leaves to its caller to expect is kept, nothing else.
//!
//! One file for each architecture: `switch`, which saves the registers that a call keeps and the modes of the
//! floating-point unit on the stack that it leaves, and the beginning of a stack that has not run.
#![no_std]

#[cfg_attr(target_arch = "x86_64", path = "x86_64.rs")]
#[cfg_attr(target_arch = "aarch64", path = "aarch64.rs")]
#[cfg_attr(target_arch = "riscv64", path = "riscv64.rs")]
mod architecture;

use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicUsize, Ordering};

/// Where a stack goes on: the address of what is saved on it. Nothing of use while it runs.
#[derive(Debug, Default)]
pub struct Context(AtomicUsize);

/// What a new stack runs; it never returns.
pub type Entry = extern "C" fn(argument: usize) -> !;

impl Context {
    /// A context that runs, or nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(AtomicUsize::new(0))
    }

    /// Makes this the context of a stack that has not run: it begins with `entry(argument)`, interrupts as they
    /// are when it is switched to.
    ///
    /// # Safety
    /// The stack stays, and is nobody else's, for as long as this context may be switched to.
    ///
    /// # Panics
    /// If the stack has no room even for that.
    pub unsafe fn begin(&self, stack: &mut [MaybeUninit<u8>], entry: Entry, argument: usize) {
        let end = stack.as_mut_ptr_range().end.expose_provenance() & !15;
        let words = architecture::beginning(entry as *const () as usize, argument);
        let start = end - size_of_val(&words);
        assert!(start >= stack.as_ptr().addr(), "a stack of {} bytes", stack.len());
        // SAFETY: inside the stack, by the assertion, and aligned: the end is, and the words are a multiple of it.
        unsafe { core::ptr::write(core::ptr::with_exposed_provenance_mut(start), words) };
        self.0.store(start, Ordering::Relaxed);
    }

    /// Leaves what runs, whose context this becomes, for `to`; returns when something switches to this.
    ///
    /// # Safety
    /// `to` is not running, and is the context of a stack that is still there: from [`begin`](Self::begin), or left
    /// by this function. No lock is held that `to` might need, and nothing else switches meanwhile.
    pub unsafe fn switch(&self, to: &Self) {
        // SAFETY: by the contract the value is that of a stack that was left or has not begun.
        unsafe { architecture::switch(self.0.as_ptr(), to.0.load(Ordering::Relaxed)) };
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::vec;
    use std::vec::Vec;

    static HERE: Context = Context::new();
    static THERE: Context = Context::new();
    static SEEN: AtomicUsize = AtomicUsize::new(0);

    extern "C" fn there(argument: usize) -> ! {
        let mut sum = 0.5;
        loop {
            sum += argument as f64;
            SEEN.store(sum as usize, Ordering::Relaxed);
            // SAFETY: the test's thread waits in `switch`.
            unsafe { THERE.switch(&HERE) };
        }
    }

    #[test]
    fn each_stack_goes_on_where_it_was_left() {
        let mut stack: Vec<MaybeUninit<u8>> = vec![MaybeUninit::uninit(); 64 << 10];
        // SAFETY: the stack stays for as long as the test switches to it.
        unsafe { THERE.begin(&mut stack, there, 7) };
        let mut kept = 1.25;
        for turn in 1..=1000 {
            kept *= 1.001;
            // SAFETY: the other stack has not begun, or waits in `switch`.
            unsafe { HERE.switch(&THERE) };
            assert_eq!(SEEN.load(Ordering::Relaxed), turn * 7);
        }
        assert!((kept - 1.25 * 1.001_f64.powi(1000)).abs() < 1e-9);
    }
}
