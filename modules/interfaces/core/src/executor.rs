//! Tasks that wait without a stack of their own: Rust's futures.

use core::fmt;
use core::future::{Future, poll_fn};
use core::task::{Context, Poll};
use core::time::Duration;
use oscomp_macros::interface;

/// Runs tasks, one at a time, each until it waits.
#[interface]
pub trait Executor {
    /// Runs `future` to its end, and the spawned tasks meanwhile; the processor is halted while none of
    /// them can go on.
    ///
    /// Called from outside of tasks, by one caller at a time: that is, by an app in its `run`.
    fn block_on<F: Future>(self, future: F) -> F::Output;

    /// Has `task` run from when the executor runs, to its end. It takes one allocation of the heap.
    ///
    /// # Errors
    /// When there are as many tasks as the executor can have; the task is dropped.
    fn spawn<F: Future<Output = ()> + Send + 'static>(self, task: F) -> Result<(), TooManyTasks>;
}

/// That an executor has no room for another task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyTasks;

impl fmt::Display for TooManyTasks {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the executor has as many tasks as it can")
    }
}

impl core::error::Error for TooManyTasks {}

/// Waking tasks at moments.
#[interface]
pub trait Timers {
    /// Time as the image's clock has it.
    fn time(self) -> Duration;

    /// Ready once the time is `at`; until then has the task of `context` woken then.
    ///
    /// A task that waits for several moments is woken at the first of them, and asks for the others again.
    /// It may be woken for one that it no longer waits for.
    fn poll_at(self, at: Duration, context: &mut Context<'_>) -> Poll<()>;
}

/// Waits until the time is `at`.
pub async fn sleep_until(timers: impl Timers, at: Duration) {
    poll_fn(|context| timers.poll_at(at, context)).await;
}

/// Waits for `duration`.
pub async fn sleep(timers: impl Timers, duration: Duration) {
    sleep_until(timers, timers.time() + duration).await;
}

/// Lets the other tasks that can go on do so.
pub async fn yield_now() {
    let mut yielded = false;
    poll_fn(|context| {
        if core::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
