//! What the registers mean.

use oscomp_polled_line::PolledLine;
use oscomp_registers::Registers;

/// Bytes of the registers that are used.
pub const LENGTH: usize = 0x6c;

/// Which of the auxiliary devices are on.
const ENABLES: usize = 0x04;
const DATA: usize = 0x40;
const INTERRUPTS: usize = 0x44;
const QUEUES: usize = 0x48;
const LINE: usize = 0x4c;
const MODEM: usize = 0x50;
const STATUS: usize = 0x54;
const CONTROL: usize = 0x60;
const BAUD: usize = 0x68;

/// Of the enables: the mini UART.
const ON: u32 = 1;
/// Both queues emptied.
const EMPTY: u32 = 0b110;
/// The manual has one bit for this; it takes both (its errata).
const EIGHT_BITS: u32 = 0b11;
/// Of the status: something received, room to send.
const SOMETHING: u32 = 1 << 0;
const ROOM: u32 = 1 << 5;
/// Of the control: receives, sends.
const BOTH: u32 = 0b11;

/// The UART behind its registers.
pub struct Line<R>(pub R);

impl<R: Registers> Line<R> {
    /// Sets the line up.
    pub fn set_up(&self, divisor: u32) {
        self.0.write(ENABLES, self.0.read(ENABLES) | ON);
        self.0.write(CONTROL, 0);
        self.0.write(INTERRUPTS, 0);
        self.0.write(LINE, EIGHT_BITS);
        self.0.write(MODEM, 0);
        self.0.write(QUEUES, EMPTY);
        self.0.write(BAUD, divisor);
        self.0.write(CONTROL, BOTH);
    }
}

impl<R: Registers> PolledLine for Line<R> {
    #[inline(always)]
    fn has_room(&self) -> bool {
        self.0.read(STATUS) & ROOM != 0
    }

    #[inline(always)]
    fn put(&self, byte: u8) {
        self.0.write(DATA, u32::from(byte));
    }

    #[inline(always)]
    fn get(&self) -> Option<u8> {
        (self.0.read(STATUS) & SOMETHING != 0).then(|| self.0.read(DATA) as u8)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::cell::RefCell;
    use std::vec::Vec;

    /// A UART that has room every third time that it is asked.
    #[derive(Default)]
    struct Fake {
        written: RefCell<Vec<(usize, u32)>>,
        waiting: RefCell<Vec<u8>>,
        asked: RefCell<u32>,
    }

    impl Registers for Fake {
        fn read(&self, offset: usize) -> u32 {
            let mut waiting = self.waiting.borrow_mut();
            match offset {
                DATA => u32::from(waiting.remove(0)),
                // Another auxiliary device is on.
                ENABLES => 0b10,
                _ => {
                    *self.asked.borrow_mut() += 1;
                    let room = if self.asked.borrow().is_multiple_of(3) { ROOM } else { 0 };
                    room | if waiting.is_empty() { 0 } else { SOMETHING }
                }
            }
        }

        fn write(&self, offset: usize, value: u32) {
            self.written.borrow_mut().push((offset, value));
        }
    }

    #[test]
    fn a_byte_goes_out_when_there_is_room_and_comes_in_when_it_is_there() {
        let line = Line(Fake::default());
        line.write(b"ab", false);
        assert_eq!(*line.0.written.borrow(), [(DATA, 0x61), (DATA, 0x62)]);
        assert_eq!(*line.0.asked.borrow(), 6);
        line.0.waiting.borrow_mut().extend(b"x");
        assert_eq!((line.get(), line.get()), (Some(b'x'), None));
    }

    #[test]
    fn other_devices_stay_on() {
        let line = Line(Fake::default());
        line.set_up(270);
        let written = line.0.written.borrow();
        assert_eq!(written.first(), Some(&(ENABLES, 0b11)));
        assert!(written.contains(&(BAUD, 270)));
        assert_eq!(written.last(), Some(&(CONTROL, BOTH)));
    }
}
