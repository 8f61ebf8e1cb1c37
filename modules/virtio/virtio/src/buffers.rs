//! Buffers of one length, each with its own descriptor: those that the device fills, and those that it
//! empties.

use crate::queue::{Queue, Ring};
use crate::ring::{Room, SharedRing};

/// Of a descriptor: the device writes.
const WRITES: u16 = 2;

/// Buffers of one length, one for each descriptor of a queue that is used.
#[derive(Debug)]
pub struct Buffers {
    /// Where the buffer of each descriptor is.
    places: [*mut u8; Self::MOST as usize],
    length: usize,
    count: u16,
    /// Those that are the device's.
    away: [u64; WORDS],
}

const WORDS: usize = Buffers::MOST as usize / 64;

// SAFETY: the memory belongs to this value alone, and goes where it goes.
unsafe impl Send for Buffers {}

impl Buffers {
    /// As many as there can be.
    pub const MOST: u16 = 256;

    /// Cuts `count` buffers of `length` bytes out of a room; none when it is too small for them.
    pub fn new(count: u16, length: usize, room: &mut Room) -> Option<Self> {
        assert!(count <= Self::MOST);
        let base = room.cut(length * usize::from(count), 64)?.as_mut_ptr();
        let mut places = [core::ptr::null_mut(); Self::MOST as usize];
        for (index, place) in places.iter_mut().take(usize::from(count)).enumerate() {
            *place = base.wrapping_add(length * index);
        }
        Some(Self { places, length, count, away: [0; WORDS] })
    }

    fn address(&self, buffer: u16) -> u64 {
        self.places[usize::from(buffer)].expose_provenance() as u64
    }

    fn is_away(&self, buffer: u16) -> bool {
        self.away[usize::from(buffer / 64)] & (1 << (buffer % 64)) != 0
    }

    fn send(&mut self, buffer: u16) {
        self.away[usize::from(buffer / 64)] |= 1 << (buffer % 64);
    }

    /// The buffer that a device gives back.
    fn back(&mut self, head: u32) -> u16 {
        let buffer = head as u16;
        assert!(
            head < u32::from(self.count) && self.is_away(buffer),
            "a virtio device gave back a buffer that it does not have"
        );
        self.away[usize::from(buffer / 64)] &= !(1 << (buffer % 64));
        buffer
    }

    /// The first bytes of a buffer that is ours.
    fn bytes(&mut self, buffer: u16, length: usize) -> &mut [u8] {
        assert!(buffer < self.count && length <= self.length && !self.is_away(buffer));
        let start = self.places[usize::from(buffer)];
        // SAFETY: one of the first `count` places is within memory that `new` took, `length` bytes that were
        // initialised there and belong to no other place, also after places were exchanged. They are not the
        // device's now: the device has only the buffers that are away.
        unsafe { core::slice::from_raw_parts_mut(start, length) }
    }

    /// Exchanges a buffer that is ours with one of others that is theirs.
    fn exchange(&mut self, buffer: u16, others: &mut Self, other: u16) {
        assert!(buffer < self.count && other < others.count && self.length == others.length);
        assert!(!self.is_away(buffer) && !others.is_away(other));
        core::mem::swap(&mut self.places[usize::from(buffer)], &mut others.places[usize::from(other)]);
    }
}

/// A queue whose buffers the device fills.
#[derive(Debug)]
pub struct Receiver<R = SharedRing> {
    queue: Queue<R>,
    buffers: Buffers,
}

impl<R: Ring> Receiver<R> {
    /// Gives the device all buffers, which [`show`](Self::show) shows.
    pub fn new(mut queue: Queue<R>, mut buffers: Buffers) -> Self {
        for buffer in 0..buffers.count.min(queue.ring().size()) {
            queue.ring().describe(buffer, buffers.address(buffer), buffers.length as u32, WRITES, 0);
            buffers.send(buffer);
            queue.offer(buffer);
        }
        Self { queue, buffers }
    }

    /// Whether a buffer has been filled.
    #[inline]
    pub fn can_receive(&mut self) -> bool {
        self.queue.has_used()
    }

    /// Hands out what the device has written into the buffer that it filled first; the buffer is the device's
    /// again afterwards, once it is shown.
    #[inline]
    pub fn receive<T>(&mut self, handle: impl FnOnce(&mut [u8]) -> T) -> Option<T> {
        let (head, length) = self.queue.take()?;
        let buffer = self.buffers.back(head);
        let length = (length as usize).min(self.buffers.length);
        let result = handle(self.buffers.bytes(buffer, length));
        self.buffers.send(buffer);
        self.queue.offer(buffer);
        Some(result)
    }

    /// Hands out the buffer that the device filled first, and how many bytes it has written. If `answer` says
    /// that some first bytes of it are to be sent, the device empties it where it lies, once `sender` shows it,
    /// and a free buffer of the sender's is filled in its place. None when no buffer is filled, or none is free.
    #[inline]
    pub fn answer(
        &mut self,
        sender: &mut Sender<R>,
        answer: impl FnOnce(&mut [u8], usize) -> Option<usize>,
    ) -> Option<()> {
        let free = sender.first_free()?;
        let (head, length) = self.queue.take()?;
        let buffer = self.buffers.back(head);
        let length = (length as usize).min(self.buffers.length);
        let whole = self.buffers.length;
        if let Some(length) = answer(self.buffers.bytes(buffer, whole), length) {
            self.buffers.exchange(buffer, &mut sender.buffers, free);
            self.queue.ring().describe(buffer, self.buffers.address(buffer), whole as u32, WRITES, 0);
            sender.offer_first(free, length);
        }
        self.buffers.send(buffer);
        self.queue.offer(buffer);
        Some(())
    }

    /// How many buffers the device has not been shown.
    #[inline]
    pub fn unshown(&self) -> u16 {
        self.queue.unshown()
    }

    /// Shows the device the buffers that it may fill. Whether it wants to be notified.
    #[must_use]
    pub fn show(&mut self) -> bool {
        self.queue.show()
    }

    /// Asks for an interrupt when a buffer is filled; false if one is.
    #[must_use]
    pub fn wait(&mut self) -> bool {
        self.queue.wait(1)
    }

    /// Takes back what [`wait`](Self::wait) asked for; an interrupt may still come.
    pub fn stop_waiting(&mut self) {
        self.queue.stop_waiting();
    }
}

/// A queue whose buffers the device empties.
#[derive(Debug)]
pub struct Sender<R = SharedRing> {
    queue: Queue<R>,
    buffers: Buffers,
    /// The buffers that are ours, the last one first.
    free: [u16; Buffers::MOST as usize],
    count: usize,
}

impl<R: Ring> Sender<R> {
    /// All buffers are ours.
    pub fn new(queue: Queue<R>, buffers: Buffers) -> Self {
        let count = usize::from(buffers.count.min(queue.ring().size()));
        let free = core::array::from_fn(|index| index as u16);
        Self { queue, buffers, free, count }
    }

    fn collect(&mut self) {
        while let Some((head, _)) = self.queue.take() {
            self.free[self.count] = self.buffers.back(head);
            self.count += 1;
        }
    }

    /// Whether a buffer is free.
    #[inline]
    pub fn can_send(&mut self) -> bool {
        self.count > 0 || self.queue.has_used()
    }

    /// Has `fill` write into a buffer, which the device empties once it is shown. None when no buffer is free.
    ///
    /// # Panics
    /// When a buffer is not that long.
    #[inline]
    pub fn send<T>(&mut self, length: usize, fill: impl FnOnce(&mut [u8]) -> T) -> Option<T> {
        let buffer = self.first_free()?;
        let result = fill(self.buffers.bytes(buffer, length));
        self.offer_first(buffer, length);
        Some(result)
    }

    /// The buffer that is used next, if one is free. Those that the device has emptied are taken back when there
    /// are no others.
    #[inline]
    fn first_free(&mut self) -> Option<u16> {
        if self.count == 0 {
            self.collect();
        }
        Some(self.free[self.count.checked_sub(1)?])
    }

    /// Offers the first bytes of that buffer to the device.
    #[inline]
    fn offer_first(&mut self, buffer: u16, length: usize) {
        assert!(length <= self.buffers.length);
        self.count -= 1;
        self.queue.ring().describe(buffer, self.buffers.address(buffer), length as u32, 0, 0);
        self.buffers.send(buffer);
        self.queue.offer(buffer);
    }

    /// Shows the device the buffers to be emptied. Whether it wants to be notified.
    #[must_use]
    pub fn show(&mut self) -> bool {
        self.queue.show()
    }

    /// Asks for an interrupt when there is room again, a quarter of the buffers; false if there is.
    #[must_use]
    pub fn wait(&mut self) -> bool {
        self.collect();
        let wanted = (usize::from(self.buffers.count.min(self.queue.ring().size())) / 4).max(1);
        match wanted.checked_sub(self.count) {
            None | Some(0) => false,
            Some(missing) => self.queue.wait(missing as u16),
        }
    }

    /// Takes back what [`wait`](Self::wait) asked for; an interrupt may still come.
    pub fn stop_waiting(&mut self) {
        self.queue.stop_waiting();
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

    fn parts(size: u16, count: u16) -> (SharedRing, Buffers) {
        let length = SharedRing::length(size) + 64 * usize::from(count) + 64;
        let memory = std::boxed::Box::leak(vec![MaybeUninit::new(0xff_u8); length].into_boxed_slice());
        let mut room = Room::new(memory);
        let ring = SharedRing::new(size, &mut room).unwrap();
        (ring, Buffers::new(count, 64, &mut room).unwrap())
    }

    #[test]
    fn a_room_that_is_too_small_is_refused() {
        let memory = std::boxed::Box::leak(vec![MaybeUninit::new(0_u8); 400].into_boxed_slice());
        let mut room = Room::new(memory);
        assert!(SharedRing::new(16, &mut room).is_none());
        assert!(Buffers::new(4, 128, &mut room).is_none());
    }

    #[test]
    fn what_the_device_writes_is_received_in_order() {
        let (ring, buffers) = parts(4, 3);
        let mut device = Device::new(&ring);
        let mut receiver = Receiver::new(Queue::new(ring, true), buffers);
        assert!(device.take().is_none(), "nothing is shown yet");
        assert!(receiver.show());
        for round in 0..70_000_u32 {
            let (head, address, length, flags) = device.take().unwrap();
            assert_eq!((length, flags), (64, WRITES));
            device.byte(address).store(round as u8, Ordering::Relaxed);
            device.byte(address + 1).store(7, Ordering::Relaxed);
            assert!(!receiver.can_receive());
            device.give(head, 2);
            let received = receiver.receive(|bytes| bytes.to_vec());
            assert_eq!(received, Some(vec![round as u8, 7]));
            if receiver.unshown() == 3 {
                // The device has had notifications off since the first one.
                assert!(!receiver.show() || round >= 65_000);
            }
        }
    }

    #[test]
    fn what_is_sent_is_whole_and_buffers_come_back() {
        let (ring, buffers) = parts(4, 4);
        let mut device = Device::new(&ring);
        let mut sender = Sender::new(Queue::new(ring, true), buffers);
        for round in 0..20_000_u16 {
            for number in 0..4_u8 {
                assert!(sender.send(3, |bytes| bytes.copy_from_slice(&[round as u8, number, 9])).is_some());
            }
            assert!(!sender.can_send() && sender.send(1, |_| ()).is_none());
            assert!(sender.wait(), "no room yet");
            assert_eq!(device.used_event(), round.wrapping_mul(4), "after one of four");
            device.set_available_event(round.wrapping_mul(4));
            assert!(sender.show());
            for number in 0..4 {
                let (head, address, length, flags) = device.take().unwrap();
                assert_eq!((length, flags), (3, 0));
                let sent: Vec<u8> =
                    (0..3).map(|offset| device.byte(address + offset).load(Ordering::Relaxed)).collect();
                assert_eq!(sent, [round as u8, number, 9]);
                device.give(head, 0);
            }
            assert!(!sender.wait() && sender.can_send());
        }
    }

    #[test]
    fn answers_are_sent_from_where_they_lie() {
        let (ring, buffers) = parts(4, 3);
        let mut filler = Device::new(&ring);
        let mut receiver = Receiver::new(Queue::new(ring, true), buffers);
        let (ring, buffers) = parts(2, 2);
        let mut emptier = Device::new(&ring);
        let mut sender = Sender::new(Queue::new(ring, true), buffers);
        assert!(receiver.show());
        assert!(receiver.answer(&mut sender, |_, _| Some(1)).is_none(), "nothing has come");
        for round in 0..3_000_u32 {
            let (head, address, ..) = filler.take().unwrap();
            filler.byte(address).store(round as u8, Ordering::Relaxed);
            filler.give(head, 1);
            let is_answered = round % 3 != 0;
            let handled = receiver.answer(&mut sender, |bytes, length| {
                assert_eq!((bytes.len(), length, bytes[0]), (64, 1, round as u8));
                bytes[1] = 5;
                is_answered.then_some(2)
            });
            assert!(handled.is_some());
            if is_answered {
                let _ = sender.show();
                let (head, sent, length, flags) = emptier.take().unwrap();
                assert_eq!((sent, length, flags), (address, 2, 0), "from the same place");
                assert_eq!(emptier.byte(sent + 1).load(Ordering::Relaxed), 5);
                emptier.give(head, 0);
            } else {
                assert!(!sender.show());
            }
            let _ = receiver.show();
        }
        // With no buffer free, what has come waits.
        assert!(sender.send(1, |_| ()).is_some() && sender.send(1, |_| ()).is_some());
        let (head, ..) = filler.take().unwrap();
        filler.give(head, 1);
        assert!(receiver.answer(&mut sender, |_, _| Some(1)).is_none() && receiver.can_receive());
    }

    #[test]
    #[should_panic(expected = "gave back a buffer that it does not have")]
    fn a_buffer_that_the_device_does_not_have_is_noticed() {
        let (ring, buffers) = parts(4, 3);
        let mut device = Device::new(&ring);
        let mut receiver = Receiver::new(Queue::new(ring, false), buffers);
        assert!(receiver.show());
        device.give(3, 1);
        receiver.receive(|_| ());
    }

    #[test]
    #[should_panic(expected = "gave back a buffer that it does not have")]
    fn a_buffer_that_comes_back_twice_is_noticed() {
        let (ring, buffers) = parts(4, 4);
        let mut device = Device::new(&ring);
        let mut sender = Sender::new(Queue::new(ring, false), buffers);
        sender.send(1, |_| ());
        assert!(sender.show());
        let (head, ..) = device.take().unwrap();
        device.give(head, 0);
        device.give(head, 0);
        let _ = sender.wait();
    }
}
