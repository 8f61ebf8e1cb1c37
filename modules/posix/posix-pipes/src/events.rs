//! Counters of events: `eventfd(2)` of Linux.

use crate::Result;
use core::task::{Context, Poll};
use oscomp_c_abi::numbers::{EBADF, EINVAL, ENOTTY};
use oscomp_c_channel::until;
use oscomp_objects::{Interest, ObjectKind, OpenObject, Readiness, Waits, Watchers};
use spin::Mutex;

/// The greatest count.
const MOST: u64 = u64::MAX - 1;

/// A counter.
pub struct Counter<Waiting> {
    waiting: Waiting,
    state: Mutex<State>,
    watchers: Watchers,
    takes_one: bool,
}

struct State {
    count: u64,
    is_closed: bool,
}

impl<Waiting> Counter<Waiting> {
    /// One that has counted so many.
    pub fn new(waiting: Waiting, count: u64, takes_one: bool) -> Self {
        let state = Mutex::new(State { count, is_closed: false });
        Self { waiting, state, watchers: Watchers::default(), takes_one }
    }

    fn poll_take(&self, context: &Context<'_>) -> Poll<Result<u64>> {
        self.watchers.add(context);
        let mut state = self.state.lock();
        match state.count {
            _ if state.is_closed => return Poll::Ready(Err(EBADF)),
            0 => return Poll::Pending,
            _ => {}
        }
        let taken = if self.takes_one { 1 } else { state.count };
        state.count -= taken;
        drop(state);
        self.watchers.wake_all();
        Poll::Ready(Ok(taken))
    }

    fn poll_add(&self, context: &Context<'_>, more: u64) -> Poll<Result<()>> {
        self.watchers.add(context);
        let mut state = self.state.lock();
        if state.is_closed {
            return Poll::Ready(Err(EBADF));
        }
        match state.count.checked_add(more).filter(|count| *count <= MOST) {
            Some(count) => state.count = count,
            None => return Poll::Pending,
        }
        drop(state);
        self.watchers.wake_all();
        Poll::Ready(Ok(()))
    }
}

impl<Waiting: Waits + 'static> OpenObject for Counter<Waiting> {
    fn kind(&self) -> ObjectKind {
        ObjectKind::Other
    }

    fn keeps_boundaries(&self) -> bool {
        true
    }

    fn read(&self, into: &mut [u8], waits: bool) -> Result<usize> {
        let into = into.first_chunk_mut().ok_or(EINVAL)?;
        let count = until(self.waiting, waits, |context| self.poll_take(context))?;
        *into = count.to_ne_bytes();
        Ok(into.len())
    }

    fn write(&self, from: &[u8], waits: bool) -> Result<usize> {
        let more = u64::from_ne_bytes(*from.first_chunk().ok_or(EINVAL)?);
        if more > MOST {
            return Err(EINVAL);
        }
        until(self.waiting, waits, |context| self.poll_add(context, more))?;
        Ok(size_of::<u64>())
    }

    fn poll_ready(&self, _interest: Interest, context: &mut Context<'_>) -> Readiness {
        self.watchers.add(context);
        let count = self.state.lock().count;
        Readiness { read: count > 0, write: count < MOST, ..Readiness::default() }
    }

    fn available(&self) -> Result<usize> {
        Err(ENOTTY)
    }

    fn close(&self) {
        self.state.lock().is_closed = true;
        self.watchers.wake_all();
    }
}
