//! Calls: what the device reads, and what it writes in answer, each in two parts; one call at a time.

use crate::queue::{Queue, Ring};
use crate::ring::SharedRing;

/// Of a descriptor: another one follows, the device writes.
const FOLLOWED: u16 = 1;
const WRITES: u16 = 2;

/// A queue of calls.
#[derive(Debug)]
pub struct Calls<R = SharedRing> {
    queue: Queue<R>,
}

impl<R: Ring> Calls<R> {
    /// Descriptors that the queue has to have.
    pub const DESCRIPTORS: u16 = 4;

    /// Calls by that queue.
    ///
    /// # Panics
    /// When it has too few descriptors.
    pub fn new(queue: Queue<R>) -> Self {
        assert!(queue.ring().size() >= Self::DESCRIPTORS);
        Self { queue }
    }

    /// Has the device read `question` and write `answer`, and returns when it has: how many bytes it says that it has
    /// written. Parts may be empty, but not all.
    ///
    /// `notify` tells the device that there is something new in the queue; `wait` waits until something has come
    /// back, or less.
    ///
    /// The device has memory meanwhile that is borrowed only. That is sound: it has given all of it back when this
    /// returns. (Nothing here is unwound: a panic ends the image.)
    ///
    /// # Panics
    /// When there is nothing to read or write, or the device gives back what it does not have.
    pub fn call(
        &mut self,
        question: [&[u8]; 2],
        answer: [&mut [u8]; 2],
        notify: impl FnOnce(),
        mut wait: impl FnMut(&mut Queue<R>),
    ) -> u32 {
        let question = question.map(|part| (part.as_ptr().expose_provenance(), part.len(), 0));
        let answer = answer.map(|part| (part.as_mut_ptr().expose_provenance(), part.len(), WRITES));
        let parts = question.into_iter().chain(answer).filter(|(_, length, _)| *length > 0);
        let last = parts.clone().count().checked_sub(1).expect("a call has something to read or write");
        for (number, (address, length, flags)) in parts.enumerate() {
            // Of what is longer than a descriptor can say the device sees the beginning.
            let length = u32::try_from(length).unwrap_or(u32::MAX);
            let flags = if number < last { flags | FOLLOWED } else { flags };
            self.queue.ring().describe(number as u16, address as u64, length, flags, number as u16 + 1);
        }
        self.queue.offer(0);
        if self.queue.show() {
            notify();
        }
        loop {
            if let Some((head, written)) = self.queue.take() {
                assert_eq!(head, 0, "a virtio device gave back a call that it does not have");
                return written;
            }
            wait(&mut self.queue);
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use crate::fake::Device;
    use crate::ring::Room;
    use core::mem::MaybeUninit;
    use core::sync::atomic::Ordering;
    use std::vec;
    use std::vec::Vec;

    fn calls() -> (Calls, Device) {
        let length = SharedRing::length(Calls::<SharedRing>::DESCRIPTORS);
        let mut room = Room::new(vec![MaybeUninit::new(0xff_u8); length].leak());
        let ring = SharedRing::new(Calls::<SharedRing>::DESCRIPTORS, &mut room).unwrap();
        (Calls::new(Queue::new(ring, true)), Device::new(&ring))
    }

    /// Answers with what was asked, as much of it as there is room for; the length of each part.
    fn echo(device: &mut Device) -> Option<Vec<(u32, u16)>> {
        let (head, mut address, mut length, mut flags) = device.take()?;
        let (mut asked, mut parts, mut written, mut next) = (Vec::new(), Vec::new(), 0, head);
        loop {
            parts.push((length, flags & WRITES));
            for place in address..address + u64::from(length) {
                if flags & WRITES == 0 {
                    asked.push(device.byte(place).load(Ordering::Relaxed));
                } else if written < asked.len() {
                    device.byte(place).store(asked[written], Ordering::Relaxed);
                    written += 1;
                }
            }
            if flags & FOLLOWED == 0 {
                break;
            }
            (next, address, length, flags) = device.behind(next);
        }
        device.give(head, written as u32);
        Some(parts)
    }

    #[test]
    fn what_the_device_writes_is_the_answer_to_what_it_reads() {
        let (mut calls, mut device) = calls();
        let bytes: Vec<u8> = (0..40).collect();
        for round in 0..70_000_usize {
            // Each part is empty now and then.
            let [a, b, c, d] = [round % 3, round % 5, round % 7, 1 + round % 11];
            let (mut first, mut second) = (vec![0xee; c], vec![0xee; d]);
            let mut parts = None;
            let count = calls.call(
                [&bytes[..a], &bytes[a..a + b]],
                [&mut first, &mut second],
                || {},
                |_| parts = echo(&mut device),
            );
            let expected = [(a, 0), (b, 0), (c, WRITES), (d, WRITES)];
            let expected = expected.into_iter().filter(|(length, _)| *length > 0);
            let expected: Vec<_> = expected.map(|(length, flags)| (length as u32, flags)).collect();
            assert_eq!(parts, Some(expected));
            first.extend(second);
            assert_eq!(count as usize, (a + b).min(c + d));
            assert_eq!(first[..count as usize], bytes[..count as usize]);
            assert!(first[count as usize..].iter().all(|byte| *byte == 0xee));
        }
    }

    #[test]
    #[should_panic(expected = "a call that it does not have")]
    fn a_device_that_gives_back_what_it_does_not_have_is_found_out() {
        let (mut calls, mut device) = calls();
        calls.call([&[1], &[]], [&mut [0], &mut []], || {}, |_| device.give(1, 1));
    }
}
