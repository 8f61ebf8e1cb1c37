//! Waiting for sockets, pipes and the like in a C program of one thread: the tasks of an executor, such as a network
//! stack's, run while it waits.
//!
//! A program of several threads uses them from one thread at a time: a call while another thread is within one ends the
//! image, with a report. For several threads there is `posix-thread-waits`.
#![no_std]
#![forbid(unsafe_code)]

use core::future::poll_fn;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::{Context, Poll, Waker};
use oscomp_abi::StartError;
use oscomp_interfaces::{Executor, Timers, yield_now};
use oscomp_macros::module;
use oscomp_objects::{LastTurn, Waits};

/// Waiting in a C program of one thread.
#[module(provides(Waits))]
pub struct PosixWaits<
    /// Whose tasks run meanwhile.
    Runner: Executor,
    /// What says how long ago they had a turn.
    Time: Timers,
> {
    runner: Runner,
    time: Time,
    is_busy: AtomicBool,
    last: LastTurn,
}

impl<Runner: Executor, Time: Timers> PosixWaits<Runner, Time> {
    /// Takes the executor and its time.
    ///
    /// # Errors
    /// None.
    pub const fn start(runner: Runner, time: Time) -> Result<Self, StartError> {
        Ok(Self { runner, time, is_busy: AtomicBool::new(false), last: LastTurn::new() })
    }

    fn alone<R>(&self, act: impl FnOnce() -> R) -> R {
        let is_busy = self.is_busy.swap(true, Ordering::Acquire);
        assert!(!is_busy, "sockets and pipes are used by two threads at once");
        let result = act();
        self.is_busy.store(false, Ordering::Release);
        result
    }
}

impl<Runner: Executor, Time: Timers> Waits for &PosixWaits<Runner, Time> {
    fn wait<R: Send>(self, mut poll: impl FnMut(&mut Context<'_>) -> Poll<R> + Send) -> R {
        self.alone(|| match poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(result) => result,
            Poll::Pending => self.runner.block_on(poll_fn(&mut poll)),
        })
    }

    fn enter<R: Send>(self, act: impl FnOnce() -> R + Send) -> R {
        self.alone(act)
    }

    fn turn(self) {
        self.alone(|| self.runner.block_on(yield_now()));
        self.last.set(self.time.time());
    }

    fn turn_now_and_then(self) {
        if self.last.is_over(self.time.time()) {
            self.turn();
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use core::sync::atomic::AtomicU32;
    use oscomp_fake_net::Runner;
    use oscomp_objects::attempt;
    use std::sync::Arc;

    fn counting(runner: Runner) -> Arc<AtomicU32> {
        let count = Arc::new(AtomicU32::new(0));
        let counted = count.clone();
        let task = async move {
            loop {
                counted.fetch_add(1, Ordering::Relaxed);
                yield_now().await;
                if counted.load(Ordering::Relaxed) == 3 {
                    return;
                }
            }
        };
        runner.spawn(task).unwrap();
        count
    }

    #[test]
    fn what_is_there_is_not_waited_for() {
        let runner = Runner::new(1);
        let count = counting(runner);
        let waits = PosixWaits::start(runner, runner).unwrap();
        assert_eq!(waits.wait(|_| Poll::Ready(5)), 5);
        assert_eq!(attempt(&waits, |_| Poll::Ready(6)), Some(6));
        assert_eq!(waits.enter(|| 7), 7);
        assert_eq!(count.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn tasks_run_while_it_waits_and_when_it_asks_in_vain() {
        let runner = Runner::new(1);
        let count = counting(runner);
        let waits = PosixWaits::start(runner, runner).unwrap();
        assert_eq!(attempt(&waits, |_| Poll::<()>::Pending), None);
        assert_eq!(count.load(Ordering::Relaxed), 0, "it is not long ago");
        runner.pass(LastTurn::PATIENCE);
        assert_eq!(attempt(&waits, |_| Poll::<()>::Pending), None);
        assert!(count.load(Ordering::Relaxed) > 0);
        let asked = AtomicU32::new(0);
        let answer = waits.wait(|context| {
            if asked.fetch_add(1, Ordering::Relaxed) == 3 {
                return Poll::Ready("ready");
            }
            context.waker().wake_by_ref();
            Poll::Pending
        });
        assert_eq!(answer, "ready");
    }

    #[test]
    #[should_panic(expected = "by two threads at once")]
    fn two_at_once_are_refused() {
        let waits = PosixWaits::start(Runner::new(1), Runner::new(1)).unwrap();
        waits.enter(|| waits.enter(|| ()));
    }
}
