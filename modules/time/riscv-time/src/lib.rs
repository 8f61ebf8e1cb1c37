//! Time from the counter of real time that every RISC-V hart reads.
#![cfg_attr(not(target_arch = "riscv64"), allow(dead_code))]
#![no_std]

use core::marker::PhantomData;
use core::time::Duration;
use oscomp_abi::{Config, StartError};
use oscomp_interfaces::Clock;
use oscomp_macros::{Options, module};

/// The `time` register (RISC-V unprivileged architecture, chapter 8), which needs no interrupts.
#[module(provides(Clock), arch("riscv64"), environment = "bare-metal")]
pub struct RiscvTime<Settings: Config<Options>> {
    origin: u64,
    settings: PhantomData<Settings>,
}

/// What the machine's counter is.
#[derive(Options)]
pub struct Options {
    /// How often the counter counts: the device tree's `timebase-frequency`.
    #[option(range = 1000..=10000000000, unit = "Hz")]
    pub frequency: u64,
}

impl<Settings: Config<Options>> RiscvTime<Settings> {
    /// Reads the counter for the first time.
    ///
    /// # Errors
    /// None.
    pub fn start() -> Result<Self, StartError> {
        Ok(Self { origin: counter(), settings: PhantomData })
    }
}

impl<Settings: Config<Options>> Clock for &RiscvTime<Settings> {
    #[inline]
    fn now(self) -> Duration {
        duration(counter().wrapping_sub(self.origin), Settings::OPTIONS.frequency)
    }
}

/// How long `counts` at `frequency` Hz take.
#[inline(always)]
fn duration(counts: u64, frequency: u64) -> Duration {
    // The rest is below the frequency, 10 GHz at the most, so that nanoseconds fit.
    let nanoseconds = counts % frequency * 1_000_000_000 / frequency;
    Duration::new(counts / frequency, nanoseconds as u32)
}

#[cfg(target_arch = "riscv64")]
#[inline(always)]
fn counter() -> u64 {
    let time;
    // SAFETY: reads a register, which the firmware lets supervisor mode do.
    unsafe { core::arch::asm!("rdtime {}", out(reg) time, options(nomem, nostack, preserves_flags)) };
    time
}

#[cfg(not(target_arch = "riscv64"))]
fn counter() -> u64 {
    unreachable!("check composes this for RISC-V only")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_in_time() {
        assert_eq!(duration(0, 10_000_000), Duration::ZERO);
        assert_eq!(duration(25_000_001, 10_000_000), Duration::new(2, 500_000_100));
        assert_eq!(duration(u64::MAX, 10_000_000_000), Duration::new(1_844_674_407, 370_955_161));
    }
}
