//! Threads of POSIX.1-2024 for C programs, over whichever module provides threads: `<pthread.h>`, `<semaphore.h>`,
//! `<sched.h>`, and `errno` for each thread.
//!
//! What C sees of a mutex and the like is a struct of words that is free, or empty, when all are 0. Threads wait for a
//! change of its first word.
#![no_std]

extern crate alloc;

mod attributes;
mod barrier;
mod cleanup;
mod condition;
mod keys;
mod lifetime;
mod mutex;
mod once;
mod records;
mod rwlock;
mod semaphore;
#[cfg(test)]
mod tests;

pub use attributes::{ConditionAttributes, MutexAttributes, ThreadAttributes};
pub use barrier::PthreadBarrier;
pub use cleanup::Cleanup;
pub use condition::PthreadCondition;
pub use mutex::PthreadMutex;
pub use rwlock::PthreadRwLock;
pub use semaphore::Semaphore;

use core::ffi::c_int;
use core::marker::PhantomData;
use core::sync::atomic::{AtomicI32, AtomicU32};
use core::time::Duration;
use keys::Keys;
use oscomp_abi::{Bytes, Config, StartError};
use oscomp_c_abi::TimeSpec;
use oscomp_c_abi::numbers::EINVAL;
use oscomp_interfaces::{Errno, Heap, ProgramExit, Threads, WallClock};
use oscomp_macros::{Options, module};
use records::Records;
use spin::Mutex;

/// Threads for C programs.
#[module(provides(Errno), ambient(Heap), exports)]
pub struct PosixThreads<
    /// What runs them.
    Scheduler: Threads,
    /// What the moments go by until which threads wait.
    #[call] Calendar: WallClock,
    /// What ends the program when the last of its threads has ended.
    #[call] Program: ProgramExit,
    Settings: Config<Options>,
> {
    scheduler: Scheduler,
    calendar: Calendar,
    program: Program,
    records: Mutex<Records>,
    keys: Mutex<Keys>,
    /// How many threads `pthread_create` has started that have not ended.
    running: AtomicU32,
    settings: PhantomData<Settings>,
}

/// What threads have.
#[derive(Options)]
pub struct Options {
    /// The stack of a thread whose attributes say nothing about it.
    #[option(default = "256KiB", range = "16KiB"..="1GiB")]
    pub stack: Bytes,
}

impl<Scheduler: Threads, Calendar: WallClock, Program: ProgramExit, Settings: Config<Options>>
    PosixThreads<Scheduler, Calendar, Program, Settings>
{
    /// Takes the scheduler.
    ///
    /// # Errors
    /// None.
    pub const fn start(
        scheduler: Scheduler,
        calendar: Calendar,
        program: Program,
    ) -> Result<Self, StartError> {
        Ok(Self {
            scheduler,
            calendar,
            program,
            records: Mutex::new(Records::new()),
            keys: Mutex::new(Keys::new()),
            running: AtomicU32::new(0),
            settings: PhantomData,
        })
    }

    /// The scheduler's time when a clock of C's will show that: the real one, or the monotonic one, which is the
    /// scheduler's.
    ///
    /// # Errors
    /// `EINVAL` if it is no time.
    fn moment(&self, time: TimeSpec, is_monotonic: bool) -> Result<Duration, c_int> {
        if !(0..1_000_000_000).contains(&time.tv_nsec) {
            return Err(EINVAL);
        }
        // What is before the clock began is past.
        let time = time.duration().unwrap_or_default();
        Ok(if is_monotonic {
            time
        } else {
            self.scheduler.time().saturating_add(time.saturating_sub(self.calendar.since_1970()))
        })
    }
}

impl<Scheduler: Threads, Calendar: WallClock, Program: ProgramExit, Settings: Config<Options>> Errno
    for &'static PosixThreads<Scheduler, Calendar, Program, Settings>
{
    fn cell(self) -> &'static AtomicI32 {
        &self.record().errno
    }
}

/// The result of a function that returns the number of its error, or 0.
fn number(result: Result<(), c_int>) -> c_int {
    result.err().unwrap_or(0)
}
