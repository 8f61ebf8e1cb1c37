//! The shared memory of a split virtqueue (section 2.7), as it lies in the machine's memory.
//!
//! Every word of it is atomic, so what a device does to it is never a data race. All machines here are
//! little-endian, as virtio is.

use crate::queue::Ring;
use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicU16, AtomicU32, AtomicU64, Ordering, fence};

const _: () = assert!(cfg!(target_endian = "little"));

/// A ring in memory that the device sees.
#[derive(Clone, Copy, Debug)]
pub struct SharedRing {
    /// Address; length, flags and next.
    descriptors: &'static [[AtomicU64; 2]],
    /// Flags, index, the ring, the event.
    available: &'static [AtomicU16],
    /// Flags and index, the ring (head and length), the event.
    used: &'static [AtomicU32],
}

/// Memory that is all zeroes, to be cut into the parts of a driver.
#[derive(Debug)]
pub struct Room(&'static mut [u8]);

impl Room {
    /// Zeroes memory.
    pub fn new(memory: &'static mut [MaybeUninit<u8>]) -> Self {
        memory.fill(MaybeUninit::new(0));
        // SAFETY: just filled.
        Self(unsafe { memory.assume_init_mut() })
    }

    /// Cuts off that many bytes, the first of them aligned.
    pub fn cut(&mut self, length: usize, align: usize) -> Option<&'static mut [u8]> {
        let skip = self.0.as_ptr().align_offset(align);
        if self.0.len() < skip.checked_add(length)? {
            return None;
        }
        let (cut, rest) = core::mem::take(&mut self.0).split_at_mut(skip + length);
        self.0 = rest;
        Some(&mut cut[skip..])
    }
}

impl SharedRing {
    /// The bytes that a ring of `size` descriptors takes of a room, at the most.
    #[must_use]
    pub const fn length(size: u16) -> usize {
        let size = size as usize;
        // Descriptors, available ring, used ring, and what aligning them may skip.
        16 * size + 2 * (size + 3) + 4 * (2 * size + 2) + 32
    }

    /// A ring of `size` descriptors, a power of two, all zeroes. None when the room is too small for it.
    #[must_use]
    pub fn new(size: u16, room: &mut Room) -> Option<Self> {
        assert!(size.is_power_of_two());
        let length = usize::from(size);
        let descriptors = room.cut(16 * length, 16)?;
        let available = room.cut(2 * (length + 3), 4)?;
        let used = room.cut(4 * (2 * length + 2), 4)?;
        // SAFETY: the parts are ours for ever, long and aligned enough, and zeroes are atomics; what is made
        // of them may be written, as it came from where it may be.
        unsafe {
            Some(Self {
                descriptors: core::slice::from_raw_parts(descriptors.as_mut_ptr().cast(), length),
                available: core::slice::from_raw_parts(available.as_mut_ptr().cast(), length + 3),
                used: core::slice::from_raw_parts(used.as_mut_ptr().cast(), 2 * length + 2),
            })
        }
    }

    /// Addresses of descriptors, available ring and used ring.
    #[must_use]
    pub fn addresses(&self) -> [u64; 3] {
        [
            self.descriptors.as_ptr().expose_provenance() as u64,
            self.available.as_ptr().expose_provenance() as u64,
            self.used.as_ptr().expose_provenance() as u64,
        ]
    }
}

impl Ring for SharedRing {
    #[inline(always)]
    fn size(&self) -> u16 {
        self.descriptors.len() as u16
    }

    #[inline]
    fn describe(&self, descriptor: u16, address: u64, length: u32, flags: u16, next: u16) {
        let [place, rest] = &self.descriptors[usize::from(descriptor)];
        place.store(address, Ordering::Relaxed);
        let value = u64::from(length) | u64::from(flags) << 32 | u64::from(next) << 48;
        rest.store(value, Ordering::Relaxed);
    }

    #[inline]
    fn set_available(&self, place: u16, head: u16) {
        self.available[2 + usize::from(place)].store(head, Ordering::Relaxed);
    }

    #[inline]
    fn release_available(&self, index: u16) {
        self.available[1].store(index, Ordering::Release);
    }

    #[inline]
    fn acquire_used(&self) -> u16 {
        (self.used[0].load(Ordering::Acquire) >> 16) as u16
    }

    #[inline]
    fn used(&self, place: u16) -> (u32, u32) {
        let first = 1 + 2 * usize::from(place);
        (self.used[first].load(Ordering::Relaxed), self.used[first + 1].load(Ordering::Relaxed))
    }

    #[inline]
    fn set_flags(&self, flags: u16) {
        self.available[0].store(flags, Ordering::Relaxed);
    }

    #[inline]
    fn flags(&self) -> u16 {
        self.used[0].load(Ordering::Relaxed) as u16
    }

    #[inline]
    fn set_used_event(&self, index: u16) {
        self.available[self.available.len() - 1].store(index, Ordering::Relaxed);
    }

    #[inline]
    fn available_event(&self) -> u16 {
        self.used[self.used.len() - 1].load(Ordering::Relaxed) as u16
    }

    #[inline]
    fn fence(&self) {
        fence(Ordering::SeqCst);
    }
}
