//! The timer of the local APIC: how fast it counts.

use crate::controller::{Controller, DIVISION};
use core::arch::x86_64::{__cpuid_count, CpuidResult};
use core::time::Duration;
use oscomp_abi::StartError;
use oscomp_registers::Registers;

/// How long the timer is measured where nothing says how fast it is.
const MEASUREMENT: Duration = Duration::from_millis(1);
/// The leaf in which VMware and KVM say how fast the CPU's counter and the timer are: kHz in `eax` and
/// `ebx`.
const HYPERVISOR: u32 = 0x4000_0010;

/// A timer of known frequency.
pub struct Timer {
    /// Counts in 2^32 nanoseconds.
    rate: u64,
}

impl Timer {
    /// The timer of a controller, by what the hypervisor says or else by the clock `now`.
    pub fn new<R: Registers>(
        controller: &Controller<R>,
        now: impl Fn() -> Duration,
    ) -> Result<Self, StartError> {
        Self::of_frequency(match reported(|leaf| __cpuid_count(leaf, 0)) {
            Some(hertz) => hertz,
            None => measured(controller, now),
        })
    }

    fn of_frequency(hertz: u64) -> Result<Self, StartError> {
        let rate = (u128::from(hertz / DIVISION) << 32) / 1_000_000_000;
        match u64::try_from(rate) {
            Ok(rate) if rate > 0 => Ok(Self { rate }),
            _ => Err(StartError::new("the timer of the local APIC does not run")),
        }
    }

    /// The count that takes `wait`, or the longest; at least 1.
    pub fn count(&self, wait: Duration) -> u32 {
        let count = (wait.as_nanos() * u128::from(self.rate)) >> 32;
        u32::try_from(count).unwrap_or(u32::MAX).max(1)
    }
}

/// The frequency of the timer in Hz, if the hypervisor says it.
fn reported(cpuid: impl Fn(u32) -> CpuidResult) -> Option<u64> {
    const PRESENT: u32 = 1 << 31;
    if cpuid(1).ecx & PRESENT == 0 || cpuid(0x4000_0000).eax < HYPERVISOR {
        return None;
    }
    Some(u64::from(cpuid(HYPERVISOR).ebx) * 1000).filter(|hertz| *hertz > 0)
}

fn measured<R: Registers>(controller: &Controller<R>, now: impl Fn() -> Duration) -> u64 {
    controller.set_timer(u32::MAX);
    let (begin, first) = (now(), controller.timer());
    let elapsed = loop {
        let elapsed = now() - begin;
        if elapsed >= MEASUREMENT {
            break elapsed;
        }
    };
    let counted = first - controller.timer();
    controller.set_timer(0);
    let hertz = u128::from(counted) * u128::from(DIVISION) * 1_000_000_000 / elapsed.as_nanos();
    hertz as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_in_time() {
        let timer = Timer::of_frequency(1_000_000_000).unwrap();
        assert_eq!(timer.count(Duration::ZERO), 1, "0 would stop it");
        assert!(timer.count(Duration::from_millis(1)).abs_diff(62_500) <= 1);
        assert_eq!(timer.count(Duration::from_secs(3600)), u32::MAX);
        assert!(Timer::of_frequency(0).is_err());
    }

    #[test]
    fn the_hypervisor_is_asked_only_if_there_is_one() {
        let none = CpuidResult { eax: 0, ebx: 0, ecx: 0, edx: 0 };
        assert_eq!(reported(|_| none), None);
        let kvm = |leaf| match leaf {
            1 => CpuidResult { ecx: 1 << 31, ..none },
            0x4000_0000 => CpuidResult { eax: HYPERVISOR, ..none },
            _ => CpuidResult { eax: 3_000_000, ebx: 1_000_000, ..none },
        };
        assert_eq!(reported(kvm), Some(1_000_000_000));
        let old = |leaf| if leaf == 1 { kvm(1) } else { CpuidResult { eax: 0x4000_0001, ..none } };
        assert_eq!(reported(old), None);
    }
}
