//! What CPU and hypervisor say about the counter.

use core::arch::x86_64::CpuidResult;
use oscomp_abi::StartError;

/// The record in memory that KVM's paravirtual clock fills in: the factor from ticks to nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParavirtualClock {
    /// Nanoseconds per 2^32 shifted ticks.
    pub factor: u32,
    /// How far to shift the ticks left first; right if negative.
    pub shift: i8,
}

const HYPERVISOR: u32 = 1 << 31;
const HYPERVISOR_BASE: u32 = 0x4000_0000;
const HYPERVISOR_TIMING: u32 = 0x4000_0010;
const KVM_FEATURES: u32 = 0x4000_0001;
const KVM_CLOCK: u32 = 1 << 3;

/// Refuses a counter whose rate changes with the CPU's power states.
///
/// Hypervisors keep the rate constant, but hide the bit so that a guest can be migrated; QEMU's own
/// translator counts at the host's rate and has no bit either.
pub fn verify_rate(cpuid: impl Fn(u32) -> CpuidResult) -> Result<(), StartError> {
    let features = cpuid(1);
    if features.edx & (1 << 4) == 0 {
        return Err(StartError::new("the CPU has no time-stamp counter"));
    }
    let power = if cpuid(0x8000_0000).eax >= 0x8000_0007 { cpuid(0x8000_0007).edx } else { 0 };
    if power & (1 << 8) == 0 && features.ecx & HYPERVISOR == 0 {
        return Err(StartError::new("the CPU's time-stamp counter does not run at a constant rate"));
    }
    Ok(())
}

/// The frequency in hertz, if somebody knows it.
pub fn reported(
    cpuid: impl Fn(u32) -> CpuidResult,
    paravirtual_clock: impl FnOnce() -> Option<ParavirtualClock>,
) -> Option<u64> {
    by_cpu(&cpuid).or_else(|| by_hypervisor(&cpuid, paravirtual_clock))
}

fn by_cpu(cpuid: &impl Fn(u32) -> CpuidResult) -> Option<u64> {
    let highest = cpuid(0).eax;
    if highest < 0x15 {
        return None;
    }
    let CpuidResult { eax: denominator, ebx: numerator, ecx: crystal, .. } = cpuid(0x15);
    if denominator == 0 || numerator == 0 {
        return None;
    }
    if crystal != 0 {
        // At most 2^64 - 2^33 + 1.
        return Some(u64::from(crystal) * u64::from(numerator) / u64::from(denominator));
    }
    // The crystal is left out, but the counter runs at the base frequency, which 0x16 gives in MHz.
    let base = if highest >= 0x16 { cpuid(0x16).eax & 0xffff } else { 0 };
    (base != 0).then(|| u64::from(base) * 1_000_000)
}

fn by_hypervisor(
    cpuid: &impl Fn(u32) -> CpuidResult,
    paravirtual_clock: impl FnOnce() -> Option<ParavirtualClock>,
) -> Option<u64> {
    if cpuid(1).ecx & HYPERVISOR == 0 {
        return None;
    }
    let base = cpuid(HYPERVISOR_BASE);
    let kvm = [base.ebx, base.ecx, base.edx].map(u32::to_le_bytes) == [*b"KVMK", *b"VMKV", *b"M\0\0\0"];
    let vmware = [base.ebx, base.ecx, base.edx].map(u32::to_le_bytes) == [*b"VMwa", *b"reVM", *b"ware"];
    if (kvm || vmware) && base.eax >= HYPERVISOR_TIMING {
        let kilohertz = cpuid(HYPERVISOR_TIMING).eax;
        if kilohertz != 0 {
            return Some(u64::from(kilohertz) * 1000);
        }
    }
    if kvm && cpuid(KVM_FEATURES).eax & KVM_CLOCK != 0 {
        return paravirtual_clock().and_then(by_paravirtual_clock);
    }
    None
}

/// Nanoseconds are `(ticks << shift) * factor >> 32`, so a second is so many ticks.
fn by_paravirtual_clock(clock: ParavirtualClock) -> Option<u64> {
    let ticks = (1_000_000_000_u64 << 32).checked_div(clock.factor.into())?;
    let distance = u32::from(clock.shift.unsigned_abs());
    if clock.shift < 0 {
        ticks.checked_mul(1_u64.checked_shl(distance)?)
    } else {
        ticks.checked_shr(distance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: CpuidResult = CpuidResult { eax: 0, ebx: 0, ecx: 0, edx: 0 };

    fn cpu(leaves: &[(u32, [u32; 4])]) -> impl Fn(u32) -> CpuidResult {
        move |leaf| {
            leaves.iter().find(|(known, _)| *known == leaf).map_or(NOTHING, |(_, [eax, ebx, ecx, edx])| {
                CpuidResult { eax: *eax, ebx: *ebx, ecx: *ecx, edx: *edx }
            })
        }
    }

    fn kvm(highest: u32) -> (u32, [u32; 4]) {
        (HYPERVISOR_BASE, [highest, 0x4b4d_564b, 0x564b_4d56, 0x4d])
    }

    const GUEST: (u32, [u32; 4]) = (1, [0, 0, HYPERVISOR, 1 << 4]);

    #[test]
    fn a_counter_of_changing_rate_is_refused() {
        assert!(verify_rate(cpu(&[])).is_err(), "no counter at all");
        assert!(verify_rate(cpu(&[(1, [0, 0, 0, 1 << 4])])).is_err());
        assert!(verify_rate(cpu(&[GUEST])).is_ok());
        let invariant =
            [(1, [0, 0, 0, 1 << 4]), (0x8000_0000, [0x8000_0008, 0, 0, 0]), (0x8000_0007, [0, 0, 0, 1 << 8])];
        assert!(verify_rate(cpu(&invariant)).is_ok());
    }

    #[test]
    fn the_cpu_knows_its_crystal_or_its_base() {
        let crystal = [(0, [0x16, 0, 0, 0]), (0x15, [2, 216, 24_000_000, 0])];
        assert_eq!(reported(cpu(&crystal), || None), Some(2_592_000_000));
        let base = [(0, [0x16, 0, 0, 0]), (0x15, [2, 216, 0, 0]), (0x16, [2600, 0, 0, 0])];
        assert_eq!(reported(cpu(&base), || None), Some(2_600_000_000));
        let neither = [(0, [0x16, 0, 0, 0]), (0x16, [2600, 0, 0, 0])];
        assert_eq!(reported(cpu(&neither), || None), None);
        assert_eq!(reported(cpu(&[(0, [0x14, 0, 0, 0]), (0x15, [2, 216, 1, 0])]), || None), None);
    }

    #[test]
    fn the_hypervisor_knows() {
        let leaves = [GUEST, kvm(HYPERVISOR_TIMING), (HYPERVISOR_TIMING, [2_893_202, 0, 0, 0])];
        assert_eq!(reported(cpu(&leaves), || None), Some(2_893_202_000));
        assert_eq!(reported(cpu(&leaves[1..]), || None), None, "no hypervisor, no leaf of its");
    }

    #[test]
    fn the_paravirtual_clock_knows() {
        let leaves = [GUEST, kvm(KVM_FEATURES), (KVM_FEATURES, [KVM_CLOCK, 0, 0, 0])];
        let of = |factor, shift| reported(cpu(&leaves), || Some(ParavirtualClock { factor, shift }));
        assert_eq!(of(1 << 31, 0), Some(2_000_000_000));
        assert_eq!(of(1 << 31, -1), Some(4_000_000_000));
        assert_eq!(of(1 << 31, 1), Some(1_000_000_000));
        assert_eq!(of(0, 0), None);
        assert_eq!(of(1, i8::MIN), None);
        assert_eq!(reported(cpu(&leaves[..2]), || panic!("not offered")), None);
    }
}
