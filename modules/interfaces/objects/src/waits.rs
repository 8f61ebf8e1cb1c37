//! Waiting outside of tasks, and letting them go on.

use core::task::{Context, Poll, Waker};
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
