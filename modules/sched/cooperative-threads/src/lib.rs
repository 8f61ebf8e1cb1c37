//! Threads that give way only where they wait, end, or call
//! [`Threads::give_way`](oscomp_interfaces::Threads::give_way): what runs between has the processor alone.
#![no_std]
#![forbid(unsafe_code)]

use core::marker::PhantomData;
use core::sync::atomic::AtomicU32;
use core::time::Duration;
use oscomp_abi::{Config, StartError};
use oscomp_interfaces::{
    Alarm, Clock, Heap, Idle, NewThread, Sleep, SpawnError, Thread, ThreadStacks, Threads,
};
use oscomp_macros::{Options, module};
use oscomp_threads::{Machine, Scheduler};

/// Threads that take turns where they say so.
#[module(provides(Threads, Sleep), ambient(Heap))]
pub struct CooperativeThreads<
    /// What waits while no thread can go on.
    Cpu: Idle,
    /// What the threads' moments go by.
    Time: Clock,
    /// What ends the wait when a moment has come.
    Bell: Alarm,
    /// What keeps the threads to their stacks.
    Guards: ThreadStacks,
    Settings: Config<Options>,
> {
    scheduler: Scheduler<Parts<Cpu, Time, Bell, Guards>>,
    settings: PhantomData<Settings>,
}

/// How many threads there can be.
#[derive(Options)]
pub struct Options {
    /// Threads at the most, the app's included.
    #[option(default = 64, range = 2..=1024)]
    pub threads: u16,
}

/// What the scheduler needs.
#[derive(Clone, Copy)]
struct Parts<Cpu, Time, Bell, Guards> {
    cpu: Cpu,
    time: Time,
    bell: Bell,
    guards: Guards,
}

impl<Cpu: Idle, Time: Clock, Bell: Alarm, Guards: ThreadStacks> Machine for Parts<Cpu, Time, Bell, Guards> {
    fn masked<R>(self, act: impl FnOnce(bool) -> R) -> R {
        // Interrupts are taken in `rest` only.
        act(false)
    }

    fn begin(self) {}

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
        None
    }
}

impl<Cpu: Idle, Time: Clock, Bell: Alarm, Guards: ThreadStacks, Settings: Config<Options>>
    CooperativeThreads<Cpu, Time, Bell, Guards, Settings>
{
    /// Makes room for the threads.
    ///
    /// # Errors
    /// None.
    pub fn start(cpu: Cpu, time: Time, bell: Bell, guards: Guards) -> Result<Self, StartError> {
        let scheduler =
            Scheduler::new(Parts { cpu, time, bell, guards }, usize::from(Settings::OPTIONS.threads));
        Ok(Self { scheduler, settings: PhantomData })
    }
}

impl<
    Cpu: Idle + 'static,
    Time: Clock + 'static,
    Bell: Alarm + 'static,
    Guards: ThreadStacks + 'static,
    Settings: Config<Options>,
> Threads for &'static CooperativeThreads<Cpu, Time, Bell, Guards, Settings>
{
    fn spawn(self, thread: NewThread, body: impl FnOnce() + Send + 'static) -> Result<Thread, SpawnError> {
        self.scheduler.spawn(thread, body)
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

impl<
    Cpu: Idle + 'static,
    Time: Clock + 'static,
    Bell: Alarm + 'static,
    Guards: ThreadStacks + 'static,
    Settings: Config<Options>,
> Sleep for &'static CooperativeThreads<Cpu, Time, Bell, Guards, Settings>
{
    fn sleep(self, time: Duration) {
        self.scheduler.sleep(time);
    }
}
