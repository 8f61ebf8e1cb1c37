//! Registers of 32 bits in physical memory: how drivers reach those of their devices. A library, not a module.
#![no_std]

use oscomp_abi::{Registers as Place, StartError};

/// Registers of 32 bits, by their offsets in bytes.
pub trait Registers {
    /// Reads the register at that offset.
    fn read(&self, offset: usize) -> u32;
    /// Writes it.
    fn write(&self, offset: usize, value: u32);
}

/// Physical memory, mapped at the same address.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    base: usize,
    length: usize,
}

impl Window {
    /// The window of a device, as the platform's facts have it.
    ///
    /// # Errors
    /// `otherwise`, if the place does not have at least `length` bytes of memory, aligned to a register.
    #[inline(always)]
    pub fn open(place: Place, length: usize, otherwise: &'static str) -> Result<Self, StartError> {
        match place {
            Place::Memory { base, length: there } if there >= length && base.is_multiple_of(4) => {
                Ok(Self { base, length })
            }
            _ => Err(StartError::new(otherwise)),
        }
    }

    #[inline(always)]
    fn register(&self, offset: usize) -> *mut u32 {
        assert!(offset.is_multiple_of(4) && offset < self.length);
        core::ptr::with_exposed_provenance_mut(self.base + offset)
    }
}

impl Registers for Window {
    #[inline(always)]
    fn read(&self, offset: usize) -> u32 {
        // SAFETY: the platform says that the device's registers are here, mapped as they are in physical
        // memory; `register` keeps within them, and no Rust object lies there.
        unsafe { self.register(offset).read_volatile() }
    }

    #[inline(always)]
    fn write(&self, offset: usize, value: u32) {
        // SAFETY: as for `read`. What a device does to memory is for its driver to allow: the devices that are
        // reached by this reach none.
        unsafe { self.register(offset).write_volatile(value) }
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
            Place::Memory { base: 0x800_0000, length: 0x10 },
            Place::Memory { base: 0x800_0002, length: 0x1000 },
        ] {
            let refusal = Window::open(place, 0x14, "no registers").err();
            assert_eq!(refusal, Some(StartError::new("no registers")), "{place:?}");
        }
    }

    #[test]
    fn registers_are_words() {
        let mut memory = [0_u32; 8];
        let base = memory.as_mut_ptr().expose_provenance();
        let window = Window::open(Place::Memory { base, length: 32 }, 32, "no registers").unwrap();
        window.write(0x10, 7);
        assert_eq!((window.read(0x10), window.read(0xc)), (7, 0));
    }
}
