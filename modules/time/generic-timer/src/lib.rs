//! Time from the counter of the generic timer.
#![no_std]

use core::time::Duration;
use oscomp_abi::StartError;
use oscomp_interfaces::Clock;
use oscomp_macros::module;

/// The virtual counter, CNTVCT_EL0 (Arm Architecture Reference Manual, D12), which needs no interrupts and says
/// itself how fast it counts.
#[module(provides(Clock), arch("aarch64"), environment = "bare-metal")]
pub struct GenericTimer {
    origin: u64,
    frequency: u64,
}

impl GenericTimer {
    /// Reads the counter for the first time.
    ///
    /// # Errors
    /// When the firmware has not said how fast it counts.
    pub fn start() -> Result<Self, StartError> {
        let frequency = frequency();
        // 10 GHz at the most, so that the fraction of a second fits.
        if !(1000..=10_000_000_000).contains(&frequency) {
            return Err(StartError::new("the firmware does not say how fast the timer counts"));
        }
        Ok(Self { origin: counter(), frequency })
    }
}

impl Clock for &GenericTimer {
    #[inline]
    fn now(self) -> Duration {
        duration(counter().wrapping_sub(self.origin), self.frequency)
    }
}

/// How long `counts` at `frequency` Hz take.
#[inline(always)]
fn duration(counts: u64, frequency: u64) -> Duration {
    let nanoseconds = counts % frequency * 1_000_000_000 / frequency;
    Duration::new(counts / frequency, nanoseconds as u32)
}

#[cfg(target_arch = "aarch64")]
#[inline(always)]
fn counter() -> u64 {
    let count;
    // SAFETY: reads a register. The barrier keeps it from being read early.
    unsafe {
        core::arch::asm!("isb", "mrs {}, cntvct_el0", out(reg) count, options(nostack, preserves_flags))
    };
    count
}

#[cfg(target_arch = "aarch64")]
fn frequency() -> u64 {
    let frequency: u64;
    // SAFETY: reads a register.
    unsafe {
        core::arch::asm!("mrs {}, cntfrq_el0", out(reg) frequency, options(nomem, nostack, preserves_flags))
    };
    frequency & 0xffff_ffff
}

#[cfg(not(target_arch = "aarch64"))]
fn counter() -> u64 {
    unreachable!("check composes this for Arm only")
}

#[cfg(not(target_arch = "aarch64"))]
fn frequency() -> u64 {
    unreachable!("check composes this for Arm only")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_in_time() {
        assert_eq!(duration(0, 62_500_000), Duration::ZERO);
        assert_eq!(duration(93_750_001, 62_500_000), Duration::new(1, 500_000_016));
        assert_eq!(duration(u64::MAX, 10_000_000_000), Duration::new(1_844_674_407, 370_955_161));
    }
}
