//! The virtual timer of an Arm CPU (Arm Architecture Reference Manual, D12): what the alarms of the
//! interrupt controllers share. A library, not a module.
#![no_std]

use core::time::Duration;

/// The bits of CNTV_CTL_EL0: on, and masked.
#[cfg(target_arch = "aarch64")]
const ON: u64 = 1;

/// The timer, and how fast it counts.
#[derive(Clone, Copy, Debug)]
pub struct Timer {
    /// Counts per second.
    frequency: u64,
}

impl Timer {
    /// The timer, stopped; none if the firmware has not said how fast it counts.
    #[must_use]
    pub fn open() -> Option<Self> {
        stop();
        let frequency = frequency();
        // Up to 10 GHz, so that a second's counts in nanoseconds fit.
        (1000..=10_000_000_000).contains(&frequency).then_some(Self { frequency })
    }

    /// Has the timer raise its interrupt once `wait` is over; never if none is given.
    #[inline]
    pub fn set(self, wait: Option<Duration>) {
        match wait {
            Some(wait) => raise_at(counter().saturating_add(counts(wait, self.frequency))),
            None => stop(),
        }
    }
}

/// After how many counts at `frequency` Hz `wait` is over; saturates.
fn counts(wait: Duration, frequency: u64) -> u64 {
    // Below 10^19 at the highest frequency.
    let rest = (u64::from(wait.subsec_nanos()) * frequency).div_ceil(1_000_000_000);
    wait.as_secs().saturating_mul(frequency).saturating_add(rest)
}

/// Stops the timer: its interrupt is raised no longer.
#[cfg(target_arch = "aarch64")]
pub fn stop() {
    // SAFETY: sets a register of the timer, which the alarm alone uses.
    unsafe { core::arch::asm!("msr cntv_ctl_el0, xzr", "isb", options(nomem, nostack, preserves_flags)) };
}

#[cfg(target_arch = "aarch64")]
fn raise_at(count: u64) {
    // SAFETY: as for `stop`; the interrupt has a handler.
    unsafe {
        core::arch::asm!("msr cntv_cval_el0, {}", "msr cntv_ctl_el0, {}", "isb", in(reg) count, in(reg) ON,
            options(nomem, nostack, preserves_flags));
    }
}

#[cfg(target_arch = "aarch64")]
fn counter() -> u64 {
    let count;
    // SAFETY: reads a register. The barrier keeps it from being read early.
    unsafe {
        core::arch::asm!("isb", "mrs {}, cntvct_el0", out(reg) count, options(nostack, preserves_flags));
    }
    count
}

#[cfg(target_arch = "aarch64")]
fn frequency() -> u64 {
    let frequency: u64;
    // SAFETY: reads a register.
    unsafe {
        core::arch::asm!("mrs {}, cntfrq_el0", out(reg) frequency, options(nomem, nostack, preserves_flags));
    }
    frequency & 0xffff_ffff
}

/// Stops the timer.
#[cfg(not(target_arch = "aarch64"))]
pub fn stop() {
    unreachable!("check composes this for Arm only")
}

#[cfg(not(target_arch = "aarch64"))]
fn raise_at(_count: u64) {
    unreachable!("check composes this for Arm only")
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
    fn waits_are_counted_and_never_too_short() {
        assert_eq!(counts(Duration::ZERO, 62_500_000), 0);
        assert_eq!(counts(Duration::from_nanos(1), 62_500_000), 1);
        assert_eq!(counts(Duration::new(2, 16), 62_500_000), 125_000_001);
        assert_eq!(counts(Duration::new(1, 999_999_999), 10_000_000_000), 19_999_999_990);
        assert_eq!(counts(Duration::MAX, 62_500_000), u64::MAX);
    }
}
