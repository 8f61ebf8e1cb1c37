//! Devices that are functions of PCI (section 4.1).
//!
//! The memory that the platform keeps for a device's registers is where they are put, whatever firmware has
//! done before.

use crate::device::{Interrupt, QueuePlace, Transport};
use crate::space::Space;
use crate::words::{Window, Words};
use oscomp_abi::{Registers, StartError};

/// The configuration space of a function: offsets in bytes.
mod configuration {
    pub const VENDOR: usize = 0x00;
    pub const DEVICE: usize = 0x02;
    pub const COMMAND: usize = 0x04;
    pub const STATUS: usize = 0x06;
    /// The first of six base addresses.
    pub const BASES: usize = 0x10;
    pub const CAPABILITIES: usize = 0x34;
}

/// The vendor of virtio devices.
const VENDOR: u16 = 0x1af4;
/// What the numbers of devices begin from.
const DEVICES: u16 = 0x1040;
/// Of the command: registers answer in memory, and the device reaches memory.
const MEMORY: u16 = 1 << 1;
const MASTER: u16 = 1 << 2;
/// Of the status: there are capabilities.
const LISTS: u16 = 1 << 4;
/// Of the command: the line stays as it is.
const NO_LINE: u16 = 1 << 10;
/// Capabilities: the vendor's, and messages (MSI-X: PCI Local Bus Specification 3.0, 6.8.2).
const VENDORS: u8 = 9;
const MESSAGES: u8 = 0x11;
/// Of the control of messages, 2 bytes behind its capability: they are on. Their table is said behind that.
const ENABLED: u16 = 1 << 15;
/// Bytes of an entry of the table of messages: address, data, whether it is masked.
const ENTRY: usize = 16;
/// What a vector is that the device does not have.
const NO_VECTOR: u16 = 0xffff;
/// More capabilities than fit.
const MOST: usize = 48;

/// Kinds of the vendor's capability.
const COMMON: u8 = 1;
const NOTIFY: u8 = 2;
const ISR: u8 = 3;
const OWN: u8 = 4;

/// Common registers: offsets in bytes (section 4.1.4.3).
mod common {
    pub const LENGTH: usize = 0x38;
    pub const FEATURES_HALF: usize = 0x00;
    pub const FEATURES: usize = 0x04;
    pub const ACCEPTED_HALF: usize = 0x08;
    pub const ACCEPTED: usize = 0x0c;
    pub const STATUS: usize = 0x14;
    pub const QUEUE: usize = 0x16;
    pub const QUEUE_SIZE: usize = 0x18;
    pub const QUEUE_VECTOR: usize = 0x1a;
    pub const QUEUE_ENABLE: usize = 0x1c;
    pub const QUEUE_DOOR: usize = 0x1e;
    pub const ADDRESSES: usize = 0x20;
}

/// How many queues a driver may use.
const QUEUES: usize = 4;

/// A device behind such registers.
#[derive(Clone, Copy, Debug)]
pub struct Pci<W = Window, S = Space> {
    device: u32,
    space: S,
    /// The memory kept for the registers: where it is, and how much is left behind those that are there.
    base: usize,
    used: usize,
    length: usize,
    registers: W,
    /// The number of the base address that the registers are behind.
    behind: u8,
    /// Whether it interrupts by messages.
    signals: bool,
    common: usize,
    isr: usize,
    own: usize,
    doors: usize,
    /// By how much the doors of queues are apart.
    stride: usize,
    /// Where each queue's door is.
    queues: [usize; QUEUES],
}

impl Pci {
    /// The device of a function, whatever it is.
    ///
    /// # Errors
    /// When nothing there follows version 1 of the specification.
    pub fn open(registers: Registers) -> Result<Self, StartError> {
        match registers {
            Registers::Pci { configuration, base, length }
                if base.is_multiple_of(length.next_power_of_two()) =>
            {
                Self::new(Space::open(configuration)?, Window::new(base, length), base, length)
            }
            _ => Err(StartError::new("the device is no function of PCI")),
        }
    }
}

impl<W: Words, S: Words> Pci<W, S> {
    /// The device whose configuration space is `space`, with its registers at `base`, which is `registers`.
    ///
    /// # Errors
    /// When nothing there follows version 1 of the specification.
    pub fn new(space: S, registers: W, base: usize, length: usize) -> Result<Self, StartError> {
        let number = space.read_u16(configuration::DEVICE);
        if space.read_u16(configuration::VENDOR) != VENDOR || number < DEVICES {
            return Err(StartError::new("no virtio device of version 1 answers at the function of PCI"));
        }
        let places = Places::find(&space).ok_or(StartError::new("the virtio device lacks registers"))?;
        if !places.are_within(length) {
            return Err(StartError::new("the device's registers do not fit into the memory kept for them"));
        }
        let used = put(&space, places.base, base)?;
        let command = space.read_u16(configuration::COMMAND);
        space.write_u16(configuration::COMMAND, command | MEMORY | MASTER);
        Ok(Self {
            device: u32::from(number - DEVICES),
            space,
            base,
            used,
            length,
            registers,
            behind: places.base,
            signals: false,
            common: places.common,
            isr: places.isr,
            own: places.own,
            doors: places.doors,
            stride: places.stride,
            queues: [0; QUEUES],
        })
    }
}

/// Puts the registers behind a base address of a function elsewhere; how many bytes they have.
fn put(space: &impl Words, number: u8, base: usize) -> Result<usize, StartError> {
    let register = configuration::BASES + 4 * usize::from(number);
    // Not in the way of anything while they move.
    let command = space.read_u16(configuration::COMMAND);
    space.write_u16(configuration::COMMAND, command & !MEMORY);
    let is_wide = space.read_u32(register) & 0b110 == 0b100;
    // What it does not take is below its size.
    space.write_u32(register, u32::MAX);
    let size = (!(space.read_u32(register) & !0xf)).wrapping_add(1) as usize;
    space.write_u32(register, base as u32);
    if is_wide {
        space.write_u32(register + 4, (base as u64 >> 32) as u32);
    }
    space.write_u16(configuration::COMMAND, command);
    let is_reachable = is_wide || u32::try_from(base).is_ok();
    if size == 0 || !base.is_multiple_of(size) || !is_reachable {
        return Err(StartError::new("the device's registers cannot be where memory is kept for them"));
    }
    Ok(size)
}

/// The capabilities of a function: where each is.
fn capabilities(space: &impl Words) -> impl Iterator<Item = usize> {
    let has_some = space.read_u16(configuration::STATUS) & LISTS != 0;
    let next = |at: usize| Some(usize::from(space.read_u8(at) & !3)).filter(|next| *next != 0);
    let first = if has_some { next(configuration::CAPABILITIES) } else { None };
    core::iter::successors(first, move |at| next(at + 1)).take(MOST)
}

/// Where the groups of registers are, all behind one base address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Places {
    /// The number of the base address.
    base: u8,
    common: usize,
    isr: usize,
    own: usize,
    doors: usize,
    doors_length: usize,
    stride: usize,
}

impl Places {
    fn find(space: &impl Words) -> Option<Self> {
        let mut places = Self::default();
        let mut found = [None; 5];
        for at in capabilities(space) {
            let (kind, base) = (space.read_u8(at + 3), space.read_u8(at + 4));
            // The first of each kind is the one that the device likes best.
            if space.read_u8(at) == VENDORS
                && let Some(found @ None) = found.get_mut(usize::from(kind))
            {
                let offset = space.read_u32(at + 8) as usize;
                match kind {
                    COMMON => places.common = offset,
                    ISR => places.isr = offset,
                    OWN => places.own = offset,
                    NOTIFY => {
                        places.doors = offset;
                        places.doors_length = space.read_u32(at + 12) as usize;
                        places.stride = space.read_u32(at + 16) as usize;
                    }
                    _ => {}
                }
                *found = Some(base);
            }
        }
        let [_, common, doors, isr, own] = found;
        places.base = common?;
        let is_one = [doors, isr, own].iter().all(|base| *base == common);
        (is_one && places.base < 6).then_some(places)
    }

    fn are_within(&self, length: usize) -> bool {
        let fits = |offset: usize, size: usize| offset.checked_add(size).is_some_and(|end| end <= length);
        fits(self.common, common::LENGTH)
            && fits(self.isr, 1)
            && fits(self.own, 1)
            && fits(self.doors, self.doors_length)
    }
}

impl<W: Words, S: Words> Pci<W, S> {
    fn select(&self, queue: u16) {
        self.registers.write_u16(self.common + common::QUEUE, queue);
    }
}

impl<W: Words, S: Words> Transport for Pci<W, S> {
    fn device(&self) -> u32 {
        self.device
    }

    fn features(&self) -> u64 {
        let half = |number| {
            self.registers.write_u32(self.common + common::FEATURES_HALF, number);
            u64::from(self.registers.read_u32(self.common + common::FEATURES))
        };
        half(0) | half(1) << 32
    }

    fn accept(&self, features: u64) {
        for (number, half) in [features as u32, (features >> 32) as u32].into_iter().enumerate() {
            self.registers.write_u32(self.common + common::ACCEPTED_HALF, number as u32);
            self.registers.write_u32(self.common + common::ACCEPTED, half);
        }
    }

    fn status(&self) -> u8 {
        self.registers.read_u8(self.common + common::STATUS)
    }

    fn set_status(&self, status: u8) {
        self.registers.write_u8(self.common + common::STATUS, status);
    }

    fn queue_limit(&self, queue: u16) -> u16 {
        if usize::from(queue) >= QUEUES {
            return 0;
        }
        self.select(queue);
        self.registers.read_u16(self.common + common::QUEUE_SIZE)
    }

    fn signal_by(&mut self, address: u64, data: u32) -> Result<(), StartError> {
        let space = &self.space;
        let at = capabilities(space)
            .find(|at| space.read_u8(*at) == MESSAGES)
            .ok_or(StartError::new("the virtio device sends no messages"))?;
        let place = space.read_u32(at + 4);
        let (behind, mut entry) = ((place & 7) as u8, (place & !7) as usize);
        if behind != self.behind {
            let size = put(space, behind, self.base + self.used)?;
            entry += self.used;
            self.used += size;
        }
        if entry + ENTRY > self.length {
            return Err(StartError::new(
                "the device's messages do not fit into the memory kept for its registers",
            ));
        }
        let control = space.read_u16(at + 2);
        space.write_u16(at + 2, control | ENABLED);
        let command = space.read_u16(configuration::COMMAND);
        space.write_u16(configuration::COMMAND, command | NO_LINE);
        self.registers.write_u32(entry, address as u32);
        self.registers.write_u32(entry + 4, (address >> 32) as u32);
        self.registers.write_u32(entry + 8, data);
        self.registers.write_u32(entry + 12, 0);
        self.signals = true;
        Ok(())
    }

    fn set_queue(&mut self, queue: u16, place: QueuePlace) -> Result<(), StartError> {
        self.select(queue);
        if self.signals {
            self.registers.write_u16(self.common + common::QUEUE_VECTOR, 0);
            if self.registers.read_u16(self.common + common::QUEUE_VECTOR) == NO_VECTOR {
                return Err(StartError::new("the virtio device cannot send a message for a queue"));
            }
        }
        self.registers.write_u16(self.common + common::QUEUE_SIZE, place.size);
        for (number, address) in place.addresses.into_iter().enumerate() {
            let register = self.common + common::ADDRESSES + 8 * number;
            self.registers.write_u32(register, address as u32);
            self.registers.write_u32(register + 4, (address >> 32) as u32);
        }
        let door = self.registers.read_u16(self.common + common::QUEUE_DOOR);
        self.queues[usize::from(queue)] = self.doors + usize::from(door) * self.stride;
        self.registers.write_u16(self.common + common::QUEUE_ENABLE, 1);
        Ok(())
    }

    #[inline]
    fn notify(&self, queue: u16) {
        self.registers.write_u16(self.queues[usize::from(queue)], queue);
    }

    fn acknowledge(&self) -> Interrupt {
        if self.signals {
            // A message is gone once it has been sent; it says nothing.
            return Interrupt(Interrupt::USED);
        }
        // Reading it clears it.
        Interrupt(self.registers.read_u8(self.isr))
    }

    fn configuration(&self, offset: usize) -> u8 {
        self.registers.read_u8(self.own + offset)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use crate::device::{feature, negotiate};
    use oscomp_abi::Configuration;
    use std::cell::RefCell;
    use std::vec;
    use std::vec::Vec;

    /// Bytes that hold what is written.
    struct Bytes {
        bytes: RefCell<Vec<u8>>,
        written: RefCell<Vec<(usize, u32)>>,
        /// Base addresses, and what they do not take.
        fixed: Vec<(usize, u32)>,
    }

    impl Bytes {
        fn new(length: usize) -> Self {
            Self { bytes: RefCell::new(vec![0; length]), written: RefCell::default(), fixed: Vec::new() }
        }

        fn set(&self, offset: usize, bytes: &[u8]) {
            self.bytes.borrow_mut()[offset..offset + bytes.len()].copy_from_slice(bytes);
        }

        fn get<const N: usize>(&self, offset: usize) -> [u8; N] {
            assert!(offset.is_multiple_of(N));
            self.bytes.borrow()[offset..offset + N].try_into().unwrap()
        }

        fn put(&self, offset: usize, bytes: &[u8], value: u32) {
            self.set(offset, bytes);
            self.written.borrow_mut().push((offset, value));
        }
    }

    impl Words for Bytes {
        fn read_u8(&self, offset: usize) -> u8 {
            self.get::<1>(offset)[0]
        }
        fn read_u16(&self, offset: usize) -> u16 {
            u16::from_le_bytes(self.get(offset))
        }
        fn read_u32(&self, offset: usize) -> u32 {
            u32::from_le_bytes(self.get(offset))
        }
        fn write_u8(&self, offset: usize, value: u8) {
            self.put(offset, &[value], value.into());
        }
        fn write_u16(&self, offset: usize, value: u16) {
            self.put(offset, &value.to_le_bytes(), value.into());
        }
        fn write_u32(&self, offset: usize, value: u32) {
            let fixed = self.fixed.iter().find(|(base, _)| *base == offset).map_or(0, |(_, fixed)| *fixed);
            self.put(offset, &(value & !fixed).to_le_bytes(), value);
        }
    }

    /// The configuration space of a network device as QEMU has it: registers behind the base address 4, the
    /// table of messages behind 1.
    fn space() -> Bytes {
        let mut space = Bytes::new(4096);
        space.fixed = vec![(0x20, 0x3fff), (0x14, 0xfff)];
        space.set(configuration::VENDOR, &[0xf4, 0x1a, 0x41, 0x10]);
        space.set(configuration::STATUS, &[0x10, 0]);
        space.set(configuration::BASES + 16, &[0x0c, 0, 0, 0xfe]);
        space.set(configuration::CAPABILITIES, &[0xb8]);
        let mut at = 0xb8;
        // MSI-X first, which is not of the vendor.
        space.set(at, &[MESSAGES, 0xa4, 2, 0, 1, 0, 0, 0]);
        for (kind, offset) in [(5, 0), (2, 0x3000_u32), (4, 0x2000), (3, 0x1000), (1, 0)] {
            at = space.read_u8(at + 1).into();
            let next = if kind == 1 { 0 } else { at as u8 - 0x14 };
            space.set(at, &[VENDORS, next, 16, kind, if kind == 5 { 0 } else { 4 }]);
            space.set(at + 8, &offset.to_le_bytes());
            space.set(at + 12, &0x1000_u32.to_le_bytes());
            space.set(at + 16, &4_u32.to_le_bytes());
        }
        space
    }

    fn registers() -> Bytes {
        let registers = Bytes::new(0x5000);
        // What is read is what it offers, whichever half.
        registers.set(common::FEATURES, &[1 << 5 | 1, 0, 0, 0]);
        registers.set(common::QUEUE_SIZE, &[0, 1]);
        registers.set(common::QUEUE_DOOR, &[1, 0]);
        registers
    }

    #[test]
    fn registers_are_moved_and_found() {
        let mut device = Pci::new(space(), registers(), 0xe000_0000, 0x4000).unwrap();
        assert_eq!(
            *device.space.written.borrow(),
            [
                (0x04, 0),
                (0x20, u32::MAX),
                (0x20, 0xe000_0000),
                (0x24, 0),
                (0x04, 0),
                (0x04, (MEMORY | MASTER).into())
            ]
        );
        assert_eq!((device.device(), device.queue_limit(1), device.queue_limit(4)), (1, 256, 0));
        assert!(negotiate(&device, 1, 1 << 5).is_ok_and(|features| features == 1 << 5 | feature::VERSION_1));
        device.registers.written.borrow_mut().clear();
        let place = QueuePlace { size: 64, addresses: [0x1_0000_1000, 0x2000, 0x3000] };
        assert_eq!(device.set_queue(1, place), Ok(()));
        device.notify(1);
        assert_eq!(
            *device.registers.written.borrow(),
            [
                (0x16, 1),
                (0x18, 64),
                (0x20, 0x1000),
                (0x24, 1),
                (0x28, 0x2000),
                (0x2c, 0),
                (0x30, 0x3000),
                (0x34, 0),
                (0x1c, 1),
                (0x3004, 1),
            ]
        );
        device.registers.set(0x1000, &[1]);
        assert_eq!(device.acknowledge(), Interrupt(Interrupt::USED));
        device.registers.set(0x2005, &[0x56]);
        assert_eq!(device.configuration(5), 0x56);
    }

    #[test]
    fn messages_are_sent_for_every_queue() {
        let mut device = Pci::new(space(), registers(), 0xe000_0000, 0x5000).unwrap();
        device.space.written.borrow_mut().clear();
        assert_eq!(device.signal_by(0xfee0_1000, 97), Ok(()));
        assert_eq!(
            *device.space.written.borrow(),
            [
                (0x04, MASTER.into()),
                (0x14, u32::MAX),
                (0x14, 0xe000_4000),
                (0x04, (MEMORY | MASTER).into()),
                (0xba, (ENABLED | 2).into()),
                (0x04, (MEMORY | MASTER | NO_LINE).into()),
            ]
        );
        let entry = [(0x4000, 0xfee0_1000), (0x4004, 0), (0x4008, 97), (0x400c, 0)];
        assert_eq!(*device.registers.written.borrow(), entry);
        assert_eq!(device.set_queue(1, QueuePlace { size: 64, addresses: [0; 3] }), Ok(()));
        assert!(device.registers.written.borrow().contains(&(common::QUEUE_VECTOR, 0)));
        device.registers.set(0x1000, &[0]);
        assert_eq!(device.acknowledge(), Interrupt(Interrupt::USED), "without a look at the device");
    }

    /// As Cloud Hypervisor has it.
    #[test]
    fn messages_may_be_among_the_other_registers() {
        let mut space = space();
        space.fixed = vec![(0x20, 0x7_ffff)];
        space.set(0xbc, &[4, 0x80, 0, 0]);
        let registers = Bytes::new(0x8_0000);
        registers.set(common::QUEUE_SIZE, &[0, 1]);
        let mut device = Pci::new(space, registers, 0x1_0000_0000, 0x8_0000).unwrap();
        assert_eq!((device.space.read_u32(0x20), device.space.read_u32(0x24)), (0, 1));
        assert_eq!(device.signal_by(0xfee0_0000, 97), Ok(()));
        assert_eq!(device.registers.read_u32(0x8008), 97);
    }

    #[test]
    fn messages_need_room_and_a_table() {
        let mut device = Pci::new(space(), registers(), 0xe000_0000, 0x4000).unwrap();
        assert!(device.signal_by(0xfee0_0000, 97).is_err(), "no memory is kept for the table");
        let mut device = Pci::new(space(), registers(), 0x1_0000_0000, 0x5000).unwrap();
        assert!(device.signal_by(0xfee0_0000, 97).is_err(), "their base address has 32 bits");
        let without = space();
        without.set(0xb8, &[5]);
        let mut device = Pci::new(without, registers(), 0xe000_0000, 0x5000).unwrap();
        assert!(device.signal_by(0xfee0_0000, 97).is_err(), "no capability");
    }

    #[test]
    fn what_cannot_be_driven_is_refused() {
        let refused = |change: fn(&Bytes)| {
            let space = space();
            change(&space);
            Pci::new(space, registers(), 0xe000_0000, 0x4000).is_err()
        };
        assert!(!refused(|_| ()));
        assert!(refused(|space| space.set(0, &[0xff; 4])), "nothing there");
        assert!(refused(|space| space.set(configuration::DEVICE, &[0x00, 0x10])), "from before version 1");
        assert!(refused(|space| space.set(configuration::STATUS, &[0, 0])), "no capabilities");
        assert!(refused(|space| space.set(0xb8, &[0x11, 0xb8])), "capabilities in a circle");
        assert!(refused(|space| space.set(0x90 + 4, &[2])), "registers behind two base addresses");
        assert!(Pci::new(space(), registers(), 0xe000_0000, 0x2000).is_err(), "not enough memory");
        assert!(Pci::open(Registers::Memory { base: 0, length: 0x4000 }).is_err());
        assert!(
            Pci::open(Registers::Pci {
                configuration: Configuration::Memory(0),
                base: 0x1000,
                length: 0x4000
            })
            .is_err(),
            "not aligned to its size"
        );
    }
}
