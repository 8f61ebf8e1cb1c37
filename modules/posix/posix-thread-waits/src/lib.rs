//! Waiting for sockets, pipes and the like in a C program of several threads.
//!
//! One thread at a time uses what belongs to the tasks of the executor, such as a network stack, and lets them have a
//! turn. Whoever waits looks again at an interval, or when another thread has done what it waits for: the executor does
//! not wait itself, since a processor that waits in it is no other thread's.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

use alloc::sync::Arc;
use alloc::task::Wake;
use core::marker::PhantomData;
use core::sync::atomic::{AtomicU32, Ordering};
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use oscomp_abi::{Config, StartError};
use oscomp_interfaces::{Executor, Heap, Threads, yield_now};
use oscomp_macros::{Options, module};
use oscomp_objects::{LastTurn, Waits};
use oscomp_sync::Mutex;

/// Waiting in a C program of several threads.
#[module(provides(Waits), ambient(Heap))]
pub struct PosixThreadWaits<
    /// Whose tasks run meanwhile.
    Runner: Executor,
    /// What the threads are.
    Scheduler: Threads,
    Settings: Config<Options>,
> {
    runner: Runner,
    scheduler: Scheduler,
    turn: Mutex<Scheduler, ()>,
    /// When the tasks had a turn because somebody asked.
    last: LastTurn,
    settings: PhantomData<Settings>,
}

/// How long things take.
#[derive(Options)]
pub struct Options {
    /// How often a thread that waits lets the tasks of the executor have a turn.
    #[option(default = "1ms", range = "10us"..="1s")]
    pub interval: Duration,
}

/// What wakes a thread.
struct Bell<Scheduler> {
    scheduler: Scheduler,
    /// How often it was woken, around and around.
    rung: AtomicU32,
}

impl<Scheduler: Threads> Wake for Bell<Scheduler> {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.rung.fetch_add(1, Ordering::SeqCst);
        self.scheduler.wake(&self.rung, 1);
    }
}

impl<Runner: Executor, Scheduler: Threads, Settings: Config<Options>>
    PosixThreadWaits<Runner, Scheduler, Settings>
{
    /// Takes what it goes by.
    ///
    /// # Errors
    /// None.
    pub const fn start(runner: Runner, scheduler: Scheduler) -> Result<Self, StartError> {
        Ok(Self {
            runner,
            scheduler,
            turn: Mutex::new(scheduler, ()),
            last: LastTurn::new(),
            settings: PhantomData,
        })
    }
}

impl<Runner: Executor, Scheduler: Threads + 'static, Settings: Config<Options>> Waits
    for &PosixThreadWaits<Runner, Scheduler, Settings>
{
    fn wait<R: Send>(self, mut poll: impl FnMut(&mut Context<'_>) -> Poll<R> + Send) -> R {
        if let Poll::Ready(result) = self.enter(|| poll(&mut Context::from_waker(Waker::noop()))) {
            return result;
        }
        let bell = Arc::new(Bell { scheduler: self.scheduler, rung: AtomicU32::new(0) });
        let waker = Waker::from(bell.clone());
        loop {
            let rung = bell.rung.load(Ordering::SeqCst);
            let polled = self.enter(|| {
                self.runner.block_on(yield_now());
                poll(&mut Context::from_waker(&waker))
            });
            match polled {
                Poll::Ready(result) => return result,
                Poll::Pending => {
                    let until = self.scheduler.time().saturating_add(Settings::OPTIONS.interval);
                    self.scheduler.wait(&bell.rung, rung, Some(until));
                }
            }
        }
    }

    fn enter<R: Send>(self, act: impl FnOnce() -> R + Send) -> R {
        let _turn = self.turn.lock();
        act()
    }

    fn turn(self) {
        self.enter(|| self.runner.block_on(yield_now()));
        self.last.set(self.scheduler.time());
    }

    fn turn_now_and_then(self) {
        if self.last.is_over(self.scheduler.time()) {
            self.turn();
        }
    }
}

#[cfg(test)]
mod tests;
