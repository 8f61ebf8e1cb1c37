//! Requests that a device answers: a header that it reads, data that it reads or writes, a status that it writes.

use crate::queue::{Queue, Ring};
use crate::ring::{Room, SharedRing};

/// Of a descriptor: another one follows, the device writes.
const FOLLOWED: u16 = 1;
const WRITES: u16 = 2;

/// Descriptors of a request.
const CHAIN: u16 = 3;
/// Bytes of memory for the header and the status of one, and where the status is in them.
const PLACE: usize = 32;
const STATUS: usize = 16;

/// What a request moves.
#[derive(Debug)]
pub enum Data<'b> {
    /// Nothing.
    None,
    /// What the device writes.
    In(&'b mut [u8]),
    /// What the device reads.
    Out(&'b [u8]),
}

/// A request with its answer.
#[derive(Debug)]
pub struct Exchange<'b> {
    /// What the device reads first.
    pub header: [u8; STATUS],
    /// What it moves.
    pub data: Data<'b>,
    /// What the device says of it in the end.
    pub status: u8,
}

/// A queue of such requests.
#[derive(Debug)]
pub struct Requests<R = SharedRing> {
    queue: Queue<R>,
    /// Where headers and statuses are, one after the other.
    places: *mut u8,
    slots: u16,
    /// Which of the requests each slot has, if one.
    asked: [Option<usize>; Requests::<SharedRing>::MOST as usize],
}

// SAFETY: the memory belongs to this value alone, and goes where it goes.
unsafe impl<R: Send> Send for Requests<R> {}

impl<R: Ring> Requests<R> {
    /// As many as there can be at a time.
    pub const MOST: u16 = 64;

    /// Bytes that the headers of `slots` requests take of a room, at the most.
    #[must_use]
    pub const fn length(slots: u16) -> usize {
        PLACE * slots as usize + 15
    }

    /// Descriptors that the queue of `slots` requests has to have.
    #[must_use]
    pub const fn descriptors(slots: u16) -> u16 {
        CHAIN * slots
    }

    /// Takes memory for `slots` requests at a time; none when the room is too small.
    ///
    /// # Panics
    /// When the queue has too few descriptors for them, or there are too many.
    pub fn new(queue: Queue<R>, slots: u16, room: &mut Room) -> Option<Self> {
        assert!(Self::descriptors(slots) <= queue.ring().size() && slots <= Self::MOST);
        let places = room.cut(PLACE * usize::from(slots), 16)?.as_mut_ptr();
        Some(Self { queue, places, slots, asked: [None; Requests::<SharedRing>::MOST as usize] })
    }

    /// Has the device do all of these, as many at a time as there are slots, and returns when it has.
    ///
    /// `notify` tells the device that there is something new in the queue; `wait` waits until something has come
    /// back, or less.
    ///
    /// # Panics
    /// When the device gives back what it does not have.
    pub fn exchange(
        &mut self,
        exchanges: &mut [Exchange<'_>],
        mut notify: impl FnMut(),
        mut wait: impl FnMut(&mut Queue<R>),
    ) {
        let (mut asked, mut done) = (0, 0);
        while done < exchanges.len() {
            while asked < exchanges.len()
                && let Some(slot) = self.asked[..usize::from(self.slots)].iter().position(Option::is_none)
            {
                self.ask(slot as u16, &mut exchanges[asked]);
                self.asked[slot] = Some(asked);
                asked += 1;
            }
            if self.queue.show() {
                notify();
            }
            let before = done;
            while let Some((head, _)) = self.queue.take() {
                let slot = (head / u32::from(CHAIN)) as usize;
                let is_head = head.is_multiple_of(u32::from(CHAIN)) && slot < usize::from(self.slots);
                let number = Some(slot).filter(|_| is_head).and_then(|slot| self.asked[slot].take());
                let number = number.expect("a virtio device gave back a request that it does not have");
                // SAFETY: a place of a slot, which the device has done with.
                exchanges[number].status = unsafe { self.places.add(slot * PLACE + STATUS).read_volatile() };
                done += 1;
            }
            if done == before {
                wait(&mut self.queue);
            }
        }
    }

    /// Offers a request by the descriptors of a free slot.
    ///
    /// The device has its memory from then on, and that is sound although it is borrowed only: [`exchange`](Self::exchange)
    /// does not return before the device has given all of it back. (Nothing here is unwound: a panic ends the image.)
    fn ask(&mut self, slot: u16, exchange: &mut Exchange<'_>) {
        let place = self.places.wrapping_add(usize::from(slot) * PLACE);
        // SAFETY: one of the places that `new` took, and not the device's.
        unsafe {
            place.cast::<[u8; STATUS]>().write(exchange.header);
            place.add(STATUS).write_volatile(u8::MAX);
        }
        let data = match &mut exchange.data {
            Data::In(bytes) if !bytes.is_empty() => {
                Some((bytes.as_mut_ptr().expose_provenance(), bytes.len(), WRITES))
            }
            Data::Out(bytes) if !bytes.is_empty() => {
                Some((bytes.as_ptr().expose_provenance(), bytes.len(), 0))
            }
            _ => None,
        };
        let ring = self.queue.ring();
        let (header, status) = (slot * CHAIN, slot * CHAIN + 2);
        let address = place.expose_provenance() as u64;
        let mut behind = status;
        if let Some((address, length, flags)) = data {
            behind = header + 1;
            ring.describe(behind, address as u64, length as u32, flags | FOLLOWED, status);
        }
        ring.describe(header, address, STATUS as u32, FOLLOWED, behind);
        ring.describe(status, address + STATUS as u64, 1, WRITES, 0);
        self.queue.offer(header);
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use crate::fake::Device;
    use core::mem::MaybeUninit;
    use core::sync::atomic::Ordering;
    use std::vec;
    use std::vec::Vec;

    /// A queue of that many slots, and the device behind it.
    fn requests(slots: u16) -> (Requests, Device) {
        let size = Requests::<SharedRing>::descriptors(slots).next_power_of_two();
        let length = SharedRing::length(size) + Requests::<SharedRing>::length(slots);
        let mut room = Room::new(vec![MaybeUninit::new(0xff_u8); length].leak());
        let ring = SharedRing::new(size, &mut room).unwrap();
        (Requests::new(Queue::new(ring, true), slots, &mut room).unwrap(), Device::new(&ring))
    }

    /// Does what was asked first: `R` fills the data with the number behind it, `W` sums the data up. The status.
    fn carry_out(device: &mut Device) -> Option<u16> {
        let (head, address, length, flags) = device.take()?;
        assert_eq!((length, flags), (16, FOLLOWED));
        let byte = |address: u64| device.byte(address);
        let [operation, value] = [0, 1].map(|offset| byte(address + offset).load(Ordering::Relaxed));
        let (mut next, mut address, mut length, mut flags) = device.behind(head);
        let mut status = 0;
        if flags & FOLLOWED != 0 {
            assert_eq!(flags & WRITES != 0, operation == b'R');
            for offset in 0..u64::from(length) {
                match operation {
                    b'R' => byte(address + offset).store(value, Ordering::Relaxed),
                    _ => status += byte(address + offset).load(Ordering::Relaxed),
                }
            }
            (next, address, length, flags) = device.behind(next);
        }
        assert_eq!((next % CHAIN, length, flags), (2, 1, WRITES));
        byte(address).store(status, Ordering::Relaxed);
        Some(head)
    }

    fn header(operation: u8, value: u8) -> [u8; 16] {
        let mut header = [0; 16];
        header[..2].copy_from_slice(&[operation, value]);
        header
    }

    #[test]
    fn what_is_asked_is_done_in_any_order_and_as_much_at_a_time_as_fits() {
        for slots in [1, 3, 8] {
            let (mut requests, mut device) = requests(slots);
            for round in 0..300_u32 {
                let count = (round % 20) as usize;
                let mut read = vec![[0; 5]; count];
                let written: Vec<[u8; 3]> = (0..count).map(|number| [number as u8; 3]).collect();
                let mut exchanges: Vec<Exchange<'_>> = read
                    .iter_mut()
                    .zip(&written)
                    .enumerate()
                    .map(|(number, (read, written))| match number % 3 {
                        0 => Exchange { header: header(b'R', number as u8), data: Data::In(read), status: 9 },
                        1 => Exchange { header: header(b'W', 0), data: Data::Out(written), status: 9 },
                        _ => Exchange { header: header(b'F', 0), data: Data::None, status: 9 },
                    })
                    .collect();
                let mut most = 0;
                requests.exchange(
                    &mut exchanges,
                    || {},
                    |_| {
                        let mut heads: Vec<u16> = core::iter::from_fn(|| carry_out(&mut device)).collect();
                        most = most.max(heads.len());
                        if round % 2 == 0 {
                            heads.reverse();
                        }
                        heads.into_iter().for_each(|head| device.give(head, 1));
                    },
                );
                assert_eq!(most, count.min(usize::from(slots)));
                for (number, exchange) in exchanges.iter().enumerate() {
                    assert_eq!(exchange.status, if number % 3 == 1 { 3 * number as u8 } else { 0 });
                }
                drop(exchanges);
                for (number, read) in read.iter().enumerate().step_by(3) {
                    assert_eq!(*read, [number as u8; 5]);
                }
            }
        }
    }

    #[test]
    #[should_panic(expected = "a request that it does not have")]
    fn a_device_that_gives_back_what_it_does_not_have_is_found_out() {
        let (mut requests, mut device) = requests(2);
        let mut exchange = [Exchange { header: header(b'F', 0), data: Data::None, status: 0 }];
        requests.exchange(&mut exchange, || {}, |_| device.give(CHAIN, 1));
    }
}
