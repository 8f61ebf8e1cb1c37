use core::mem::MaybeUninit;
use oscomp_interfaces::Memory;
use std::sync::Mutex;

/// A machine's memory, for tests: handed out from the front, and never returned.
#[derive(Clone, Copy)]
pub struct Machine {
    free: &'static Mutex<&'static mut [MaybeUninit<u8>]>,
}

impl Machine {
    /// A machine with that many bytes, the first of which is on a page plus 64 bytes.
    #[must_use]
    pub fn new(size: usize) -> Self {
        let memory = vec![MaybeUninit::new(0xcc); size + 8192].leak();
        let start = memory.as_ptr().align_offset(4096) + 64;
        let free = memory.split_at_mut(start).1.split_at_mut(size).0;
        Self { free: Box::leak(Box::new(Mutex::new(free))) }
    }
}

impl Memory for Machine {
    fn take(self, size: usize, align: usize) -> Option<&'static mut [MaybeUninit<u8>]> {
        let mut free = self.free.lock().expect("no test panics in here");
        let padding = free.as_ptr().align_offset(align);
        if padding.checked_add(size)? > free.len() {
            return None;
        }
        let (taken, rest) = core::mem::take(&mut *free).split_at_mut(padding).1.split_at_mut(size);
        *free = rest;
        Some(taken)
    }

    fn largest(self) -> usize {
        self.free.lock().expect("no test panics in here").len()
    }

    fn grown(self) {}
}
