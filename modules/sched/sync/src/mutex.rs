//! One thread at a time.

use core::fmt;
use core::ops::{Deref, DerefMut};
use core::sync::atomic::{AtomicU32, Ordering};
use oscomp_interfaces::Threads;

/// A value that one thread at a time has; others wait.
pub struct Mutex<T, V> {
    threads: T,
    /// How often it was unlocked, around and around.
    turn: AtomicU32,
    waiting: AtomicU32,
    value: spin::Mutex<V>,
}

/// The value, until this is dropped.
pub struct MutexGuard<'m, T: Threads, V> {
    mutex: &'m Mutex<T, V>,
    /// There until it is dropped.
    value: Option<spin::MutexGuard<'m, V>>,
}

impl<T: Threads, V> Mutex<T, V> {
    /// A value that nobody has.
    pub const fn new(threads: T, value: V) -> Self {
        Self { threads, turn: AtomicU32::new(0), waiting: AtomicU32::new(0), value: spin::Mutex::new(value) }
    }

    /// Waits until no other thread has it. A thread that has it waits for ever.
    pub fn lock(&self) -> MutexGuard<'_, T, V> {
        loop {
            let turn = self.turn.load(Ordering::SeqCst);
            if let Some(guard) = self.try_lock() {
                return guard;
            }
            self.waiting.fetch_add(1, Ordering::SeqCst);
            self.threads.wait(&self.turn, turn, None);
            self.waiting.fetch_sub(1, Ordering::SeqCst);
        }
    }

    /// Takes it if no thread has it.
    pub fn try_lock(&self) -> Option<MutexGuard<'_, T, V>> {
        self.value.try_lock().map(|value| MutexGuard { mutex: self, value: Some(value) })
    }

    /// The value, of which nobody else knows any more.
    pub fn into_inner(self) -> V {
        self.value.into_inner()
    }
}

impl<'m, T: Threads, V> MutexGuard<'m, T, V> {
    /// What it is the value of.
    pub(crate) fn mutex(guard: &Self) -> &'m Mutex<T, V> {
        guard.mutex
    }
}

impl<T: Threads, V> Deref for MutexGuard<'_, T, V> {
    type Target = V;

    fn deref(&self) -> &V {
        self.value.as_ref().expect("it is there until it is dropped")
    }
}

impl<T: Threads, V> DerefMut for MutexGuard<'_, T, V> {
    fn deref_mut(&mut self) -> &mut V {
        self.value.as_mut().expect("it is there until it is dropped")
    }
}

impl<T: Threads, V> Drop for MutexGuard<'_, T, V> {
    fn drop(&mut self) {
        self.value = None;
        self.mutex.turn.fetch_add(1, Ordering::SeqCst);
        if self.mutex.waiting.load(Ordering::SeqCst) > 0 {
            self.mutex.threads.wake(&self.mutex.turn, 1);
        }
    }
}

impl<T, V> fmt::Debug for Mutex<T, V> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Mutex").field("is_locked", &self.value.is_locked()).finish_non_exhaustive()
    }
}
