//! What version 3 of the controller has in the CPU.

use oscomp_registers::{Registers, Window};

/// The controller's registers: those in memory, and those of the CPU, which version 3 has.
pub trait GicRegisters: Registers {
    /// Has the CPU take the interrupts of group 1 by its own registers.
    fn set_up_cpu(&self);
    /// ICC_IAR1_EL1: the interrupt that was raised.
    fn acknowledge(&self) -> u32;
    /// ICC_EOIR1_EL1: that it has been served.
    fn end(&self, interrupt: u32);
    /// Stops the CPU's timer.
    fn stop_timer(&self);
}

impl GicRegisters for Window {
    fn set_up_cpu(&self) {
        cpu::set_up();
    }

    fn acknowledge(&self) -> u32 {
        cpu::acknowledge()
    }

    fn end(&self, interrupt: u32) {
        cpu::end(interrupt);
    }

    fn stop_timer(&self) {
        oscomp_arm_timer::stop();
    }
}

/// Whether the CPU has registers for the controller, as version 3 does: ID_AA64PFR0_EL1.GIC.
pub fn cpu_has_registers() -> bool {
    cpu::has_registers()
}

/// The registers of the CPU, by the numbers that every assembler knows.
#[cfg(target_arch = "aarch64")]
mod cpu {
    use core::arch::asm;

    pub fn has_registers() -> bool {
        let features: u64;
        // SAFETY: reads a register.
        unsafe {
            asm!("mrs {}, id_aa64pfr0_el1", out(reg) features, options(nomem, nostack, preserves_flags))
        };
        features >> 24 & 0xf != 0
    }

    pub fn set_up() {
        // SAFETY: the CPU has these registers. ICC_SRE_EL1: use them; ICC_PMR_EL1: every priority;
        // ICC_IGRPEN1_EL1: group 1. Interrupts are masked at the CPU, or have a handler.
        unsafe {
            asm!(
                "msr s3_0_c12_c12_5, {one}",
                "isb",
                "msr s3_0_c4_c6_0, {all}",
                "msr s3_0_c12_c12_7, {one}",
                "isb",
                one = in(reg) 1_u64,
                all = in(reg) 0xff_u64,
                options(nostack, preserves_flags),
            );
        }
    }

    pub fn acknowledge() -> u32 {
        let interrupt: u64;
        // SAFETY: the CPU has the register. The barrier has it acknowledged before its device is looked at.
        unsafe {
            asm!("mrs {}, s3_0_c12_c12_0", "dsb sy", out(reg) interrupt, options(nostack, preserves_flags));
        }
        interrupt as u32
    }

    pub fn end(interrupt: u32) {
        // SAFETY: as for `acknowledge`; what has been written to the controller comes before.
        unsafe {
            asm!("dsb sy", "msr s3_0_c12_c12_1, {}", "isb", in(reg) u64::from(interrupt),
                options(nostack, preserves_flags));
        }
    }
}

#[cfg(not(target_arch = "aarch64"))]
mod cpu {
    pub fn has_registers() -> bool {
        unreachable!("check composes this for Arm only")
    }

    pub fn set_up() {
        unreachable!("check composes this for Arm only")
    }

    pub fn acknowledge() -> u32 {
        unreachable!("check composes this for Arm only")
    }

    pub fn end(_interrupt: u32) {
        unreachable!("check composes this for Arm only")
    }
}
