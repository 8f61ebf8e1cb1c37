//! So many at a time.

use core::sync::atomic::{AtomicU32, Ordering};
use oscomp_interfaces::Threads;

/// A number of permits.
#[derive(Debug)]
pub struct Semaphore<T> {
    threads: T,
    permits: AtomicU32,
}

impl<T: Threads> Semaphore<T> {
    /// So many permits.
    pub const fn new(threads: T, permits: u32) -> Self {
        Self { threads, permits: AtomicU32::new(permits) }
    }

    /// Takes a permit, waiting until there is one.
    pub fn acquire(&self) {
        while !self.try_acquire() {
            self.threads.wait(&self.permits, 0, None);
        }
    }

    /// Takes a permit if there is one.
    pub fn try_acquire(&self) -> bool {
        let less = |permits: u32| permits.checked_sub(1);
        self.permits.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_ok()
    }

    /// Gives a permit back, or adds one. May be called in interrupt context.
    pub fn release(&self) {
        self.permits.fetch_add(1, Ordering::SeqCst);
        self.threads.wake(&self.permits, 1);
    }
}
