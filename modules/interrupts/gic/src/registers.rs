//! How the registers are reached.

use oscomp_abi::{Registers as Place, StartError};

/// The controller's registers: those in memory, 32 bits each, and those of the CPU, which version 3 has.
pub trait Registers {
    /// Reads the register at that offset, in bytes.
    fn read(&self, offset: usize) -> u32;
    /// Writes it.
    fn write(&self, offset: usize, value: u32);
    /// Has the CPU take the interrupts of group 1 by its own registers.
    fn set_up_cpu(&self);
    /// ICC_IAR1_EL1: the interrupt that was raised.
    fn acknowledge(&self) -> u32;
    /// ICC_EOIR1_EL1: that it has been served.
    fn end(&self, interrupt: u32);
    /// Stops the CPU's timer.
    fn stop_timer(&self);
}

/// Physical memory, mapped at the same address.
pub struct Window {
    base: usize,
    length: usize,
}

impl Window {
    /// The window, if the place has at least `length` bytes of memory.
    pub fn open(place: Place, length: usize) -> Result<Self, StartError> {
        match place {
            Place::Memory { base, length: there } if there >= length && base.is_multiple_of(4) => {
                Ok(Self { base, length })
            }
            _ => Err(StartError::new("the device does not have the registers of a GIC")),
        }
    }

    fn register(&self, offset: usize) -> *mut u32 {
        assert!(offset.is_multiple_of(4) && offset < self.length);
        core::ptr::with_exposed_provenance_mut(self.base + offset)
    }
}

impl Registers for Window {
    fn read(&self, offset: usize) -> u32 {
        // SAFETY: the platform says that the device's registers are here, mapped as they are in physical
        // memory; `register` keeps within them, and no Rust object lies there.
        unsafe { self.register(offset).read_volatile() }
    }

    fn write(&self, offset: usize, value: u32) {
        // SAFETY: as for `read`; what a GIC is told changes no memory.
        unsafe { self.register(offset).write_volatile(value) }
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_and_short_windows_are_refused() {
        for place in [
            Place::None,
            Place::Port { base: 0, length: u16::MAX },
            Place::Memory { base: 0x800_0000, length: 0x1_0000 },
            Place::Memory { base: 0x800_0002, length: 0x20_0000 },
        ] {
            assert!(Window::open(place, 0x1_1000).is_err(), "{place:?}");
        }
    }

    #[test]
    fn registers_are_words() {
        let mut memory = [0_u32; 8];
        let base = memory.as_mut_ptr().expose_provenance();
        let window = Window::open(Place::Memory { base, length: 32 }, 32).unwrap();
        window.write(0x10, 7);
        assert_eq!((window.read(0x10), window.read(0xc)), (7, 0));
    }
}
