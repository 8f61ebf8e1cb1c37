//! Threads that give way to more important ones at once, and to others of their priority when their time slice
//! is over.
//!
//! Interrupts are unmasked while a thread runs, from when the first is spawned. Each interrupt is followed by an
//! upcall on the stack of what was interrupted, and that switches; no thread is ever switched to in interrupt
//! context.
#![no_std]
#![forbid(unsafe_code)]

use core::marker::PhantomData;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use core::time::Duration;
use oscomp_abi::{Config, StartError};
use oscomp_interfaces::{
    Alarm, Clock, CpuInterrupts, Heap, Idle, NewThread, Sleep, SpawnError, Thread, ThreadStacks, Threads,
    TimeSlices, Upcall, Upcalls, masked,
};
use oscomp_macros::{Options, module};
use oscomp_threads::{Machine, Scheduler};

/// Threads with priorities and time slices.
#[module(provides(Threads, TimeSlices, Sleep), ambient(Heap))]
pub struct PreemptiveThreads<
    /// What interrupts, and waits while no thread can go on.
    Cpu: CpuInterrupts + Idle + Upcalls,
    /// What the threads' moments go by.
    Time: Clock,
    /// What ends the wait when a moment has come.
    Bell: Alarm,
    /// What keeps the threads to their stacks.
    Guards: ThreadStacks,
    Settings: Config<Options>,
> {
    scheduler: Scheduler<Parts<Cpu, Time, Bell, Guards>>,
    cpu: Cpu,
    /// Whether there has been another thread.
    began: AtomicBool,
    settings: PhantomData<Settings>,
}

/// How many threads there can be, and how they take turns.
#[derive(Options)]
pub struct Options {
    /// Threads at the most, the app's included.
    #[option(default = 64, range = 2..=1024)]
    pub threads: u16,
    /// How long a thread may go on while others of its priority could.
    #[option(default = "10ms", range = "100us"..="10s")]
    pub slice: Duration,
}

/// What the scheduler needs.
#[derive(Clone, Copy)]
struct Parts<Cpu, Time, Bell, Guards> {
    cpu: Cpu,
    time: Time,
    bell: Bell,
    guards: Guards,
    slice: Duration,
}

impl<Cpu: CpuInterrupts + Idle + Upcalls, Time: Clock, Bell: Alarm, Guards: ThreadStacks> Machine
    for Parts<Cpu, Time, Bell, Guards>
{
    fn masked<R>(self, act: impl FnOnce(bool) -> R) -> R {
        masked(self.cpu, act)
    }

    fn begin(self) {
        self.cpu.unmask();
    }

    fn rest(self, ready: impl FnOnce() -> bool) {
        self.cpu.wait(ready);
    }

    fn now(self) -> Duration {
        self.time.now()
    }

    fn stacks(self) -> impl ThreadStacks {
        self.guards
    }

    fn alarm(self, at: Option<Duration>) {
        self.bell.set(at);
    }

    fn slice(self) -> Option<Duration> {
        Some(self.slice)
    }
}

impl<Cpu, Time, Bell, Guards, Settings> PreemptiveThreads<Cpu, Time, Bell, Guards, Settings>
where
    Cpu: CpuInterrupts + Idle + Upcalls,
    Time: Clock,
    Bell: Alarm,
    Guards: ThreadStacks,
    Settings: Config<Options>,
{
    /// Makes room for the threads.
    ///
    /// # Errors
    /// None.
    pub fn start(cpu: Cpu, time: Time, bell: Bell, guards: Guards) -> Result<Self, StartError> {
        let parts = Parts { cpu, time, bell, guards, slice: Settings::OPTIONS.slice };
        let scheduler = Scheduler::new(parts, usize::from(Settings::OPTIONS.threads));
        Ok(Self { scheduler, cpu, began: AtomicBool::new(false), settings: PhantomData })
    }
}

impl<Cpu, Time, Bell, Guards, Settings> Upcall for PreemptiveThreads<Cpu, Time, Bell, Guards, Settings>
where
    Cpu: CpuInterrupts + Idle + Upcalls,
    Time: Clock,
    Bell: Alarm,
    Guards: ThreadStacks,
    Settings: Config<Options>,
{
    fn upcall(&self) {
        self.scheduler.preempt();
    }
}

impl<Cpu, Time, Bell, Guards, Settings> Threads
    for &'static PreemptiveThreads<Cpu, Time, Bell, Guards, Settings>
where
    Cpu: CpuInterrupts + Idle + Upcalls + 'static,
    Time: Clock + 'static,
    Bell: Alarm + 'static,
    Guards: ThreadStacks + 'static,
    Settings: Config<Options> + 'static,
{
    /// # Panics
    /// When another instance preempts what is interrupted.
    fn spawn(self, thread: NewThread, body: impl FnOnce() + Send + 'static) -> Result<Thread, SpawnError> {
        let thread = self.scheduler.spawn(thread, body)?;
        // Until there is another thread there is none to give way to.
        if !self.began.swap(true, Ordering::Relaxed) {
            assert!(self.cpu.upcall(self), "another instance preempts what is interrupted");
            self.cpu.unmask();
        }
        Ok(thread)
    }

    fn current(self) -> Thread {
        self.scheduler.current()
    }

    fn name(self, thread: Thread) -> Option<&'static str> {
        self.scheduler.name(thread)
    }

    fn give_way(self) {
        self.scheduler.give_way();
    }

    fn wait(self, word: &AtomicU32, value: u32, until: Option<Duration>) -> bool {
        self.scheduler.wait(word, value, until)
    }

    fn wake(self, word: &AtomicU32, count: usize) -> usize {
        self.scheduler.wake(word, count)
    }

    fn join(self, thread: Thread) {
        self.scheduler.join(thread);
    }

    fn time(self) -> Duration {
        self.scheduler.time()
    }
}

impl<Cpu, Time, Bell, Guards, Settings> TimeSlices for &PreemptiveThreads<Cpu, Time, Bell, Guards, Settings>
where
    Cpu: CpuInterrupts + Idle + Upcalls,
    Time: Clock,
    Bell: Alarm,
    Guards: ThreadStacks,
    Settings: Config<Options>,
{
    fn slice(self) -> Duration {
        Settings::OPTIONS.slice
    }
}

impl<Cpu, Time, Bell, Guards, Settings> Sleep
    for &'static PreemptiveThreads<Cpu, Time, Bell, Guards, Settings>
where
    Cpu: CpuInterrupts + Idle + Upcalls + 'static,
    Time: Clock + 'static,
    Bell: Alarm + 'static,
    Guards: ThreadStacks + 'static,
    Settings: Config<Options> + 'static,
{
    fn sleep(self, time: Duration) {
        self.scheduler.sleep(time);
    }
}
