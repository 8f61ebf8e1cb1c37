use crate::{ConditionAttributes, Options, PosixThreads, PthreadMutex, number};
use core::ffi::c_int;
use core::sync::atomic::{AtomicI32, AtomicU32, Ordering};
use core::time::Duration;
use oscomp_abi::Config;
use oscomp_c_abi::TimeSpec;
use oscomp_c_abi::numbers::ETIMEDOUT;
use oscomp_interfaces::{ProgramExit, Threads, WallClock};
use oscomp_macros::exports;

/// C's `pthread_cond_t`.
#[derive(Debug, Default)]
#[repr(C)]
pub struct PthreadCondition {
    /// How often it was signalled, around and around.
    count: AtomicU32,
    clock: AtomicI32,
}

#[exports]
impl<Scheduler: Threads, Calendar: WallClock, Program: ProgramExit, Settings: Config<Options>>
    PosixThreads<Scheduler, Calendar, Program, Settings>
{
    /// Makes a condition variable. 0.
    ///
    /// # Safety
    /// `condition` can be written, and `attributes` is null or can be read.
    pub unsafe fn pthread_cond_init(
        &self,
        condition: *mut PthreadCondition,
        attributes: *const ConditionAttributes,
    ) -> c_int {
        // SAFETY: by the contract.
        unsafe {
            let clock = attributes.as_ref().map_or(0, |attributes| attributes.clock);
            condition.write(PthreadCondition { count: AtomicU32::new(0), clock: AtomicI32::new(clock) });
        }
        0
    }

    /// Ends a condition variable for which nobody waits. 0.
    pub fn pthread_cond_destroy(&self, _: *mut PthreadCondition) -> c_int {
        0
    }

    /// Gives the mutex back until the condition is signalled, and has it again then. It may return without that. 0, or
    /// the number of the error: `EPERM` as `pthread_mutex_unlock`.
    ///
    /// # Safety
    /// `condition` and `mutex` are such, and the thread has the mutex, once.
    pub unsafe fn pthread_cond_wait(
        &self,
        condition: *mut PthreadCondition,
        mutex: *mut PthreadMutex,
    ) -> c_int {
        // SAFETY: by the contract.
        let (condition, mutex) = unsafe { (&*condition, &*mutex) };
        number(self.await_signal(condition, mutex, None))
    }

    /// As `pthread_cond_wait`, until a moment of the variable's clock at the longest. `ETIMEDOUT` then, and `EINVAL` if
    /// it is no moment.
    ///
    /// # Safety
    /// That of `pthread_cond_wait`, and `time` can be read.
    pub unsafe fn pthread_cond_timedwait(
        &self,
        condition: *mut PthreadCondition,
        mutex: *mut PthreadMutex,
        time: *const TimeSpec,
    ) -> c_int {
        // SAFETY: by the contract.
        let (condition, mutex, time) = unsafe { (&*condition, &*mutex, *time) };
        let moment = self.moment(time, condition.clock.load(Ordering::Relaxed) != 0);
        number(moment.and_then(|moment| self.await_signal(condition, mutex, Some(moment))))
    }

    /// Has one of those go on that wait. 0.
    ///
    /// # Safety
    /// `condition` is one.
    pub unsafe fn pthread_cond_signal(&self, condition: *mut PthreadCondition) -> c_int {
        // SAFETY: by the contract.
        self.signal(unsafe { &*condition }, 1)
    }

    /// Has all go on that wait. 0.
    ///
    /// # Safety
    /// `condition` is one.
    pub unsafe fn pthread_cond_broadcast(&self, condition: *mut PthreadCondition) -> c_int {
        // SAFETY: by the contract.
        self.signal(unsafe { &*condition }, usize::MAX)
    }
}

impl<Scheduler: Threads, Calendar: WallClock, Program: ProgramExit, Settings: Config<Options>>
    PosixThreads<Scheduler, Calendar, Program, Settings>
{
    fn await_signal(
        &self,
        condition: &PthreadCondition,
        mutex: &PthreadMutex,
        until: Option<Duration>,
    ) -> Result<(), c_int> {
        let count = condition.count.load(Ordering::SeqCst);
        self.unlock(mutex)?;
        let is_signalled = self.scheduler.wait(&condition.count, count, until);
        self.lock(mutex, || Ok(None))?;
        if is_signalled { Ok(()) } else { Err(ETIMEDOUT) }
    }

    fn signal(&self, condition: &PthreadCondition, threads: usize) -> c_int {
        condition.count.fetch_add(1, Ordering::SeqCst);
        self.scheduler.wake(&condition.count, threads);
        0
    }
}
