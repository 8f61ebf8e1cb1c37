//! How the registers are reached.

use crate::line::Registers;
use oscomp_abi::{Registers as Place, StartError};

/// The registers where the platform says they are.
#[derive(Clone, Copy)]
pub enum Window {
    /// Eight I/O ports.
    #[cfg(target_arch = "x86_64")]
    Ports(u16),
    /// Eight bytes of physical memory, mapped at the same address.
    Memory(usize),
}

/// How many registers a 16550 has.
const LENGTH: usize = 8;

impl Window {
    /// The window, if the place can hold a UART that this CPU can reach.
    #[inline(always)]
    pub fn open(place: Place) -> Result<Self, StartError> {
        match place {
            #[cfg(target_arch = "x86_64")]
            Place::Port { base, length } if usize::from(length) >= LENGTH => Ok(Self::Ports(base)),
            #[cfg(not(target_arch = "x86_64"))]
            Place::Port { .. } => Err(StartError::new("the CPU has no I/O ports")),
            Place::Memory { base, length } if length >= LENGTH => Ok(Self::Memory(base)),
            _ => Err(StartError::new("the device does not have the 8 registers of a 16550")),
        }
    }

    /// The window of an instance that has started, for which [`open`](Self::open) has succeeded.
    #[inline(always)]
    pub fn opened(place: Place) -> Self {
        match Self::open(place) {
            Ok(window) => window,
            Err(_) => unreachable!(),
        }
    }
}

impl Registers for Window {
    #[inline(always)]
    fn read(&self, register: u8) -> u8 {
        match *self {
            #[cfg(target_arch = "x86_64")]
            Self::Ports(base) => {
                let port = base + u16::from(register);
                let value: u8;
                // SAFETY: the platform says that the device has eight ports from `base` on, and check
                // gives a device to one instance only; reading a UART's register touches no memory.
                unsafe {
                    core::arch::asm!("in al, dx", out("al") value, in("dx") port,
                        options(nomem, nostack, preserves_flags));
                }
                value
            }
            Self::Memory(base) => {
                let register = core::ptr::with_exposed_provenance::<u8>(base + usize::from(register));
                // SAFETY: the platform says that the device's registers are here, mapped as they are in
                // physical memory, and no Rust object lies among them.
                unsafe { register.read_volatile() }
            }
        }
    }

    #[inline(always)]
    fn write(&self, register: u8, value: u8) {
        match *self {
            #[cfg(target_arch = "x86_64")]
            Self::Ports(base) => {
                let port = base + u16::from(register);
                // SAFETY: as for `read`; nothing that a UART is told reaches memory.
                unsafe {
                    core::arch::asm!("out dx, al", in("dx") port, in("al") value,
                        options(nomem, nostack, preserves_flags));
                }
            }
            Self::Memory(base) => {
                let register = core::ptr::with_exposed_provenance_mut::<u8>(base + usize::from(register));
                // SAFETY: as for `read`.
                unsafe { register.write_volatile(value) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_without_eight_registers_is_refused() {
        for place in
            [Place::None, Place::Port { base: 0x3f8, length: 7 }, Place::Memory { base: 0x1000, length: 4 }]
        {
            let error = Window::open(place).err();
            assert_eq!(
                error,
                Some(StartError::new("the device does not have the 8 registers of a 16550")),
                "{place:?}"
            );
        }
        assert!(Window::open(Place::Port { base: 0x3f8, length: 8 }).is_ok());
    }

    #[test]
    fn memory_is_read_and_written_by_bytes() {
        let mut memory = [0u8; LENGTH];
        let base = memory.as_mut_ptr().expose_provenance();
        let window = Window::opened(Place::Memory { base, length: LENGTH });
        window.write(7, 0x5a);
        assert_eq!(window.read(7), 0x5a);
        assert_eq!(window.read(6), 0);
    }
}
