//! What the modules of threads share. [`Table`](table::Table) decides who runs; this switches.
//!
//! Everything here happens while interrupts are masked, and neither allocates nor frees then: a thread may
//! have been preempted inside the heap.
#![no_std]

extern crate alloc;

mod stack;
mod table;

use alloc::boxed::Box;
use core::marker::PhantomData;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use core::time::Duration;
use oscomp_context::Context;
use oscomp_interfaces::{NewThread, SpawnError, Thread, ThreadStacks};
use spin::Mutex;
use stack::Stack;
use table::{Reason, Table};

/// What threads run on.
pub trait Machine: Copy + Send + Sync {
    /// Does something while nothing interrupts; whether interrupts were unmasked before is what it is told. They
    /// are again as they were afterwards.
    fn masked<R>(self, act: impl FnOnce(bool) -> R) -> R;

    /// What a thread begins with: interrupts as threads have them.
    fn begin(self);

    /// Waits, as [`Idle::wait`](oscomp_interfaces::Idle::wait).
    fn rest(self, ready: impl FnOnce() -> bool);

    /// The time.
    fn now(self) -> Duration;

    /// What guards the stacks.
    fn stacks(self) -> impl ThreadStacks;

    /// Has the processor interrupted at a moment, if it does not hear otherwise.
    fn alarm(self, at: Option<Duration>);

    /// How long a thread may run while others can, if not as long as it likes.
    fn slice(self) -> Option<Duration>;
}

/// The threads of an image.
pub struct Scheduler<M> {
    table: Mutex<Table<Stack>>,
    contexts: Box<[Context]>,
    /// Whether nobody can go on, and the processor waits.
    resting: AtomicBool,
    /// When the slice of the thread that runs is over.
    slice: Mutex<Option<Duration>>,
    machine: M,
    parameters: PhantomData<M>,
}

impl<M: Machine> Scheduler<M> {
    /// The app's thread, with room for `limit` in all.
    pub fn new(machine: M, limit: usize) -> Self {
        Self {
            table: Mutex::new(Table::new(limit)),
            contexts: (0..limit).map(|_| Context::new()).collect(),
            resting: AtomicBool::new(false),
            slice: Mutex::new(None),
            machine,
            parameters: PhantomData,
        }
    }

    /// [`Threads::spawn`](oscomp_interfaces::Threads::spawn).
    ///
    /// # Errors
    /// As that.
    pub fn spawn(
        &'static self,
        thread: NewThread,
        body: impl FnOnce() + Send + 'static,
    ) -> Result<Thread, SpawnError>
    where
        M: 'static,
    {
        self.reap();
        let stack = Stack::new(thread.stack, self.machine).ok_or(SpawnError::NoMemory)?;
        let body = Box::new(body);
        let added = self.machine.masked(|unmasked| {
            let mut table = self.table.lock();
            let (index, number) = table.add(thread, stack, body)?;
            if let Some(stack) = table.stack(index) {
                let scheduler = core::ptr::from_ref(self).expose_provenance();
                // SAFETY: the stack is the slot's until the thread has ended and something else runs.
                unsafe { self.contexts[index].begin(stack.bytes(), Self::run, scheduler) };
            }
            drop(table);
            self.changed(unmasked);
            Ok(number)
        });
        // What there was no room for is freed here, where the heap may be used.
        added.map_err(|(stack, _): (Stack, table::Body)| {
            stack.free(self.machine);
            SpawnError::TooMany
        })
    }

    /// Where each thread begins.
    extern "C" fn run(scheduler: usize) -> !
    where
        M: 'static,
    {
        // SAFETY: `spawn` handed over a scheduler that is there for ever.
        let this: &'static Self = unsafe { &*core::ptr::with_exposed_provenance(scheduler) };
        let body = this.table.lock().take_body();
        this.machine.begin();
        if let Some(body) = body {
            body();
        }
        this.machine.masked(|_| {
            this.table.lock().end();
            this.switch();
        });
        unreachable!("a thread that has ended goes on")
    }

    /// Frees the stacks of threads that have ended.
    fn reap(&self) {
        while let Some(stack) = self.machine.masked(|_| self.table.lock().reap()) {
            stack.free(self.machine);
        }
    }

    /// The thread that calls this.
    pub fn current(&self) -> Thread {
        self.machine.masked(|_| self.table.lock().current_number())
    }

    /// The name of a thread that has not ended.
    pub fn name(&self, thread: Thread) -> Option<&'static str> {
        self.machine.masked(|_| self.table.lock().name(thread))
    }

    /// [`Threads::give_way`](oscomp_interfaces::Threads::give_way).
    pub fn give_way(&self) {
        self.machine.masked(|_| {
            self.table.lock().give_way();
            self.switch();
        });
    }

    /// [`Threads::wait`](oscomp_interfaces::Threads::wait).
    pub fn wait(&self, word: &AtomicU32, value: u32, until: Option<Duration>) -> bool {
        self.machine.masked(|_| {
            if word.load(Ordering::SeqCst) != value {
                return true;
            }
            self.table.lock().block(Reason::Word(word.as_ptr().addr()), until);
            self.switch();
            self.table.lock().was_woken()
        })
    }

    /// [`Threads::wake`](oscomp_interfaces::Threads::wake).
    pub fn wake(&self, word: &AtomicU32, count: usize) -> usize {
        self.machine.masked(|unmasked| {
            let woken = self.table.lock().wake(Reason::Word(word.as_ptr().addr()), count);
            if woken > 0 {
                self.changed(unmasked);
            }
            woken
        })
    }

    /// [`Sleep::sleep`](oscomp_interfaces::Sleep::sleep).
    pub fn sleep(&self, time: Duration) {
        let until = self.time().saturating_add(time);
        // Nobody wakes who waits for a word of its own.
        let word = AtomicU32::new(0);
        while self.wait(&word, 0, Some(until)) {}
    }

    /// [`Threads::join`](oscomp_interfaces::Threads::join).
    pub fn join(&self, thread: Thread) {
        self.machine.masked(|_| {
            let waits = self.table.lock().block_for(thread);
            if waits {
                self.switch();
            }
        });
        self.reap();
    }

    /// The time.
    pub fn time(&self) -> Duration {
        self.machine.now()
    }

    /// What runs was interrupted: gives way if its slice is over or a more important thread can go on.
    ///
    /// Called with interrupts masked, on the stack of what was interrupted.
    pub fn preempt(&self) {
        if self.resting.load(Ordering::Relaxed) {
            return;
        }
        let now = self.machine.now();
        let is_over = self.slice.lock().is_some_and(|end| end <= now);
        let mut table = self.table.lock();
        table.ring(now);
        if is_over {
            table.count_slice();
        }
        let switches = table.has_higher() || is_over && table.has_ready();
        if switches {
            table.give_way();
        }
        drop(table);
        if switches {
            self.switch();
        } else {
            self.set_alarm(now, is_over);
        }
    }

    /// More threads can go on than before.
    fn changed(&self, unmasked: bool) {
        // With interrupts masked, an interrupt or somebody's critical section comes first.
        if unmasked && self.table.lock().has_higher() {
            self.table.lock().give_way();
            self.switch();
        } else if self.machine.slice().is_some() && !self.resting.load(Ordering::Relaxed) {
            self.set_alarm(self.machine.now(), false);
        }
    }

    /// Lets whoever's turn it is run, while this thread is not; returns when its turn has come again.
    fn switch(&self) {
        let from = self.table.lock().current();
        let to = loop {
            let now = self.machine.now();
            let mut table = self.table.lock();
            let first = table.ring(now);
            let next = table.take_next();
            drop(table);
            if let Some(next) = next {
                self.set_alarm(now, true);
                break next;
            }
            // Nobody's: the processor rests on the stack of who was the last.
            self.machine.alarm(first);
            self.resting.store(true, Ordering::Relaxed);
            self.machine.rest(|| self.table.lock().has_ready());
            self.resting.store(false, Ordering::Relaxed);
        };
        if to != from {
            self.machine.stacks().enter(self.table.lock().running(|stack, name| stack.running(name)));
            // SAFETY: only one thread runs; the other's context was left by this function or is that of a stack
            // which has not run, and stays until it has ended. No lock is held, and interrupts are masked.
            unsafe { self.contexts[from].switch(&self.contexts[to]) };
        }
    }

    /// Sets the alarm for the next sleeper, and for the end of the slice if others can go on. A new slice begins
    /// if asked to, or if there was none.
    fn set_alarm(&self, now: Duration, begin: bool) {
        let mut table = self.table.lock();
        let first = table.ring(now);
        let shared = table.has_ready();
        drop(table);
        let mut slice = self.slice.lock();
        *slice = match (self.machine.slice(), *slice) {
            (Some(length), old) if shared => old.filter(|_| !begin).or(Some(now + length)),
            _ => None,
        };
        self.machine.alarm(first.into_iter().chain(*slice).min());
    }
}
