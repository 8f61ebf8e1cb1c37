use crate::{Options, PosixThreads, number};
use core::ffi::{c_int, c_void};
use core::sync::atomic::{AtomicU32, Ordering};
use core::time::Duration;
use oscomp_abi::Config;
use oscomp_c_abi::TimeSpec;
use oscomp_c_abi::numbers::{EAGAIN, EBUSY, ETIMEDOUT};
use oscomp_interfaces::{ProgramExit, Threads, WallClock};
use oscomp_macros::exports;

/// Somebody writes; else the word is how many read.
const WRITTEN: u32 = u32::MAX;

/// C's `pthread_rwlock_t`. Who reads comes before who waits for writing, so that it may read twice.
#[derive(Debug, Default)]
#[repr(C)]
pub struct PthreadRwLock {
    state: AtomicU32,
    /// How often it became free, around and around: the word that threads wait for.
    turn: AtomicU32,
}

impl PthreadRwLock {
    fn try_read(&self) -> Result<(), c_int> {
        let step = |state| (state < WRITTEN - 1).then(|| state + 1);
        match self.state.fetch_update(Ordering::SeqCst, Ordering::SeqCst, step) {
            Ok(_) => Ok(()),
            Err(WRITTEN) => Err(EBUSY),
            Err(_) => Err(EAGAIN),
        }
    }

    fn try_write(&self) -> Result<(), c_int> {
        let result = self.state.compare_exchange(0, WRITTEN, Ordering::SeqCst, Ordering::SeqCst);
        result.map(|_| ()).map_err(|_| EBUSY)
    }
}

impl<Scheduler: Threads, Calendar: WallClock, Program: ProgramExit, Settings: Config<Options>>
    PosixThreads<Scheduler, Calendar, Program, Settings>
{
    /// Tries each time that it is free.
    fn retry(
        &self,
        lock: &PthreadRwLock,
        attempt: fn(&PthreadRwLock) -> Result<(), c_int>,
        until: impl FnOnce() -> Result<Option<Duration>, c_int>,
    ) -> Result<(), c_int> {
        let mut turn = lock.turn.load(Ordering::SeqCst);
        let mut result = attempt(lock);
        if result != Err(EBUSY) {
            return result;
        }
        let until = until()?;
        while result == Err(EBUSY) {
            if !self.scheduler.wait(&lock.turn, turn, until) {
                return Err(ETIMEDOUT);
            }
            turn = lock.turn.load(Ordering::SeqCst);
            result = attempt(lock);
        }
        result
    }
}

#[exports]
impl<Scheduler: Threads, Calendar: WallClock, Program: ProgramExit, Settings: Config<Options>>
    PosixThreads<Scheduler, Calendar, Program, Settings>
{
    /// Makes a lock, which nobody has. 0.
    ///
    /// # Safety
    /// `lock` can be written.
    pub unsafe fn pthread_rwlock_init(&self, lock: *mut PthreadRwLock, _: *const c_void) -> c_int {
        // SAFETY: by the contract.
        unsafe { lock.write(PthreadRwLock::default()) };
        0
    }

    /// Ends a lock. 0, or `EBUSY` if somebody has it.
    ///
    /// # Safety
    /// `lock` is one.
    pub unsafe fn pthread_rwlock_destroy(&self, lock: *mut PthreadRwLock) -> c_int {
        // SAFETY: by the contract.
        if unsafe { &*lock }.state.load(Ordering::SeqCst) == 0 { 0 } else { EBUSY }
    }

    /// Waits until nobody writes, and reads then. 0, or `EAGAIN` if too many read.
    ///
    /// # Safety
    /// `lock` is one.
    pub unsafe fn pthread_rwlock_rdlock(&self, lock: *mut PthreadRwLock) -> c_int {
        // SAFETY: by the contract.
        number(self.retry(unsafe { &*lock }, PthreadRwLock::try_read, || Ok(None)))
    }

    /// Reads if nobody writes. 0, or the number of the error: `EBUSY`, or `EAGAIN` if too many read.
    ///
    /// # Safety
    /// `lock` is one.
    pub unsafe fn pthread_rwlock_tryrdlock(&self, lock: *mut PthreadRwLock) -> c_int {
        // SAFETY: by the contract.
        number(unsafe { &*lock }.try_read())
    }

    /// As `pthread_rwlock_rdlock`, until a moment of the real clock at the longest. `ETIMEDOUT` then, and `EINVAL` if it
    /// is no moment and somebody writes.
    ///
    /// # Safety
    /// `lock` is one, and `time` can be read.
    pub unsafe fn pthread_rwlock_timedrdlock(
        &self,
        lock: *mut PthreadRwLock,
        time: *const TimeSpec,
    ) -> c_int {
        // SAFETY: by the contract.
        let (lock, time) = unsafe { (&*lock, *time) };
        number(self.retry(lock, PthreadRwLock::try_read, || self.moment(time, false).map(Some)))
    }

    /// Waits until nobody reads or writes, and writes then. 0.
    ///
    /// # Safety
    /// `lock` is one.
    pub unsafe fn pthread_rwlock_wrlock(&self, lock: *mut PthreadRwLock) -> c_int {
        // SAFETY: by the contract.
        number(self.retry(unsafe { &*lock }, PthreadRwLock::try_write, || Ok(None)))
    }

    /// Writes if nobody reads or writes. 0, or `EBUSY`.
    ///
    /// # Safety
    /// `lock` is one.
    pub unsafe fn pthread_rwlock_trywrlock(&self, lock: *mut PthreadRwLock) -> c_int {
        // SAFETY: by the contract.
        number(unsafe { &*lock }.try_write())
    }

    /// As `pthread_rwlock_wrlock`, until a moment of the real clock at the longest. `ETIMEDOUT` then, and `EINVAL` if it
    /// is no moment and somebody has the lock.
    ///
    /// # Safety
    /// `lock` is one, and `time` can be read.
    pub unsafe fn pthread_rwlock_timedwrlock(
        &self,
        lock: *mut PthreadRwLock,
        time: *const TimeSpec,
    ) -> c_int {
        // SAFETY: by the contract.
        let (lock, time) = unsafe { (&*lock, *time) };
        number(self.retry(lock, PthreadRwLock::try_write, || self.moment(time, false).map(Some)))
    }

    /// Gives the lock back. 0.
    ///
    /// # Safety
    /// `lock` is one, and the thread reads or writes.
    pub unsafe fn pthread_rwlock_unlock(&self, lock: *mut PthreadRwLock) -> c_int {
        // SAFETY: by the contract.
        let lock = unsafe { &*lock };
        let step = |state| Some(if state == WRITTEN { 0 } else { state - 1 });
        let before = lock.state.fetch_update(Ordering::SeqCst, Ordering::SeqCst, step);
        if matches!(before, Ok(1 | WRITTEN)) {
            lock.turn.fetch_add(1, Ordering::SeqCst);
            self.scheduler.wake(&lock.turn, usize::MAX);
        }
        0
    }
}
