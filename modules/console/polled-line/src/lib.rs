//! Serial lines that are looked at until they have room for a byte, or have one: what the drivers of UARTs share. A
//! library, not a module.
#![no_std]
#![forbid(unsafe_code)]

/// A line, a byte at a time.
pub trait PolledLine {
    /// Whether a byte can be sent.
    fn has_room(&self) -> bool;
    /// Sends a byte, for which there is room.
    fn put(&self, byte: u8);
    /// A byte that has arrived.
    fn get(&self) -> Option<u8>;

    /// Sends all bytes, each after waiting for room; with `crlf` a carriage return before each line feed.
    #[inline]
    fn write(&self, bytes: &[u8], crlf: bool) {
        let send = |byte| {
            while !self.has_room() {
                core::hint::spin_loop();
            }
            self.put(byte);
        };
        for byte in bytes {
            if crlf && *byte == b'\n' {
                send(b'\r');
            }
            send(*byte);
        }
    }

    /// Takes what has arrived, at most as much as there is room for; how much.
    #[inline]
    fn read(&self, buffer: &mut [u8]) -> usize {
        let mut count = 0;
        for place in buffer {
            let Some(byte) = self.get() else { break };
            *place = byte;
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

    /// A line that has room every third time that it is asked.
    #[derive(Default)]
    struct Fake {
        sent: RefCell<Vec<u8>>,
        arrived: RefCell<VecDeque<u8>>,
        asked: RefCell<u32>,
    }

    impl PolledLine for Fake {
        fn has_room(&self) -> bool {
            *self.asked.borrow_mut() += 1;
            self.asked.borrow().is_multiple_of(3)
        }

        fn put(&self, byte: u8) {
            self.sent.borrow_mut().push(byte);
        }

        fn get(&self) -> Option<u8> {
            self.arrived.borrow_mut().pop_front()
        }
    }

    #[test]
    fn bytes_wait_for_room() {
        let line = Fake::default();
        line.write(b"a\nb", false);
        assert_eq!((line.sent.borrow().as_slice(), *line.asked.borrow()), (&b"a\nb"[..], 9));
    }

    #[test]
    fn line_feeds_may_be_preceded() {
        let line = Fake::default();
        line.write(b"a\n\nb", true);
        assert_eq!(line.sent.borrow().as_slice(), b"a\r\n\r\nb");
    }

    #[test]
    fn only_what_has_arrived_is_taken() {
        let line = Fake::default();
        line.arrived.borrow_mut().extend(b"xyz");
        let mut buffer = [0; 2];
        assert_eq!(line.read(&mut buffer), 2);
        assert_eq!(&buffer, b"xy");
        assert_eq!((line.read(&mut buffer), line.read(&mut buffer)), (1, 0));
    }
}
