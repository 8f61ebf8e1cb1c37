//! Devices whose registers are memory (section 4.2).

use crate::device::{Interrupt, QueuePlace, Transport};
use crate::words::{Window, Words};
use oscomp_abi::{Registers, StartError};

/// Registers: offsets in bytes.
mod register {
    pub const MAGIC: usize = 0x000;
    pub const VERSION: usize = 0x004;
    pub const DEVICE: usize = 0x008;
    pub const FEATURES: usize = 0x010;
    pub const FEATURES_HALF: usize = 0x014;
    pub const ACCEPTED: usize = 0x020;
    pub const ACCEPTED_HALF: usize = 0x024;
    pub const QUEUE: usize = 0x030;
    pub const QUEUE_LIMIT: usize = 0x034;
    pub const QUEUE_SIZE: usize = 0x038;
    pub const QUEUE_READY: usize = 0x044;
    pub const NOTIFY: usize = 0x050;
    pub const INTERRUPT: usize = 0x060;
    pub const ACKNOWLEDGE: usize = 0x064;
    pub const STATUS: usize = 0x070;
    /// Of descriptors, available ring and used ring: low halves; the high ones follow.
    pub const ADDRESSES: [usize; 3] = [0x080, 0x090, 0x0a0];
    pub const CONFIGURATION: usize = 0x100;
}

/// `virt`.
const MAGIC: u32 = 0x7472_6976;

/// A device behind such registers.
#[derive(Clone, Copy, Debug)]
pub struct Mmio<W = Window>(W);

impl Mmio {
    /// The device at these registers, whatever it is.
    ///
    /// # Errors
    /// When nothing there follows version 1 of the specification.
    pub fn open(registers: Registers) -> Result<Self, StartError> {
        match registers {
            Registers::Memory { base, length } if length >= 0x200 && base.is_multiple_of(4) => {
                Self::new(Window::new(base, length))
            }
            _ => Err(StartError::new("the device does not have the registers of a virtio device")),
        }
    }
}

impl<W: Words> Mmio<W> {
    /// The device behind the words, whatever it is.
    ///
    /// # Errors
    /// When nothing there follows version 1 of the specification.
    pub fn new(words: W) -> Result<Self, StartError> {
        if words.read_u32(register::MAGIC) != MAGIC || words.read_u32(register::VERSION) != 2 {
            return Err(StartError::new(
                "no virtio transport of version 1 answers at the device's registers",
            ));
        }
        Ok(Self(words))
    }
}

impl<W: Words> Transport for Mmio<W> {
    fn device(&self) -> u32 {
        self.0.read_u32(register::DEVICE)
    }

    fn features(&self) -> u64 {
        let half = |number| {
            self.0.write_u32(register::FEATURES_HALF, number);
            u64::from(self.0.read_u32(register::FEATURES))
        };
        half(0) | half(1) << 32
    }

    fn accept(&self, features: u64) {
        for (number, half) in [features as u32, (features >> 32) as u32].into_iter().enumerate() {
            self.0.write_u32(register::ACCEPTED_HALF, number as u32);
            self.0.write_u32(register::ACCEPTED, half);
        }
    }

    fn status(&self) -> u8 {
        self.0.read_u32(register::STATUS) as u8
    }

    fn set_status(&self, status: u8) {
        self.0.write_u32(register::STATUS, status.into());
    }

    fn queue_limit(&self, queue: u16) -> u16 {
        self.0.write_u32(register::QUEUE, queue.into());
        u16::try_from(self.0.read_u32(register::QUEUE_LIMIT)).unwrap_or(1 << 15)
    }

    fn signal_by(&mut self, _address: u64, _data: u32) -> Result<(), StartError> {
        Err(StartError::new("a virtio device that is reached by memory sends no messages"))
    }

    fn set_queue(&mut self, queue: u16, place: QueuePlace) -> Result<(), StartError> {
        self.0.write_u32(register::QUEUE, queue.into());
        self.0.write_u32(register::QUEUE_SIZE, place.size.into());
        for (register, address) in register::ADDRESSES.into_iter().zip(place.addresses) {
            self.0.write_u32(register, address as u32);
            self.0.write_u32(register + 4, (address >> 32) as u32);
        }
        self.0.write_u32(register::QUEUE_READY, 1);
        Ok(())
    }

    #[inline]
    fn notify(&self, queue: u16) {
        self.0.write_u32(register::NOTIFY, queue.into());
    }

    fn acknowledge(&self) -> Interrupt {
        let interrupt = self.0.read_u32(register::INTERRUPT);
        self.0.write_u32(register::ACKNOWLEDGE, interrupt);
        Interrupt(interrupt as u8)
    }

    fn configuration(&self, offset: usize) -> u8 {
        self.0.read_u8(register::CONFIGURATION + offset)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use crate::device::{feature, negotiate, start};
    use std::cell::RefCell;
    use std::collections::BTreeMap;
    use std::vec::Vec;

    /// Registers of a network device that has two queues and offers features 5 and 32 by default.
    struct Fake {
        written: RefCell<Vec<(usize, u32)>>,
        last: RefCell<BTreeMap<usize, u32>>,
        version: u32,
        features: [u32; 2],
        takes_features: bool,
    }

    impl Fake {
        fn new() -> Self {
            Self {
                written: RefCell::default(),
                last: RefCell::default(),
                version: 2,
                features: [1 << 5, 1],
                takes_features: true,
            }
        }
    }

    impl Words for Fake {
        fn read_u32(&self, offset: usize) -> u32 {
            let last = |offset| *self.last.borrow().get(&offset).unwrap_or(&0);
            match offset {
                register::MAGIC => MAGIC,
                register::VERSION => self.version,
                register::DEVICE => 1,
                register::FEATURES => self.features[last(register::FEATURES_HALF) as usize],
                register::QUEUE_LIMIT => [256, 256, 0][last(register::QUEUE) as usize],
                register::STATUS if !self.takes_features => last(offset) & !8,
                _ => last(offset),
            }
        }

        fn write_u32(&self, offset: usize, value: u32) {
            self.written.borrow_mut().push((offset, value));
            self.last.borrow_mut().insert(offset, value);
        }

        fn read_u8(&self, offset: usize) -> u8 {
            offset as u8
        }

        fn read_u16(&self, _: usize) -> u16 {
            panic!("registers are words")
        }

        fn write_u8(&self, _: usize, _: u8) {
            panic!("registers are words")
        }

        fn write_u16(&self, _: usize, _: u16) {
            panic!("registers are words")
        }
    }

    #[test]
    fn a_device_is_started_as_the_specification_has_it() {
        let mut device = Mmio::new(Fake::new()).unwrap();
        assert_eq!(negotiate(&device, 1, 1 << 5 | 1 << 29), Ok(1 << 5 | feature::VERSION_1));
        assert_eq!((device.queue_limit(1), device.queue_limit(2)), (256, 0));
        device.0.written.borrow_mut().clear();
        let place = QueuePlace { size: 64, addresses: [0x1_0000_1000, 0x2000, 0x3000] };
        assert_eq!(device.set_queue(1, place), Ok(()));
        start(&device);
        assert_eq!(
            *device.0.written.borrow(),
            [
                (0x30, 1),
                (0x38, 64),
                (0x80, 0x1000),
                (0x84, 1),
                (0x90, 0x2000),
                (0x94, 0),
                (0xa0, 0x3000),
                (0xa4, 0),
                (0x44, 1),
                (0x70, 15),
            ]
        );
        assert_eq!(device.configuration(3), 3);
    }

    #[test]
    fn what_cannot_be_driven_is_refused() {
        assert!(Mmio::new(Fake { version: 1, ..Fake::new() }).is_err(), "a legacy transport");
        let other = Mmio::new(Fake::new()).unwrap();
        assert!(negotiate(&other, 2, 0).is_err(), "not a disk");
        let old = Mmio::new(Fake { features: [1 << 5, 0], ..Fake::new() }).unwrap();
        assert!(negotiate(&old, 1, 0).is_err());
        let stubborn = Mmio::new(Fake { takes_features: false, ..Fake::new() }).unwrap();
        assert!(negotiate(&stubborn, 1, 0).is_err());
        assert!(Mmio::open(Registers::Port { base: 0, length: 0x200 }).is_err());
        assert!(Mmio::open(Registers::Memory { base: 0x1000, length: 0x100 }).is_err());
    }

    #[test]
    fn an_interrupt_is_taken_back_as_it_was_found() {
        let device = Mmio::new(Fake::new()).unwrap();
        device.0.write_u32(register::INTERRUPT, 3);
        assert_eq!(device.acknowledge(), Interrupt(Interrupt::USED | Interrupt::CONFIGURATION));
        assert_eq!(device.0.read_u32(register::ACKNOWLEDGE), 3);
    }
}
