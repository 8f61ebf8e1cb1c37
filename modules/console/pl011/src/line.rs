//! What the registers mean: chapter 3 of the manual.

use oscomp_polled_line::PolledLine;
use oscomp_registers::Registers;

/// Bytes of the registers that are used.
pub const LENGTH: usize = 0x48;
const DATA: usize = 0x00;
const FLAGS: usize = 0x18;
const DIVISOR: usize = 0x24;
const FRACTION: usize = 0x28;
const LINE: usize = 0x2c;
const CONTROL: usize = 0x30;
const MASK: usize = 0x38;

/// Of the flags: nothing received, no room to send.
const NOTHING: u32 = 1 << 4;
const FULL: u32 = 1 << 5;
/// Of the line: 8 data bits, with queues.
const EIGHT_BITS: u32 = 3 << 5 | 1 << 4;
/// Of the control: on, sends, receives.
const ON: u32 = 1 | 1 << 8 | 1 << 9;

/// The UART behind its registers.
pub struct Line<R>(pub R);

impl<R: Registers> Line<R> {
    /// Sets the line up; `divisor` is in 64ths.
    pub fn set_up(&self, divisor: u32) {
        self.0.write(CONTROL, 0);
        self.0.write(MASK, 0);
        self.0.write(DIVISOR, divisor >> 6);
        self.0.write(FRACTION, divisor & 63);
        // Takes the divisor over as well.
        self.0.write(LINE, EIGHT_BITS);
        self.0.write(CONTROL, ON);
    }
}

impl<R: Registers> PolledLine for Line<R> {
    #[inline(always)]
    fn has_room(&self) -> bool {
        self.0.read(FLAGS) & FULL == 0
    }

    #[inline(always)]
    fn put(&self, byte: u8) {
        self.0.write(DATA, u32::from(byte));
    }

    #[inline(always)]
    fn get(&self) -> Option<u8> {
        (self.0.read(FLAGS) & NOTHING == 0).then(|| self.0.read(DATA) as u8)
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
            if offset == DATA {
                // The upper bits are errors.
                return 0xf00 | u32::from(waiting.remove(0));
            }
            *self.asked.borrow_mut() += 1;
            let full = if self.asked.borrow().is_multiple_of(3) { 0 } else { FULL };
            full | if waiting.is_empty() { NOTHING } else { 0 }
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
    fn the_divisor_is_in_64ths() {
        let line = Line(Fake::default());
        // 24 MHz at 115200 baud: 13 and 1/64 (the manual's example rounds like this).
        line.set_up(833);
        let written = line.0.written.borrow();
        assert!(written.contains(&(DIVISOR, 13)) && written.contains(&(FRACTION, 1)));
        assert_eq!(written.last(), Some(&(CONTROL, 0x301)));
    }
}
