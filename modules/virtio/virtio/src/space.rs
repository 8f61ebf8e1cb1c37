//! How the configuration space of a function of PCI is reached.

use crate::words::{Window, Words};
use oscomp_abi::{Configuration, StartError};

/// Bytes of configuration space of a function of PCI Express.
const LENGTH: usize = 4096;

/// The configuration space of a function.
#[derive(Clone, Copy, Debug)]
pub enum Space {
    /// In memory.
    Memory(Window),
    /// Behind I/O ports.
    #[cfg(target_arch = "x86_64")]
    Ports(Ports),
}

impl Space {
    /// The space of a function, as the platform's facts have it.
    pub fn open(configuration: Configuration) -> Result<Self, StartError> {
        match configuration {
            Configuration::Memory(address) if address.is_multiple_of(4) => {
                Ok(Self::Memory(Window::new(address, LENGTH)))
            }
            #[cfg(target_arch = "x86_64")]
            Configuration::Ports(function) => Ok(Self::Ports(Ports { function })),
            _ => Err(StartError::new("the CPU does not reach the configuration of the device's function")),
        }
    }
}

macro_rules! each {
    ($this:expr, $space:ident => $call:expr) => {
        match $this {
            Space::Memory($space) => $call,
            #[cfg(target_arch = "x86_64")]
            Space::Ports($space) => $call,
        }
    };
}

impl Words for Space {
    fn read_u8(&self, offset: usize) -> u8 {
        each!(self, space => space.read_u8(offset))
    }

    fn read_u16(&self, offset: usize) -> u16 {
        each!(self, space => space.read_u16(offset))
    }

    fn read_u32(&self, offset: usize) -> u32 {
        each!(self, space => space.read_u32(offset))
    }

    fn write_u8(&self, offset: usize, value: u8) {
        each!(self, space => space.write_u8(offset, value));
    }

    fn write_u16(&self, offset: usize, value: u16) {
        each!(self, space => space.write_u16(offset, value));
    }

    fn write_u32(&self, offset: usize, value: u32) {
        each!(self, space => space.write_u32(offset, value));
    }
}

/// The space behind ports (PCI Local Bus Specification 3.0, 3.2.2.3.2): the place of a word, and its bytes.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy, Debug)]
pub struct Ports {
    function: u16,
}

#[cfg(target_arch = "x86_64")]
impl Ports {
    const ADDRESS: u16 = 0xcf8;
    const DATA: u16 = 0xcfc;

    /// The word that the byte at `offset` is in, and the port that the byte is at then.
    fn place(offset: usize) -> (u32, u16) {
        assert!(offset < 256);
        ((offset & !3) as u32, Self::DATA + (offset % 4) as u16)
    }

    /// Chooses a word; the port for the byte at `offset`.
    fn select(self, offset: usize) -> u16 {
        let (word, port) = Self::place(offset);
        let address = 1 << 31 | u32::from(self.function) << 8 | word;
        // SAFETY: chooses what the other ports are; one CPU runs, and no interrupt uses them.
        unsafe {
            core::arch::asm!("out dx, eax", in("dx") Self::ADDRESS, in("eax") address,
                options(nomem, nostack, preserves_flags));
        }
        port
    }
}

#[cfg(target_arch = "x86_64")]
macro_rules! accesses {
    ($read:ident, $write:ident, $type:ty, $register:tt) => {
        fn $read(&self, offset: usize) -> $type {
            let port = self.select(offset);
            let value;
            // SAFETY: reading the configuration of a function changes no memory.
            unsafe {
                core::arch::asm!(concat!("in ", $register, ", dx"), in("dx") port, out($register) value,
                    options(nomem, nostack, preserves_flags));
            }
            value
        }

        fn $write(&self, offset: usize, value: $type) {
            let port = self.select(offset);
            // SAFETY: the platform says that the function is this device, and check gives a device to one
            // instance; after all that was written to memory, which is what the missing `nomem` says.
            unsafe {
                core::arch::asm!(concat!("out dx, ", $register), in("dx") port, in($register) value,
                    options(nostack, preserves_flags));
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
impl Words for Ports {
    accesses!(read_u8, write_u8, u8, "al");
    accesses!(read_u16, write_u16, u16, "ax");
    accesses!(read_u32, write_u32, u32, "eax");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_places() {
        let places = [0, 0x34, 0x06, 0xff].map(Ports::place);
        assert_eq!(places, [(0, 0xcfc), (0x34, 0xcfc), (0x04, 0xcfe), (0xfc, 0xcff)]);
        assert!(Space::open(Configuration::Memory(0xb001_0002)).is_err());
        assert!(matches!(
            Space::open(Configuration::Ports(0x10)),
            Ok(Space::Ports(Ports { function: 0x10 }))
        ));
    }
}
