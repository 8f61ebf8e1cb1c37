//! The counter of cycles as a measure of work. Empty for any other architecture.
#![cfg(target_arch = "riscv64")]
#![no_std]

use core::arch::asm;
use oscomp_abi::StartError;
use oscomp_interfaces::CycleCounter;
use oscomp_macros::module;

/// The `cycle` register (RISC-V unprivileged architecture, chapter 8).
#[module(provides(CycleCounter), arch("riscv64"), environment = "bare-metal")]
pub struct RiscvCycles;

impl RiscvCycles {
    /// Has nothing to do: every hart has the counter, and firmware lets supervisor mode read it.
    ///
    /// # Errors
    /// None.
    pub fn start() -> Result<Self, StartError> {
        Ok(Self)
    }
}

impl CycleCounter for &RiscvCycles {
    #[inline(always)]
    fn cycles(self) -> u64 {
        let cycles;
        // SAFETY: reads a register. The fence keeps what stands before the call before it.
        unsafe {
            asm!("fence", "rdcycle {}", out(reg) cycles, options(nostack, preserves_flags));
        }
        cycles
    }
}
