//! An executor of parts that are widely used: tasks of the crate `async-task`, which may be woken in any context,
//! in a bounded queue without locks.
//!
//! A task that ended is freed by whoever drops its last waker. An interrupt may do so, which is why interrupts must
//! not be taken while the heap is in use: this executor is not for images whose threads are preempted.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

use alloc::sync::Arc;
use alloc::task::Wake;
use async_task::Runnable;
use core::marker::PhantomData;
use core::pin::pin;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use crossbeam_queue::ArrayQueue;
use oscomp_abi::{Config, StartError};
use oscomp_interfaces::{Alarm, Clock, Executor, Heap, Idle, Sleep, Timers, TooManyTasks};
use oscomp_macros::{Options, module};
use oscomp_moments::Moments;
use spin::Mutex;

/// Tasks in the order in which they were woken; the processor is halted while all of them wait.
#[module(provides(Executor, Timers, Sleep), ambient(Heap))]
pub struct QueueExecutor<
    /// What waits while nothing can go on.
    Cpu: Idle,
    /// What the timers go by.
    Time: Clock,
    /// What ends the wait when a moment has come.
    Bell: Alarm,
    Settings: Config<Options>,
> {
    /// Those that can go on, each once at the most: as much room as there can be tasks.
    ready: Arc<ArrayQueue<Runnable>>,
    tasks: Arc<AtomicUsize>,
    main: Arc<Main>,
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
    /// Tasks at the most.
    #[option(default = 4095, range = 1..=4095)]
    pub tasks: u16,
}

/// The future that is not spawned but waited for.
struct Main {
    /// Whether it can go on.
    ready: AtomicBool,
}

impl Wake for Main {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.ready.store(true, Ordering::Release);
    }
}

/// Counts a task for as long as it is there.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl<Cpu: Idle, Time: Clock, Bell: Alarm, Settings: Config<Options>>
    QueueExecutor<Cpu, Time, Bell, Settings>
{
    /// Makes room for the tasks that are ready.
    ///
    /// # Errors
    /// None.
    pub fn start(cpu: Cpu, time: Time, bell: Bell) -> Result<Self, StartError> {
        Ok(Self {
            ready: Arc::new(ArrayQueue::new(usize::from(Settings::OPTIONS.tasks))),
            tasks: Arc::new(AtomicUsize::new(0)),
            main: Arc::new(Main { ready: AtomicBool::new(false) }),
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

    /// Whether nothing can go on.
    fn all_wait(&self) -> bool {
        self.ready.is_empty() && !self.main.ready.load(Ordering::Acquire)
    }
}

impl<Cpu: Idle, Time: Clock, Bell: Alarm, Settings: Config<Options>> Executor
    for &QueueExecutor<Cpu, Time, Bell, Settings>
{
    fn block_on<F: Future>(self, future: F) -> F::Output {
        assert!(!self.running.swap(true, Ordering::Relaxed), "`block_on` within a task");
        let mut future = pin!(future);
        let waker = Waker::from(self.main.clone());
        waker.wake_by_ref();
        let mut alarm = false;
        let output = loop {
            // Those that are woken meanwhile have their turn after the others'.
            for _ in 0..self.ready.len() {
                if let Some(task) = self.ready.pop() {
                    task.run();
                }
            }
            if self.main.ready.swap(false, Ordering::Acquire)
                && let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker))
            {
                break output;
            }
            let next = self.ring();
            // Set anew for each wait: the last alarm may have rung a little early.
            if self.all_wait() && (next.is_some() || alarm) {
                alarm = next.is_some();
                self.bell.set(next);
            }
            self.cpu.wait(|| !self.all_wait());
        };
        if alarm {
            self.bell.set(None);
        }
        self.running.store(false, Ordering::Relaxed);
        output
    }

    fn spawn<F: Future<Output = ()> + Send + 'static>(self, task: F) -> Result<(), TooManyTasks> {
        let limit = usize::from(Settings::OPTIONS.tasks);
        let one_more = |count: usize| (count < limit).then_some(count + 1);
        if self.tasks.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).is_err() {
            return Err(TooManyTasks);
        }
        let (ready, counted) = (self.ready.clone(), Counted(self.tasks.clone()));
        let schedule = move |task| {
            let pushed = ready.push(task);
            debug_assert!(pushed.is_ok(), "a task is ready twice");
        };
        let counted_task = async move {
            let _counted = counted;
            task.await;
        };
        let (runnable, handle) = async_task::spawn(counted_task, schedule);
        handle.detach();
        runnable.schedule();
        Ok(())
    }
}

impl<Cpu: Idle, Time: Clock, Bell: Alarm, Settings: Config<Options>> Timers
    for &QueueExecutor<Cpu, Time, Bell, Settings>
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
    for &QueueExecutor<Cpu, Time, Bell, Settings>
{
    fn sleep(self, time: Duration) {
        oscomp_moments::sleep(self.cpu, self.time, self.bell, time);
    }
}

#[cfg(test)]
mod tests;
