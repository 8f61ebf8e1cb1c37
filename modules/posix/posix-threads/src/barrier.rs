use crate::{Options, PosixThreads};
use core::ffi::{c_int, c_uint, c_void};
use core::sync::atomic::{AtomicU32, Ordering};
use oscomp_abi::Config;
use oscomp_c_abi::numbers::{EBUSY, EINVAL};
use oscomp_interfaces::{ProgramExit, Threads, WallClock};
use oscomp_macros::exports;

/// What one of the threads gets (`PTHREAD_BARRIER_SERIAL_THREAD`).
const SERIAL: c_int = -1;

/// C's `pthread_barrier_t`.
#[derive(Debug, Default)]
#[repr(C)]
pub struct PthreadBarrier {
    /// How often it has let threads go, around and around: the word that they wait for.
    turn: AtomicU32,
    /// How many threads it waits for.
    threads: u32,
    /// How many have come since.
    here: AtomicU32,
    /// How many look at it.
    inside: AtomicU32,
}

#[exports]
impl<Scheduler: Threads, Calendar: WallClock, Program: ProgramExit, Settings: Config<Options>>
    PosixThreads<Scheduler, Calendar, Program, Settings>
{
    /// Makes a barrier for so many threads. 0, or `EINVAL` if that is none.
    ///
    /// # Safety
    /// `barrier` can be written.
    pub unsafe fn pthread_barrier_init(
        &self,
        barrier: *mut PthreadBarrier,
        _: *const c_void,
        threads: c_uint,
    ) -> c_int {
        if threads == 0 {
            return EINVAL;
        }
        // SAFETY: by the contract.
        unsafe { barrier.write(PthreadBarrier { threads, ..PthreadBarrier::default() }) };
        0
    }

    /// Ends a barrier, once the threads that it has let go have left it. 0, or `EBUSY` if some wait.
    ///
    /// # Safety
    /// `barrier` is one.
    pub unsafe fn pthread_barrier_destroy(&self, barrier: *mut PthreadBarrier) -> c_int {
        // SAFETY: by the contract.
        let barrier = unsafe { &*barrier };
        if barrier.here.load(Ordering::SeqCst) > 0 {
            return EBUSY;
        }
        while barrier.inside.load(Ordering::SeqCst) > 0 {
            self.scheduler.give_way();
        }
        0
    }

    /// Waits until as many threads have called this as the barrier is for. -1 (`PTHREAD_BARRIER_SERIAL_THREAD`) for one
    /// of them, 0 for the others.
    ///
    /// # Safety
    /// `barrier` is one.
    pub unsafe fn pthread_barrier_wait(&self, barrier: *mut PthreadBarrier) -> c_int {
        // SAFETY: by the contract; who destroys it waits for `inside`, which is looked at last.
        let barrier = unsafe { &*barrier };
        barrier.inside.fetch_add(1, Ordering::SeqCst);
        let turn = barrier.turn.load(Ordering::SeqCst);
        let is_last = barrier.here.fetch_add(1, Ordering::SeqCst) + 1 == barrier.threads;
        if is_last {
            barrier.here.store(0, Ordering::SeqCst);
            barrier.turn.fetch_add(1, Ordering::SeqCst);
            self.scheduler.wake(&barrier.turn, usize::MAX);
        }
        while barrier.turn.load(Ordering::SeqCst) == turn {
            self.scheduler.wait(&barrier.turn, turn, None);
        }
        barrier.inside.fetch_sub(1, Ordering::SeqCst);
        if is_last { SERIAL } else { 0 }
    }
}
