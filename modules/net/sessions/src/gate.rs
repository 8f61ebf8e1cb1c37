//! How many connections there can be.

use alloc::sync::Arc;
use core::task::{Context, Poll, Waker};
use spin::Mutex;

/// Places for connections.
pub struct Gate {
    state: Mutex<State>,
}

struct State {
    free: usize,
    waiting: Option<Waker>,
}

impl Gate {
    pub fn new(places: usize) -> Self {
        Self { state: Mutex::new(State { free: places, waiting: None }) }
    }

    /// Ready once there is a place.
    pub fn poll_free(&self, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.state.lock();
        if state.free > 0 {
            return Poll::Ready(());
        }
        state.waiting = Some(context.waker().clone());
        Poll::Pending
    }

    /// Takes a place, which has to be there.
    pub fn enter(gate: &Arc<Self>) -> Place {
        gate.state.lock().free -= 1;
        Place(gate.clone())
    }
}

/// A place that is taken, free again when this is dropped.
pub struct Place(Arc<Gate>);

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.0.state.lock();
        state.free += 1;
        let waiting = state.waiting.take();
        drop(state);
        if let Some(waker) = waiting {
            waker.wake();
        }
    }
}
