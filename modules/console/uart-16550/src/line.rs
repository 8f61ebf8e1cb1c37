//! What the registers mean: National Semiconductor, PC16550D data sheet (June 1995), section 8.

use oscomp_abi::StartError;

/// The eight registers of a UART.
pub trait Registers {
    /// Reads one register, 0 to 7.
    fn read(&self, register: u8) -> u8;
    /// Writes one register, 0 to 7.
    fn write(&self, register: u8, value: u8);
}

/// Receiver buffer when read, transmitter holding when written, low divisor byte under DLAB.
const DATA: u8 = 0;
/// Interrupt enable, high divisor byte under DLAB.
const INTERRUPTS: u8 = 1;
/// Interrupt identification when read, FIFO control when written.
const FIFO: u8 = 2;
const LINE_CONTROL: u8 = 3;
const MODEM_CONTROL: u8 = 4;
const LINE_STATUS: u8 = 5;
const SCRATCH: u8 = 7;

/// Enable both FIFOs and clear them.
const FIFO_ENABLE_CLEAR: u8 = 0b0000_0111;
/// Both bits of the identification register that tell a working FIFO.
const FIFO_WORKS: u8 = 0b1100_0000;
const EIGHT_BITS_NO_PARITY: u8 = 0b0000_0011;
const DIVISOR_LATCH: u8 = 0b1000_0000;
const READY_AND_REQUEST_TO_SEND: u8 = 0b0000_0011;
const DATA_READY: u8 = 0b0000_0001;
const HOLDING_EMPTY: u8 = 0b0010_0000;

/// How many bytes the transmitter takes once it says that it is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fifo {
    /// 8250, 16450 and the first 16550: one byte.
    One,
    /// 16550A and later: sixteen.
    Sixteen,
}

/// A UART's line.
pub struct Line<R>(pub R);

impl<R: Registers> Line<R> {
    /// Sets speed, format and FIFO, with interrupts off.
    #[inline]
    pub fn set_up(&self, divisor: u16) -> Result<Fifo, StartError> {
        let registers = &self.0;
        registers.write(SCRATCH, 0x5a);
        if registers.read(SCRATCH) != 0x5a {
            return Err(StartError::new("no UART answers at the device's registers"));
        }
        let [low, high] = divisor.to_le_bytes();
        registers.write(INTERRUPTS, 0);
        registers.write(LINE_CONTROL, DIVISOR_LATCH | EIGHT_BITS_NO_PARITY);
        registers.write(DATA, low);
        registers.write(INTERRUPTS, high);
        registers.write(LINE_CONTROL, EIGHT_BITS_NO_PARITY);
        registers.write(FIFO, FIFO_ENABLE_CLEAR);
        registers.write(MODEM_CONTROL, READY_AND_REQUEST_TO_SEND);
        let works = registers.read(FIFO) & FIFO_WORKS == FIFO_WORKS;
        Ok(if works { Fifo::Sixteen } else { Fifo::One })
    }

    /// Sends all bytes, filling the FIFO whenever it has run empty.
    pub fn send(&self, bytes: &[u8], fifo: Fifo) {
        let depth = match fifo {
            Fifo::One => 1,
            Fifo::Sixteen => 16,
        };
        for burst in bytes.chunks(depth) {
            while self.0.read(LINE_STATUS) & HOLDING_EMPTY == 0 {
                core::hint::spin_loop();
            }
            for byte in burst {
                self.0.write(DATA, *byte);
            }
        }
    }

    /// Takes the bytes that have arrived.
    pub fn receive(&self, buffer: &mut [u8]) -> usize {
        let mut count = 0;
        for byte in buffer {
            if self.0.read(LINE_STATUS) & DATA_READY == 0 {
                break;
            }
            *byte = self.0.read(DATA);
            count += 1;
        }
        count
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::cell::RefCell;
    use std::collections::VecDeque;
    use std::vec::Vec;

    /// A UART that takes one poll to drain its transmitter, whatever is in it.
    #[derive(Default)]
    struct Fake(RefCell<State>);

    #[derive(Default)]
    struct State {
        absent: bool,
        old: bool,
        scratch: u8,
        control: u8,
        interrupts: u8,
        divisor: [u8; 2],
        fifo: u8,
        waiting: usize,
        sent: Vec<u8>,
        arrived: VecDeque<u8>,
    }

    impl Registers for Fake {
        fn read(&self, register: u8) -> u8 {
            let mut state = self.0.borrow_mut();
            match register {
                _ if state.absent => 0xff,
                DATA => state.arrived.pop_front().unwrap_or(0),
                FIFO if !state.old && state.fifo & 1 != 0 => FIFO_WORKS | 1,
                FIFO => 1,
                LINE_STATUS => {
                    let empty = if state.waiting == 0 { HOLDING_EMPTY } else { 0 };
                    state.waiting = 0;
                    empty | u8::from(!state.arrived.is_empty())
                }
                SCRATCH => state.scratch,
                _ => 0,
            }
        }

        fn write(&self, register: u8, value: u8) {
            let mut state = self.0.borrow_mut();
            let latch = state.control & DIVISOR_LATCH != 0;
            match register {
                DATA if latch => state.divisor[0] = value,
                INTERRUPTS if latch => state.divisor[1] = value,
                DATA => {
                    state.waiting += 1;
                    let room = if state.old { 1 } else { 16 };
                    assert!(state.waiting <= room, "the transmitter overflows");
                    state.sent.push(value);
                }
                INTERRUPTS => state.interrupts = value,
                FIFO => state.fifo = value,
                LINE_CONTROL => state.control = value,
                SCRATCH => state.scratch = value,
                _ => {}
            }
        }
    }

    #[test]
    fn set_up_leaves_a_polled_8n1_line() {
        let line = Line(Fake::default());
        assert_eq!(line.set_up(0x0180), Ok(Fifo::Sixteen));
        let state = line.0.0.borrow();
        assert_eq!(state.divisor, [0x80, 0x01]);
        assert_eq!(state.control, EIGHT_BITS_NO_PARITY);
        assert_eq!((state.interrupts, state.fifo), (0, FIFO_ENABLE_CLEAR));
    }

    #[test]
    fn an_absent_uart_is_noticed() {
        let line = Line(Fake(RefCell::new(State { absent: true, ..State::default() })));
        assert_eq!(line.set_up(1), Err(StartError::new("no UART answers at the device's registers")));
    }

    #[test]
    fn no_transmitter_overflows() {
        let text: Vec<u8> = (0..=99).collect();
        for old in [false, true] {
            let line = Line(Fake(RefCell::new(State { old, ..State::default() })));
            let fifo = line.set_up(1).unwrap();
            assert_eq!(fifo, if old { Fifo::One } else { Fifo::Sixteen });
            line.send(&text, fifo);
            line.send(&text, fifo);
            assert_eq!(line.0.0.borrow().sent, [&text[..], &text[..]].concat());
        }
    }

    #[test]
    fn reading_stops_where_nothing_has_arrived() {
        let line = Line(Fake::default());
        let mut buffer = [0; 4];
        assert_eq!(line.receive(&mut buffer), 0);
        line.0.0.borrow_mut().arrived.extend(*b"hello");
        assert_eq!(line.receive(&mut buffer), 4);
        assert_eq!(&buffer, b"hell");
        assert_eq!(line.receive(&mut buffer), 1);
        assert_eq!(buffer[0], b'o');
    }
}
