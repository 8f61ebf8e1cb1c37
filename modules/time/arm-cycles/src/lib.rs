//! The counter of cycles as a measure of work. Empty for any other architecture.
#![cfg(target_arch = "aarch64")]
#![no_std]

use core::arch::asm;
use oscomp_abi::StartError;
use oscomp_interfaces::CycleCounter;
use oscomp_macros::module;

/// The cycle counter of the performance monitors, PMCCNTR_EL0 (Arm Architecture Reference Manual, D13).
#[module(provides(CycleCounter), arch("aarch64"), environment = "bare-metal")]
pub struct ArmCycles;

impl ArmCycles {
    /// Has the counter count.
    ///
    /// # Errors
    /// None.
    pub fn start() -> Result<Self, StartError> {
        // SAFETY: sets registers of the performance monitors, which nobody else uses: on (E, with 64 bits: LC),
        // the cycle counter enabled, and counting at exception level 1 (no filter).
        unsafe {
            asm!("msr pmcr_el0, {}", in(reg) 1_u64 | 1 << 6, options(nomem, nostack, preserves_flags));
            asm!("msr pmccfiltr_el0, xzr", options(nomem, nostack, preserves_flags));
            asm!("msr pmcntenset_el0, {}", "isb", in(reg) 1_u64 << 31, options(nomem, nostack, preserves_flags));
        }
        Ok(Self)
    }
}

impl CycleCounter for &ArmCycles {
    #[inline(always)]
    fn cycles(self) -> u64 {
        let cycles;
        // SAFETY: reads a register. The barrier keeps what stands before the call before it.
        unsafe {
            asm!("isb", "mrs {}, pmccntr_el0", out(reg) cycles, options(nostack, preserves_flags));
        }
        cycles
    }
}
