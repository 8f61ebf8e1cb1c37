use crate::{MutexAttributes, Options, PosixThreads, number};
use core::ffi::c_int;
use core::sync::atomic::{AtomicI32, AtomicU32, Ordering};
use core::time::Duration;
use oscomp_abi::Config;
use oscomp_c_abi::TimeSpec;
use oscomp_c_abi::numbers::{EAGAIN, EBUSY, EDEADLK, EPERM, ETIMEDOUT};
use oscomp_interfaces::{ProgramExit, Threads, WallClock};
use oscomp_macros::exports;

const FREE: u32 = 0;
const LOCKED: u32 = 1;
/// Locked, and somebody may wait.
const AWAITED: u32 = 2;

const NORMAL: c_int = 0;
const RECURSIVE: c_int = 1;

/// C's `pthread_mutex_t`.
#[derive(Debug, Default)]
#[repr(C)]
pub struct PthreadMutex {
    state: AtomicU32,
    /// The number of the thread that has it, and 1; 0 while nobody has, and always for normal ones.
    owner: AtomicU32,
    /// How often its owner has locked it once more.
    depth: AtomicU32,
    kind: AtomicI32,
}

impl<Scheduler: Threads, Calendar: WallClock, Program: ProgramExit, Settings: Config<Options>>
    PosixThreads<Scheduler, Calendar, Program, Settings>
{
    /// The thread that calls this, as an owner.
    fn owner(&self) -> u32 {
        self.scheduler.current().0.wrapping_add(1)
    }

    /// Locks it if nobody has.
    fn try_lock(&self, mutex: &PthreadMutex) -> Result<(), c_int> {
        let kind = mutex.kind.load(Ordering::Relaxed);
        if kind == RECURSIVE && mutex.owner.load(Ordering::Relaxed) == self.owner() {
            return deepen(mutex);
        }
        mutex.state.compare_exchange(FREE, LOCKED, Ordering::SeqCst, Ordering::SeqCst).map_err(|_| EBUSY)?;
        if kind != NORMAL {
            mutex.owner.store(self.owner(), Ordering::Relaxed);
        }
        Ok(())
    }

    /// Locks it; waits until a moment at the longest, which is asked for only if it has to.
    pub(crate) fn lock(
        &self,
        mutex: &PthreadMutex,
        until: impl FnOnce() -> Result<Option<Duration>, c_int>,
    ) -> Result<(), c_int> {
        if self.try_lock(mutex).is_ok() {
            return Ok(());
        }
        let kind = mutex.kind.load(Ordering::Relaxed);
        if kind != NORMAL && mutex.owner.load(Ordering::Relaxed) == self.owner() {
            return if kind == RECURSIVE { Err(EAGAIN) } else { Err(EDEADLK) };
        }
        let until = until()?;
        while mutex.state.swap(AWAITED, Ordering::SeqCst) != FREE {
            if !self.scheduler.wait(&mutex.state, AWAITED, until) {
                return Err(ETIMEDOUT);
            }
        }
        if kind != NORMAL {
            mutex.owner.store(self.owner(), Ordering::Relaxed);
        }
        Ok(())
    }

    pub(crate) fn unlock(&self, mutex: &PthreadMutex) -> Result<(), c_int> {
        if mutex.kind.load(Ordering::Relaxed) != NORMAL {
            if mutex.owner.load(Ordering::Relaxed) != self.owner() {
                return Err(EPERM);
            }
            let depth = mutex.depth.load(Ordering::Relaxed);
            if depth > 0 {
                mutex.depth.store(depth - 1, Ordering::Relaxed);
                return Ok(());
            }
            mutex.owner.store(0, Ordering::Relaxed);
        }
        if mutex.state.swap(FREE, Ordering::SeqCst) == AWAITED {
            self.scheduler.wake(&mutex.state, 1);
        }
        Ok(())
    }
}

/// Locks it once more for its owner.
fn deepen(mutex: &PthreadMutex) -> Result<(), c_int> {
    let depth = mutex.depth.load(Ordering::Relaxed).checked_add(1).ok_or(EAGAIN)?;
    mutex.depth.store(depth, Ordering::Relaxed);
    Ok(())
}

#[exports]
impl<Scheduler: Threads, Calendar: WallClock, Program: ProgramExit, Settings: Config<Options>>
    PosixThreads<Scheduler, Calendar, Program, Settings>
{
    /// Makes a mutex, which nobody has. 0.
    ///
    /// # Safety
    /// `mutex` can be written, and `attributes` is null or can be read.
    pub unsafe fn pthread_mutex_init(
        &self,
        mutex: *mut PthreadMutex,
        attributes: *const MutexAttributes,
    ) -> c_int {
        // SAFETY: by the contract.
        unsafe {
            let kind = attributes.as_ref().map_or(NORMAL, |attributes| attributes.kind);
            mutex.write(PthreadMutex { kind: AtomicI32::new(kind), ..PthreadMutex::default() });
        }
        0
    }

    /// Ends a mutex. 0, or `EBUSY` if somebody has it.
    ///
    /// # Safety
    /// `mutex` is one.
    pub unsafe fn pthread_mutex_destroy(&self, mutex: *mut PthreadMutex) -> c_int {
        // SAFETY: by the contract.
        if unsafe { &*mutex }.state.load(Ordering::SeqCst) == FREE { 0 } else { EBUSY }
    }

    /// Waits until nobody has the mutex, and has it then. 0, or the number of the error: `EDEADLK` where a mutex that
    /// checks is locked twice, `EAGAIN` where a recursive one is too often.
    ///
    /// # Safety
    /// `mutex` is one.
    pub unsafe fn pthread_mutex_lock(&self, mutex: *mut PthreadMutex) -> c_int {
        // SAFETY: by the contract.
        number(self.lock(unsafe { &*mutex }, || Ok(None)))
    }

    /// Has the mutex if nobody has. 0, or the number of the error: `EBUSY`, or that of `pthread_mutex_lock`.
    ///
    /// # Safety
    /// `mutex` is one.
    pub unsafe fn pthread_mutex_trylock(&self, mutex: *mut PthreadMutex) -> c_int {
        // SAFETY: by the contract.
        number(self.try_lock(unsafe { &*mutex }))
    }

    /// As `pthread_mutex_lock`, until a moment of the real clock at the longest. `ETIMEDOUT` then, and `EINVAL` if it is
    /// no moment and somebody has the mutex.
    ///
    /// # Safety
    /// `mutex` is one, and `time` can be read.
    pub unsafe fn pthread_mutex_timedlock(&self, mutex: *mut PthreadMutex, time: *const TimeSpec) -> c_int {
        // SAFETY: by the contract.
        let (mutex, time) = unsafe { (&*mutex, *time) };
        number(self.lock(mutex, || self.moment(time, false).map(Some)))
    }

    /// Gives the mutex back. 0, or `EPERM` where a recursive one, or one that checks, is somebody else's.
    ///
    /// # Safety
    /// `mutex` is one.
    pub unsafe fn pthread_mutex_unlock(&self, mutex: *mut PthreadMutex) -> c_int {
        // SAFETY: by the contract.
        number(self.unlock(unsafe { &*mutex }))
    }
}
