//! For tests: a device that does what the test says.

extern crate std;

use crate::queue::Ring;
use crate::ring::SharedRing;
use core::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64, Ordering};

/// The device's side of a ring, by the layout of the specification.
pub struct Device {
    addresses: [u64; 3],
    size: u16,
    next: u16,
    used: u16,
}

impl Device {
    pub fn new(ring: &SharedRing) -> Self {
        Self { addresses: ring.addresses(), size: ring.size(), next: 0, used: 0 }
    }

    pub fn word<T>(&self, part: usize, offset: usize) -> &'static T {
        let pointer = std::ptr::with_exposed_provenance::<T>(self.addresses[part] as usize + offset);
        assert!(pointer.is_aligned());
        // SAFETY: the parts of a ring are leaked by the tests, and `T` is an atomic.
        unsafe { &*pointer }
    }

    /// The descriptor that was shown first: its index, address, length and flags.
    pub fn take(&mut self) -> Option<(u16, u64, u32, u16)> {
        let index: &AtomicU16 = self.word(1, 2);
        if index.load(Ordering::Acquire) == self.next {
            return None;
        }
        let place = usize::from(self.next % self.size);
        let head = self.word::<AtomicU16>(1, 4 + 2 * place).load(Ordering::Relaxed);
        self.next = self.next.wrapping_add(1);
        let descriptor = 16 * usize::from(head);
        let address = self.word::<AtomicU64>(0, descriptor).load(Ordering::Relaxed);
        let length = self.word::<AtomicU32>(0, descriptor + 8).load(Ordering::Relaxed);
        let flags = self.word::<AtomicU16>(0, descriptor + 12).load(Ordering::Relaxed);
        Some((head, address, length, flags))
    }

    /// The descriptor behind one that says so: its address, length and flags, and itself.
    pub fn behind(&self, descriptor: u16) -> (u16, u64, u32, u16) {
        let next = self.word::<AtomicU16>(0, 16 * usize::from(descriptor) + 14).load(Ordering::Relaxed);
        let place = 16 * usize::from(next);
        let address = self.word::<AtomicU64>(0, place).load(Ordering::Relaxed);
        let length = self.word::<AtomicU32>(0, place + 8).load(Ordering::Relaxed);
        (next, address, length, self.word::<AtomicU16>(0, place + 12).load(Ordering::Relaxed))
    }

    /// Gives back a chain, in which so many bytes were written.
    pub fn give(&mut self, head: u16, length: u32) {
        let place = 4 + 8 * usize::from(self.used % self.size);
        self.word::<AtomicU32>(2, place).store(head.into(), Ordering::Relaxed);
        self.word::<AtomicU32>(2, place + 4).store(length, Ordering::Relaxed);
        self.used = self.used.wrapping_add(1);
        self.word::<AtomicU16>(2, 2).store(self.used, Ordering::Release);
    }

    pub fn byte(&self, address: u64) -> &'static AtomicU8 {
        // SAFETY: as for `word`; the driver has no reference into a buffer that is the device's.
        unsafe { &*std::ptr::with_exposed_provenance::<AtomicU8>(address as usize) }
    }

    pub fn used_event(&self) -> u16 {
        self.word::<AtomicU16>(1, 4 + 2 * usize::from(self.size)).load(Ordering::Relaxed)
    }

    pub fn set_available_event(&self, index: u16) {
        self.word::<AtomicU16>(2, 4 + 8 * usize::from(self.size)).store(index, Ordering::Relaxed);
    }
}
