//! Handing values on.

use crate::{Condvar, Mutex};
use alloc::collections::VecDeque;
use core::fmt;
use oscomp_interfaces::Threads;

/// A queue of values between threads, of limited length: who sends waits while it is full, who receives while
/// it is empty.
pub struct Channel<T, V> {
    state: Mutex<T, State<V>>,
    is_not_empty: Condvar<T>,
    is_not_full: Condvar<T>,
}

struct State<V> {
    values: VecDeque<V>,
    limit: usize,
    closed: bool,
}

/// That nobody receives any more; the value comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed<V>(pub V);

impl<T: Threads, V> Channel<T, V> {
    /// An empty queue for so many values.
    pub fn new(threads: T, limit: usize) -> Self {
        let values = VecDeque::with_capacity(limit);
        Self {
            state: Mutex::new(threads, State { values, limit, closed: false }),
            is_not_empty: Condvar::new(threads),
            is_not_full: Condvar::new(threads),
        }
    }

    /// Adds a value, once there is room for it.
    ///
    /// # Errors
    /// When the channel was closed.
    pub fn send(&self, value: V) -> Result<(), Closed<V>> {
        let mut state = self
            .is_not_full
            .wait_until(self.state.lock(), |state| state.closed || state.values.len() < state.limit);
        if state.closed {
            return Err(Closed(value));
        }
        state.values.push_back(value);
        drop(state);
        self.is_not_empty.notify_one();
        Ok(())
    }

    /// Takes the first value, once there is one; none when the channel was closed and is empty.
    pub fn receive(&self) -> Option<V> {
        let mut state =
            self.is_not_empty.wait_until(self.state.lock(), |state| state.closed || !state.values.is_empty());
        let value = state.values.pop_front();
        drop(state);
        self.is_not_full.notify_one();
        value
    }

    /// Nothing more is sent. What is in the queue is still received.
    pub fn close(&self) {
        self.state.lock().closed = true;
        self.is_not_empty.notify_all();
        self.is_not_full.notify_all();
    }
}

impl<T, V> fmt::Debug for Channel<T, V> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Channel").finish_non_exhaustive()
    }
}
