//! Datagrams that wait for whom they are for.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec;
use core::net::SocketAddrV4;

struct Datagram {
    from: SocketAddrV4,
    start: usize,
    length: usize,
}

/// A queue in memory of a fixed size; what finds no room is dropped.
pub struct Queue {
    bytes: Box<[u8]>,
    datagrams: VecDeque<Datagram>,
    /// Behind the last one.
    end: usize,
    /// How many there can be, however short they are.
    most: usize,
}

impl Queue {
    /// An empty queue of so many bytes.
    pub fn new(length: usize) -> Self {
        let most = (length / 128).max(16);
        Self { bytes: vec![0; length].into(), datagrams: VecDeque::with_capacity(most), end: 0, most }
    }

    /// Where a datagram of that length finds room.
    fn place(&self, length: usize) -> Option<usize> {
        // One without bytes takes one, so that no two begin at one place.
        let length = length.max(1);
        match self.datagrams.front() {
            None => (length <= self.bytes.len()).then_some(0),
            Some(first) if first.start < self.end => {
                let fits = self.end + length <= self.bytes.len();
                if fits { Some(self.end) } else { (length <= first.start).then_some(0) }
            }
            Some(first) => (self.end + length <= first.start).then_some(self.end),
        }
    }

    /// Adds a datagram, if there is room for all of it.
    pub fn push(&mut self, from: SocketAddrV4, bytes: &[u8]) {
        if self.datagrams.len() == self.most {
            return;
        }
        let Some(start) = self.place(bytes.len()) else { return };
        self.bytes[start..start + bytes.len()].copy_from_slice(bytes);
        self.end = start + bytes.len().max(1);
        self.datagrams.push_back(Datagram { from, start, length: bytes.len() });
    }

    /// Takes the first datagram.
    pub fn pop(&mut self) -> Option<(SocketAddrV4, &[u8])> {
        let Datagram { from, start, length } = self.datagrams.pop_front()?;
        Some((from, &self.bytes[start..start + length]))
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use core::net::Ipv4Addr;
    use proptest::prelude::{any, prop, proptest};
    use std::vec::Vec;

    #[test]
    fn what_finds_no_room_is_dropped() {
        let mut queue = Queue::new(10);
        let from = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 9);
        for bytes in [&b"12345678"[..], b"abc", b"de", b"f"] {
            queue.push(from, bytes);
        }
        assert_eq!(queue.pop(), Some((from, &b"12345678"[..])));
        assert_eq!(queue.pop(), Some((from, &b"de"[..])));
        assert_eq!(queue.pop(), None);
        (0..100).for_each(|_| queue.push(from, b""));
        assert_eq!(core::iter::from_fn(|| queue.pop().map(drop)).count(), 10, "each takes a byte");
    }

    proptest! {
        #[test]
        fn what_comes_out_went_in_in_that_order(
            steps in prop::collection::vec((any::<bool>(), 0_usize..40), 1..200)
        ) {
            let mut queue = Queue::new(100);
            let mut expected: VecDeque<(SocketAddrV4, Vec<u8>)> = VecDeque::new();
            let mut number = 0_u16;
            for (push, length) in steps {
                if push {
                    number += 1;
                    let from = SocketAddrV4::new(Ipv4Addr::LOCALHOST, number);
                    let bytes: Vec<u8> = (0..length).map(|byte| (usize::from(number) + byte) as u8).collect();
                    queue.push(from, &bytes);
                    expected.push_back((from, bytes));
                } else if let Some((from, bytes)) = queue.pop() {
                    while let Some((other, sent)) = expected.pop_front() {
                        if other == from {
                            assert_eq!(sent, bytes);
                            break;
                        }
                        assert!(!expected.is_empty(), "it was never put in");
                    }
                }
            }
        }
    }
}
