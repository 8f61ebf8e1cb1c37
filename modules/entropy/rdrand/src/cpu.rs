//! The instructions: Intel SDM volume 2, CPUID, RDRAND and RDSEED.

use crate::source::{Features, Source};
use core::arch::asm;
use core::arch::x86_64::{__cpuid, __cpuid_count};

/// What the CPU says it has.
pub fn features() -> Features {
    let highest = __cpuid(0).eax;
    Features {
        rdrand: highest >= 1 && __cpuid(1).ecx & (1 << 30) != 0,
        rdseed: highest >= 7 && __cpuid_count(7, 0).ebx & (1 << 18) != 0,
    }
}

/// Asks once; none when the generator has nothing ready.
pub fn step(source: Source) -> Option<u64> {
    let (value, ready): (u64, u8);
    match source {
        // SAFETY: `Source::choose` gives RDRAND only where CPUID reports it; it changes one register
        // and the flags, which `asm!` assumes.
        Source::Rdrand => unsafe {
            asm!("rdrand {}", "setc {}", out(reg) value, out(reg_byte) ready, options(nomem, nostack));
        },
        // SAFETY: as for RDRAND.
        Source::Rdseed => unsafe {
            asm!("rdseed {}", "setc {}", out(reg) value, out(reg_byte) ready, options(nomem, nostack));
        },
    }
    (ready != 0).then_some(value)
}
