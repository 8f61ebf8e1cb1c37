//! The time-stamp counter as a measure of work.
#![no_std]

use core::arch::asm;
use oscomp_abi::StartError;
use oscomp_interfaces::CycleCounter;
use oscomp_macros::module;

/// The time-stamp counter: the base frequency's cycles, on the machine itself and in a process alike.
#[module(provides(CycleCounter), arch("x86_64"))]
pub struct TscCounter;

impl TscCounter {
    /// Has nothing to do: every x86_64 CPU has the counter.
    ///
    /// # Errors
    /// None.
    pub fn start() -> Result<Self, StartError> {
        Ok(Self)
    }
}

impl CycleCounter for &TscCounter {
    #[inline(always)]
    fn cycles(self) -> u64 {
        let (low, high): (u64, u64);
        // SAFETY: RDTSC and LFENCE change the named registers only. CR4.TSD, which would forbid RDTSC to
        // user mode, is off in the images, and in a process unless the process itself asked for it.
        unsafe {
            asm!("lfence", "rdtsc", out("rax") low, out("rdx") high, options(nostack, preserves_flags));
        }
        high << 32 | low
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_on() {
        let counter = TscCounter::start().unwrap();
        let first = counter.cycles();
        assert!((0..1000).map(|_| counter.cycles()).is_sorted());
        assert!(counter.cycles() > first);
    }
}
