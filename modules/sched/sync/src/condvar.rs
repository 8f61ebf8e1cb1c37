//! Waiting until a value has become what is wanted.

use crate::{Mutex, MutexGuard};
use core::sync::atomic::{AtomicU32, Ordering};
use core::time::Duration;
use oscomp_interfaces::Threads;

/// Something that may have happened to the value of a mutex.
#[derive(Debug)]
pub struct Condvar<T> {
    threads: T,
    /// How often it happened, around and around.
    count: AtomicU32,
}

impl<T: Threads> Condvar<T> {
    /// It has not happened.
    pub const fn new(threads: T) -> Self {
        Self { threads, count: AtomicU32::new(0) }
    }

    /// Gives the value back until it happens; at the longest until the time is `until`. False if that came first.
    /// The value may be as before all the same: who waits looks again.
    pub fn wait<'m, V>(
        &self,
        guard: MutexGuard<'m, T, V>,
        until: Option<Duration>,
    ) -> (MutexGuard<'m, T, V>, bool) {
        let mutex: &'m Mutex<T, V> = MutexGuard::mutex(&guard);
        let count = self.count.load(Ordering::SeqCst);
        drop(guard);
        let woken = self.threads.wait(&self.count, count, until);
        (mutex.lock(), woken)
    }

    /// Gives the value back until `holds` says that it is as wanted.
    pub fn wait_until<'m, V>(
        &self,
        mut guard: MutexGuard<'m, T, V>,
        mut holds: impl FnMut(&mut V) -> bool,
    ) -> MutexGuard<'m, T, V> {
        while !holds(&mut guard) {
            guard = self.wait(guard, None).0;
        }
        guard
    }

    /// It happened, and one that waits can do something about it.
    pub fn notify_one(&self) {
        self.count.fetch_add(1, Ordering::SeqCst);
        self.threads.wake(&self.count, 1);
    }

    /// It happened, and all that wait should know.
    pub fn notify_all(&self) {
        self.count.fetch_add(1, Ordering::SeqCst);
        self.threads.wake(&self.count, usize::MAX);
    }
}
