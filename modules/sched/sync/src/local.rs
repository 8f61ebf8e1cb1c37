//! A value for each thread.

use crate::Mutex;
use alloc::collections::BTreeMap;
use core::fmt;
use oscomp_interfaces::{Thread, Threads};

/// A value that each thread has its own of, made when the thread first asks.
pub struct ThreadLocal<T, V> {
    threads: T,
    make: fn() -> V,
    values: Mutex<T, BTreeMap<Thread, V>>,
}

impl<T: Threads, V> ThreadLocal<T, V> {
    /// No thread has one yet; `make` makes it.
    pub const fn new(threads: T, make: fn() -> V) -> Self {
        Self { threads, make, values: Mutex::new(threads, BTreeMap::new()) }
    }

    /// Uses the value of the thread that calls this. Others that want theirs wait meanwhile.
    pub fn with<R>(&self, act: impl FnOnce(&mut V) -> R) -> R {
        let mut values = self.values.lock();
        act(values.entry(self.threads.current()).or_insert_with(self.make))
    }

    /// Drops the values of threads that have ended.
    pub fn forget_ended(&self) {
        self.values.lock().retain(|thread, _| self.threads.name(*thread).is_some());
    }
}

impl<T, V> fmt::Debug for ThreadLocal<T, V> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("ThreadLocal").finish_non_exhaustive()
    }
}
