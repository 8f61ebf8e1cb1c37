//! Waiting outside of tasks, and letting them go on.

use core::sync::atomic::{AtomicU64, Ordering};
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use oscomp_macros::interface;

/// How threads of a C program wait for what the tasks of an executor do, and use what belongs to these tasks: network
/// stacks.
#[interface]
pub trait Waits {
    /// Asks until it is ready, again whenever its task was woken; the tasks of the executor run meanwhile.
    ///
    /// Not called by what it calls. `poll` may be called on another thread of the program.
    fn wait<R: Send>(self, poll: impl FnMut(&mut Context<'_>) -> Poll<R> + Send) -> R;

    /// Runs `act`, which does not wait, while no task of the executor does and no other thread is within.
    fn enter<R: Send>(self, act: impl FnOnce() -> R + Send) -> R;

    /// Lets the tasks of the executor that can go on do so.
    fn turn(self);

    /// The same, unless they have had one a moment ago: for who may ask all the time.
    fn turn_now_and_then(self);
}

/// When the tasks of an executor had a turn, in microseconds of its time.
#[derive(Debug, Default)]
pub struct LastTurn(AtomicU64);

impl LastTurn {
    /// How long a program that asks in vain all the time keeps the tasks from having a turn.
    pub const PATIENCE: Duration = Duration::from_micros(50);

    /// Long ago.
    #[must_use]
    pub const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// They had one now.
    pub fn set(&self, now: Duration) {
        self.0.store(now.as_micros() as u64, Ordering::Relaxed);
    }

    /// Whether it is so long ago that they are to have another one.
    pub fn is_over(&self, now: Duration) -> bool {
        now >= Duration::from_micros(self.0.load(Ordering::Relaxed)) + Self::PATIENCE
    }
}

/// Asks once; and if it is not ready once more, after the tasks of the executor have had a turn if they had none for a
/// while, so that a program that asks all the time does not keep them from doing what it asks for.
pub fn attempt<R: Send>(
    waits: impl Waits,
    mut poll: impl FnMut(&mut Context<'_>) -> Poll<R> + Send,
) -> Option<R> {
    if let Poll::Ready(result) = waits.enter(|| poll(&mut Context::from_waker(Waker::noop()))) {
        return Some(result);
    }
    waits.turn_now_and_then();
    match waits.enter(|| poll(&mut Context::from_waker(Waker::noop()))) {
        Poll::Ready(result) => Some(result),
        Poll::Pending => None,
    }
}
