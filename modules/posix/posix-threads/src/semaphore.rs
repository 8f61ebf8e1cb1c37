use crate::{Options, PosixThreads};
use core::ffi::{c_int, c_uint};
use core::sync::atomic::{AtomicU32, Ordering};
use core::time::Duration;
use oscomp_abi::Config;
use oscomp_c_abi::TimeSpec;
use oscomp_c_abi::numbers::{EAGAIN, EINVAL, EOVERFLOW, ETIMEDOUT};
use oscomp_interfaces::{ProgramExit, Threads, WallClock};
use oscomp_macros::exports;

/// The greatest value (`SEM_VALUE_MAX`).
const GREATEST: u32 = i32::MAX.cast_unsigned();

/// C's `sem_t`.
#[derive(Debug, Default)]
#[repr(C)]
pub struct Semaphore {
    value: AtomicU32,
}

#[exports]
impl<Scheduler: Threads, Calendar: WallClock, Program: ProgramExit, Settings: Config<Options>>
    PosixThreads<Scheduler, Calendar, Program, Settings>
{
    /// Makes a semaphore of a value. 0; -1, with `EINVAL`, if that is above 2147483647.
    ///
    /// # Safety
    /// `semaphore` can be written.
    pub unsafe fn sem_init(&self, semaphore: *mut Semaphore, _: c_int, value: c_uint) -> c_int {
        if value > GREATEST {
            return self.failed(EINVAL);
        }
        // SAFETY: by the contract.
        unsafe { semaphore.write(Semaphore { value: AtomicU32::new(value) }) };
        0
    }

    /// Ends a semaphore for which nobody waits. 0.
    pub fn sem_destroy(&self, _: *mut Semaphore) -> c_int {
        0
    }

    /// Waits until the value is above 0, and takes 1 of it. 0.
    ///
    /// # Safety
    /// `semaphore` is one.
    pub unsafe fn sem_wait(&self, semaphore: *mut Semaphore) -> c_int {
        // SAFETY: by the contract.
        self.take(unsafe { &*semaphore }, || Ok(None))
    }

    /// Takes 1 of the value. 0; -1, with `EAGAIN`, if that is 0.
    ///
    /// # Safety
    /// `semaphore` is one.
    pub unsafe fn sem_trywait(&self, semaphore: *mut Semaphore) -> c_int {
        // SAFETY: by the contract.
        self.take(unsafe { &*semaphore }, || Err(EAGAIN))
    }

    /// As `sem_wait`, until a moment of the real clock at the longest. -1 then, with `ETIMEDOUT`; or with `EINVAL` if it
    /// is no moment and the value is 0.
    ///
    /// # Safety
    /// `semaphore` is one, and `time` can be read.
    pub unsafe fn sem_timedwait(&self, semaphore: *mut Semaphore, time: *const TimeSpec) -> c_int {
        // SAFETY: by the contract.
        let (semaphore, time) = unsafe { (&*semaphore, *time) };
        self.take(semaphore, || self.moment(time, false).map(Some))
    }

    /// Adds 1 to the value, and wakes one of those that wait. 0; -1, with `EOVERFLOW`, if it is the greatest.
    ///
    /// # Safety
    /// `semaphore` is one.
    pub unsafe fn sem_post(&self, semaphore: *mut Semaphore) -> c_int {
        // SAFETY: by the contract.
        let value = unsafe { &(*semaphore).value };
        let step = |value| (value < GREATEST).then(|| value + 1);
        if value.fetch_update(Ordering::SeqCst, Ordering::SeqCst, step).is_err() {
            return self.failed(EOVERFLOW);
        }
        self.scheduler.wake(value, 1);
        0
    }

    /// The value, at `place`. 0.
    ///
    /// # Safety
    /// `semaphore` is one, and `place` can be written.
    pub unsafe fn sem_getvalue(&self, semaphore: *mut Semaphore, place: *mut c_int) -> c_int {
        // SAFETY: by the contract.
        unsafe { place.write((*semaphore).value.load(Ordering::SeqCst).cast_signed()) };
        0
    }
}

impl<Scheduler: Threads, Calendar: WallClock, Program: ProgramExit, Settings: Config<Options>>
    PosixThreads<Scheduler, Calendar, Program, Settings>
{
    /// Takes 1; waits until a moment at the longest, which is asked for only if it has to.
    fn take(&self, semaphore: &Semaphore, until: impl FnOnce() -> Result<Option<Duration>, c_int>) -> c_int {
        let take = || {
            let step = |value: u32| value.checked_sub(1);
            semaphore.value.fetch_update(Ordering::SeqCst, Ordering::SeqCst, step).is_ok()
        };
        if take() {
            return 0;
        }
        let until = match until() {
            Ok(until) => until,
            Err(number) => return self.failed(number),
        };
        while !take() {
            if !self.scheduler.wait(&semaphore.value, 0, until) {
                return self.failed(ETIMEDOUT);
            }
        }
        0
    }

    /// The result of a function that fails with a number.
    fn failed(&self, number: c_int) -> c_int {
        self.record().errno.store(number, Ordering::Relaxed);
        -1
    }
}
