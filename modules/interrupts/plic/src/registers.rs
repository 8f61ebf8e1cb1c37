//! How the registers are reached.

use oscomp_abi::{Registers as Place, StartError};

/// Registers of 32 bits.
pub trait Registers {
    /// Reads the register at that offset, in bytes.
    fn read(&self, offset: usize) -> u32;
    /// Writes it.
    fn write(&self, offset: usize, value: u32);
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
            _ => Err(StartError::new("the device does not have the registers of that context of a PLIC")),
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
        // SAFETY: as for `read`; a PLIC does not write to memory.
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
            Place::Memory { base: 0xc00_0000, length: 0x20_0000 },
            Place::Memory { base: 0xc00_0002, length: 0x60_0000 },
        ] {
            assert!(Window::open(place, 0x20_2000).is_err(), "{place:?}");
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
