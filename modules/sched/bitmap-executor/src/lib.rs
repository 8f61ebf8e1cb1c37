//! An executor whose ready tasks are bits: waking one is two atomic operations, in any context, and
//! each that is ready has its turn before any has a second one.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod ready;
mod tasks;

use alloc::boxed::Box;
use core::marker::PhantomData;
use core::pin::pin;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::{Context, Poll};
use core::time::Duration;
use oscomp_abi::{Config, StartError};
use oscomp_interfaces::{Alarm, Clock, Executor, Heap, Idle, Sleep, Timers, TooManyTasks};
use oscomp_macros::{Options, module};
use oscomp_moments::Moments;
use spin::Mutex;
use tasks::Tasks;

/// Tasks that take turns on one stack; the processor is halted while all of them wait.
#[module(provides(Executor, Timers, Sleep), ambient(Heap))]
pub struct BitmapExecutor<
    /// What waits while nothing can go on.
    Cpu: Idle,
    /// What the timers go by.
    Time: Clock,
    /// What ends the wait when a moment has come.
    Bell: Alarm,
    Settings: Config<Options>,
> {
    tasks: Tasks,
    moments: Mutex<Moments>,
    running: AtomicBool,
    cpu: Cpu,
    time: Time,
    bell: Bell,
    settings: PhantomData<Settings>,
}

/// How many tasks there can be.
#[derive(Options)]
pub struct Options {
    /// Tasks at the most; they take memory only when they are spawned.
    #[option(default = 4095, range = 1..=4095)]
    pub tasks: u16,
}

impl<Cpu: Idle, Time: Clock, Bell: Alarm, Settings: Config<Options>>
    BitmapExecutor<Cpu, Time, Bell, Settings>
{
    /// Takes what it goes by.
    ///
    /// # Errors
    /// None.
    pub fn start(cpu: Cpu, time: Time, bell: Bell) -> Result<Self, StartError> {
        Ok(Self {
            tasks: Tasks::new(usize::from(Settings::OPTIONS.tasks)),
            moments: Mutex::new(Moments::new()),
            running: AtomicBool::new(false),
            cpu,
            time,
            bell,
            settings: PhantomData,
        })
    }

    /// Wakes the tasks whose moment has come; the next moment.
    fn ring(&self) -> Option<Duration> {
        loop {
            let mut moments = self.moments.lock();
            let first = moments.first()?;
            let Some(waker) = moments.pop(self.time.now()) else { return Some(first) };
            drop(moments);
            waker.wake();
        }
    }
}

impl<Cpu: Idle, Time: Clock, Bell: Alarm, Settings: Config<Options>> Executor
    for &BitmapExecutor<Cpu, Time, Bell, Settings>
{
    fn block_on<F: Future>(self, future: F) -> F::Output {
        assert!(!self.running.swap(true, Ordering::Relaxed), "`block_on` within a task");
        let mut future = pin!(future);
        let waker = self.tasks.main();
        waker.wake_by_ref();
        let mut alarm = false;
        let output = loop {
            if self.tasks.run()
                && let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(waker))
            {
                break output;
            }
            let next = self.ring();
            // Set anew for each wait: the last alarm may have rung a little early.
            if self.tasks.all_wait() && (next.is_some() || alarm) {
                alarm = next.is_some();
                self.bell.set(next);
            }
            self.cpu.wait(|| !self.tasks.all_wait());
        };
        if alarm {
            self.bell.set(None);
        }
        self.running.store(false, Ordering::Relaxed);
        output
    }

    fn spawn<F: Future<Output = ()> + Send + 'static>(self, task: F) -> Result<(), TooManyTasks> {
        self.tasks.add(Box::pin(task))
    }
}

impl<Cpu: Idle, Time: Clock, Bell: Alarm, Settings: Config<Options>> Timers
    for &BitmapExecutor<Cpu, Time, Bell, Settings>
{
    fn time(self) -> Duration {
        self.time.now()
    }

    fn poll_at(self, at: Duration, context: &mut Context<'_>) -> Poll<()> {
        if self.time.now() >= at {
            return Poll::Ready(());
        }
        self.moments.lock().add(at, context.waker());
        Poll::Pending
    }
}

impl<Cpu: Idle, Time: Clock, Bell: Alarm, Settings: Config<Options>> Sleep
    for &BitmapExecutor<Cpu, Time, Bell, Settings>
{
    fn sleep(self, time: Duration) {
        oscomp_moments::sleep(self.cpu, self.time, self.bell, time);
    }
}

#[cfg(test)]
mod tests;
