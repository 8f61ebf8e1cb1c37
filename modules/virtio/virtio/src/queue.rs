//! The driver's side of a split virtqueue (section 2.7): what is offered, what comes back, and who tells
//! whom.

/// The memory that driver and device share for one queue.
///
/// What a load or store is called by is the order that it needs against the ones around it.
pub trait Ring {
    /// How many descriptors there are, a power of two.
    fn size(&self) -> u16;

    /// Has a descriptor tell of memory, by its address and length in bytes; `flags` of section 2.7.5. The
    /// descriptor is not offered.
    fn describe(&self, descriptor: u16, address: u64, length: u32, flags: u16, next: u16);

    /// Writes the head of a chain into a place of the available ring.
    fn set_available(&self, place: u16, head: u16);

    /// Stores the index of the available ring, after all that was written before.
    fn release_available(&self, index: u16);

    /// Loads the index of the used ring, before all that is read after.
    fn acquire_used(&self) -> u16;

    /// The head and the length in a place of the used ring.
    fn used(&self, place: u16) -> (u32, u32);

    /// Stores the flags of the available ring: 1 asks for no interrupts.
    fn set_flags(&self, flags: u16);

    /// Loads the flags of the used ring: 1 asks for no notifications.
    fn flags(&self) -> u16;

    /// Stores behind which index of the used ring the device shall interrupt.
    fn set_used_event(&self, index: u16);

    /// Loads behind which index of the available ring the device is to be notified.
    fn available_event(&self) -> u16;

    /// Orders the stores before against the loads after.
    fn fence(&self);
}

/// The driver's side of a queue.
#[derive(Debug)]
pub struct Queue<R> {
    ring: R,
    /// Whether each side says behind which index it wants to be told (`VIRTIO_F_EVENT_IDX`).
    events: bool,
    /// The index behind what was offered, and behind what the device has been shown.
    offered: u16,
    shown: u16,
    /// The index of what comes back next, and behind what is known to have come back.
    next: u16,
    seen: u16,
}

impl<R: Ring> Queue<R> {
    /// The driver's side of a ring that is all zeroes. It asks for no interrupts.
    pub fn new(ring: R, events: bool) -> Self {
        Self::from_index(ring, events, 0)
    }

    fn from_index(ring: R, events: bool, index: u16) -> Self {
        // With events the flags are nothing; the event's index is one that is far away.
        ring.set_flags(u16::from(!events));
        ring.set_used_event(index.wrapping_sub(1));
        Self { ring, events, offered: index, shown: index, next: index, seen: index }
    }

    /// The shared memory.
    pub fn ring(&self) -> &R {
        &self.ring
    }

    fn place(&self, index: u16) -> u16 {
        index & (self.ring.size() - 1)
    }

    /// Offers a chain by its head; the device sees it after [`show`](Self::show). No more chains are
    /// offered than there are descriptors.
    pub fn offer(&mut self, head: u16) {
        self.ring.set_available(self.place(self.offered), head);
        self.offered = self.offered.wrapping_add(1);
    }

    /// How many chains were offered that the device has not been shown.
    pub fn unshown(&self) -> u16 {
        self.offered.wrapping_sub(self.shown)
    }

    /// Shows the device what was offered. Whether it wants to be notified.
    #[must_use]
    pub fn show(&mut self) -> bool {
        let (old, new) = (self.shown, self.offered);
        if old == new {
            return false;
        }
        self.ring.release_available(new);
        self.shown = new;
        // The device sets its wish and then looks for chains; we show chains and then look for its wish.
        // One of us sees what the other did.
        self.ring.fence();
        if self.events { passes(self.ring.available_event(), old, new) } else { self.ring.flags() & 1 == 0 }
    }

    /// Whether a chain has come back.
    pub fn has_used(&mut self) -> bool {
        if self.seen == self.next {
            self.seen = self.ring.acquire_used();
        }
        self.seen != self.next
    }

    /// The chain that came back first: its head, and how many bytes the device has written.
    pub fn take(&mut self) -> Option<(u32, u32)> {
        if !self.has_used() {
            return None;
        }
        let used = self.ring.used(self.place(self.next));
        self.next = self.next.wrapping_add(1);
        Some(used)
    }

    /// Asks for an interrupt once `count` chains, at least 1, have come back that were not taken. False if
    /// they have already: there may be no interrupt then.
    #[must_use]
    pub fn wait(&mut self, count: u16) -> bool {
        if self.events {
            self.ring.set_used_event(self.next.wrapping_add(count - 1));
        } else {
            self.ring.set_flags(0);
        }
        // As in `show`, with the sides exchanged.
        self.ring.fence();
        self.seen = self.ring.acquire_used();
        self.seen.wrapping_sub(self.next) < count
    }

    /// Takes back what [`wait`](Self::wait) asked for; an interrupt may still come.
    pub fn stop_waiting(&mut self) {
        if !self.events {
            self.ring.set_flags(1);
        }
    }
}

/// Whether an index that goes from `old` to `new` passes `event` (section 2.7.7.2).
fn passes(event: u16, old: u16, new: u16) -> bool {
    new.wrapping_sub(event).wrapping_sub(1) < new.wrapping_sub(old)
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::cell::{Cell, RefCell};
    use std::collections::VecDeque;
    use std::rc::Rc;
    use std::vec;
    use std::vec::Vec;

    #[test]
    fn events_are_passed_also_where_indices_wrap() {
        for old in [0_u16, 5, 0x7fff, 0xfff0, 0xffff] {
            for step in 0..300_u16 {
                let new = old.wrapping_add(step);
                for offset in 0..600_u16 {
                    let event = old.wrapping_sub(300).wrapping_add(offset);
                    // The event's index itself has to be among those that were added.
                    let among = event.wrapping_sub(old) < step;
                    assert_eq!(passes(event, old, new), among, "{event} {old} {new}");
                }
            }
        }
    }

    /// Shared memory of a fake machine.
    #[derive(Clone, Default)]
    struct Fake(Rc<Shared>);

    #[derive(Default)]
    struct Shared {
        size: u16,
        available: RefCell<Vec<u16>>,
        available_index: Cell<u16>,
        used: RefCell<Vec<(u32, u32)>>,
        used_index: Cell<u16>,
        driver_flags: Cell<u16>,
        device_flags: Cell<u16>,
        used_event: Cell<u16>,
        available_event: Cell<u16>,
    }

    impl Fake {
        fn new(size: u16, index: u16) -> Self {
            let length = usize::from(size);
            let shared = Shared { size, ..Shared::default() };
            *shared.available.borrow_mut() = vec![0; length];
            *shared.used.borrow_mut() = vec![(0, 0); length];
            shared.available_index.set(index);
            shared.used_index.set(index);
            shared.available_event.set(index);
            Self(Rc::new(shared))
        }
    }

    impl Ring for Fake {
        fn size(&self) -> u16 {
            self.0.size
        }
        fn describe(&self, _: u16, _: u64, _: u32, _: u16, _: u16) {}
        fn set_available(&self, place: u16, head: u16) {
            self.0.available.borrow_mut()[usize::from(place)] = head;
        }
        fn release_available(&self, index: u16) {
            self.0.available_index.set(index);
        }
        fn acquire_used(&self) -> u16 {
            self.0.used_index.get()
        }
        fn used(&self, place: u16) -> (u32, u32) {
            self.0.used.borrow()[usize::from(place)]
        }
        fn set_flags(&self, flags: u16) {
            self.0.driver_flags.set(flags);
        }
        fn flags(&self) -> u16 {
            self.0.device_flags.get()
        }
        fn set_used_event(&self, index: u16) {
            self.0.used_event.set(index);
        }
        fn available_event(&self) -> u16 {
            self.0.available_event.get()
        }
        fn fence(&self) {}
    }

    /// A device that takes chains and gives them back, one at a time, and sleeps when there are none.
    struct Device {
        shared: Rc<Shared>,
        events: bool,
        taken: VecDeque<u16>,
        next: u16,
        asleep: bool,
        interrupts: u32,
    }

    impl Device {
        fn new(fake: &Fake, events: bool, index: u16) -> Self {
            Self {
                shared: fake.0.clone(),
                events,
                taken: VecDeque::new(),
                next: index,
                asleep: false,
                interrupts: 0,
            }
        }

        /// Takes a chain, or goes to sleep until it is notified.
        fn take(&mut self) {
            if self.asleep {
                return;
            }
            if self.next == self.shared.available_index.get() {
                self.shared.available_event.set(self.next);
                self.shared.device_flags.set(0);
                self.asleep = true;
                return;
            }
            self.shared.device_flags.set(1);
            let place = usize::from(self.next & (self.shared.size - 1));
            self.taken.push_back(self.shared.available.borrow()[place]);
            self.next = self.next.wrapping_add(1);
        }

        /// Gives the first chain back, and interrupts if that is wanted.
        fn give(&mut self) {
            let Some(head) = self.taken.pop_front() else { return };
            let old = self.shared.used_index.get();
            self.shared.used.borrow_mut()[usize::from(old & (self.shared.size - 1))] = (head.into(), 7);
            let new = old.wrapping_add(1);
            self.shared.used_index.set(new);
            let wanted = if self.events {
                passes(self.shared.used_event.get(), old, new)
            } else {
                self.shared.driver_flags.get() & 1 == 0
            };
            self.interrupts += u32::from(wanted);
        }
    }

    /// Every sequence of nine steps of the two sides, each step whole, on a ring of two: chains come back in
    /// order, and whoever sleeps is woken.
    #[test]
    fn every_short_sequence_of_steps_is_sound() {
        const STEPS: u32 = 9;
        for events in [false, true] {
            for index in [0_u16, 0xffff] {
                for sequence in 0..5_u32.pow(STEPS) {
                    walk(events, index, sequence, STEPS);
                }
            }
        }
    }

    fn walk(events: bool, index: u16, mut sequence: u32, steps: u32) {
        let fake = Fake::new(2, index);
        let mut queue = Queue::from_index(fake.clone(), events, index);
        let mut device = Device::new(&fake, events, index);
        let mut free = VecDeque::from([0_u16, 1]);
        let mut order = VecDeque::new();
        // How many interrupts there had been when we began to wait.
        let mut waiting = None;
        for _ in 0..steps {
            match sequence % 5 {
                0 => {
                    if let Some(head) = free.pop_front() {
                        queue.offer(head);
                        order.push_back(head);
                    }
                }
                1 => {
                    let shown = queue.unshown();
                    if queue.show() {
                        device.asleep = false;
                    }
                    // A device that is asleep has seen everything.
                    assert!(!device.asleep || shown == 0 || device.next == queue.shown);
                }
                2 => device.take(),
                3 => device.give(),
                _ => match queue.take() {
                    Some((head, length)) => {
                        assert_eq!((head as u16, length), (order.pop_front().unwrap(), 7));
                        free.push_back(head as u16);
                        queue.stop_waiting();
                        waiting = None;
                    }
                    None => {
                        if queue.wait(1) {
                            waiting = Some(device.interrupts);
                        }
                    }
                },
            }
            if let Some(before) = waiting {
                let come = fake.0.used_index.get() != queue.next;
                assert_eq!(come, device.interrupts > before, "an interrupt, if and only if a chain came");
            }
            sequence /= 5;
        }
    }

    #[test]
    fn an_interrupt_can_wait_for_several() {
        let fake = Fake::new(8, 0xfffe);
        let mut queue = Queue::from_index(fake.clone(), true, 0xfffe);
        let mut device = Device::new(&fake, true, 0xfffe);
        for head in 0..8 {
            queue.offer(head);
        }
        assert!(queue.show());
        assert!(queue.wait(4));
        for given in 1..=8 {
            device.take();
            device.give();
            assert_eq!(device.interrupts, u32::from(given >= 4));
        }
        assert!(!queue.wait(8), "they are there already");
    }
}

/// Both places in which a side says that it wants to be told while the other side acts, with every order
/// that the memory model allows.
#[cfg(test)]
mod orders {
    extern crate std;

    use super::*;
    use loom::sync::Arc;
    use loom::sync::atomic::{AtomicBool, AtomicU16, Ordering, fence};
    use loom::thread;

    #[derive(Clone)]
    struct Fake(Arc<Shared>);

    struct Shared {
        available: AtomicU16,
        available_index: AtomicU16,
        used: AtomicU16,
        used_index: AtomicU16,
        used_event: AtomicU16,
        available_event: AtomicU16,
    }

    impl Fake {
        fn new(available_event: u16) -> Self {
            let zero = || AtomicU16::new(0);
            Self(Arc::new(Shared {
                available: zero(),
                available_index: zero(),
                used: zero(),
                used_index: zero(),
                used_event: zero(),
                available_event: AtomicU16::new(available_event),
            }))
        }
    }

    impl Ring for Fake {
        fn size(&self) -> u16 {
            1
        }
        fn describe(&self, _: u16, _: u64, _: u32, _: u16, _: u16) {}
        fn set_available(&self, _: u16, head: u16) {
            self.0.available.store(head, Ordering::Relaxed);
        }
        fn release_available(&self, index: u16) {
            self.0.available_index.store(index, Ordering::Release);
        }
        fn acquire_used(&self) -> u16 {
            self.0.used_index.load(Ordering::Acquire)
        }
        fn used(&self, _: u16) -> (u32, u32) {
            (self.0.used.load(Ordering::Relaxed).into(), 0)
        }
        fn set_flags(&self, _: u16) {}
        fn flags(&self) -> u16 {
            0
        }
        fn set_used_event(&self, index: u16) {
            self.0.used_event.store(index, Ordering::Relaxed);
        }
        fn available_event(&self) -> u16 {
            self.0.available_event.load(Ordering::Relaxed)
        }
        fn fence(&self) {
            fence(Ordering::SeqCst);
        }
    }

    #[test]
    fn no_notification_is_lost() {
        loom::model(|| {
            let fake = Fake::new(0xffff);
            let mut queue = Queue::new(fake.clone(), true);
            let shared = fake.0.clone();
            // A device that goes to sleep if it finds nothing.
            let device = thread::spawn(move || {
                shared.available_event.store(0, Ordering::Relaxed);
                fence(Ordering::SeqCst);
                let found = shared.available_index.load(Ordering::Acquire) == 1;
                if found {
                    assert_eq!(shared.available.load(Ordering::Relaxed), 9, "what is shown is whole");
                }
                found
            });
            queue.offer(9);
            let notified = queue.show();
            assert!(device.join().unwrap() || notified);
        });
    }

    #[test]
    fn no_interrupt_is_lost() {
        loom::model(|| {
            let fake = Fake::new(0);
            let mut queue = Queue::new(fake.clone(), true);
            let interrupted = Arc::new(AtomicBool::new(false));
            let (shared, raise) = (fake.0.clone(), interrupted.clone());
            let device = thread::spawn(move || {
                shared.used.store(9, Ordering::Relaxed);
                shared.used_index.store(1, Ordering::Release);
                fence(Ordering::SeqCst);
                if passes(shared.used_event.load(Ordering::Relaxed), 0, 1) {
                    raise.store(true, Ordering::Relaxed);
                }
            });
            let waits = queue.wait(1);
            if !waits {
                assert_eq!(queue.take(), Some((9, 0)), "what has come back is whole");
            }
            device.join().unwrap();
            assert!(!waits || interrupted.load(Ordering::Relaxed));
        });
    }
}
