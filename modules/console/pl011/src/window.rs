//! How the registers are reached.

use crate::line::Registers;
use oscomp_abi::{Registers as Place, StartError};

/// Bytes of the registers that are used.
const LENGTH: usize = 0x48;

/// Registers in physical memory, mapped at the same address.
#[derive(Clone, Copy)]
pub struct Window(usize);

impl Window {
    /// The window, if the place can hold a PL011.
    #[inline(always)]
    pub fn open(place: Place) -> Result<Self, StartError> {
        match place {
            Place::Memory { base, length } if length >= LENGTH && base.is_multiple_of(4) => Ok(Self(base)),
            _ => Err(StartError::new("the device does not have the registers of a PL011")),
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
    fn read(&self, offset: usize) -> u32 {
        let register = core::ptr::with_exposed_provenance::<u32>(self.0 + offset);
        // SAFETY: the platform says that the device's registers are here, mapped as they are in physical
        // memory, and no Rust object lies among them.
        unsafe { register.read_volatile() }
    }

    #[inline(always)]
    fn write(&self, offset: usize, value: u32) {
        let register = core::ptr::with_exposed_provenance_mut::<u32>(self.0 + offset);
        // SAFETY: as for `read`; nothing that a UART is told reaches memory.
        unsafe { register.write_volatile(value) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_and_short_windows_are_refused() {
        for place in [
            Place::None,
            Place::Port { base: 0x3f8, length: 0x1000 },
            Place::Memory { base: 0x900_0000, length: 0x20 },
        ] {
            assert!(Window::open(place).is_err(), "{place:?}");
        }
        assert!(Window::open(Place::Memory { base: 0x900_0000, length: 0x1000 }).is_ok());
    }
}
