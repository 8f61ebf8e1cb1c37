use crate::records::Record;
use crate::{Options, PosixThreads};
use core::ffi::{c_int, c_void};
use core::sync::atomic::Ordering;
use oscomp_abi::Config;
use oscomp_interfaces::{ProgramExit, Threads, WallClock};
use oscomp_macros::exports;

/// What a thread has called if it ends before it takes this back: what `pthread_cleanup_push` of the header puts on the
/// stack.
#[derive(Debug)]
#[repr(C)]
pub struct Cleanup {
    pub(crate) routine: extern "C" fn(*mut c_void),
    pub(crate) argument: *mut c_void,
    /// What it had called before.
    pub(crate) next: *mut Cleanup,
}

#[exports]
impl<Scheduler: Threads, Calendar: WallClock, Program: ProgramExit, Settings: Config<Options>>
    PosixThreads<Scheduler, Calendar, Program, Settings>
{
    /// Has a routine called when the thread that calls this ends by `pthread_exit`.
    ///
    /// # Safety
    /// `cleanup` is one, whose last field may be written, until it is taken back; that happens before the function ends
    /// that it is a local of.
    pub unsafe fn __pthread_cleanup_push(&self, cleanup: *mut Cleanup) {
        let cleanups = &self.record().cleanups;
        // SAFETY: by the contract.
        unsafe { (*cleanup).next = cleanups.load(Ordering::Relaxed) };
        cleanups.store(cleanup, Ordering::Relaxed);
    }

    /// Takes the last one back, and calls it unless `call` is 0.
    ///
    /// # Safety
    /// There is one.
    pub unsafe fn __pthread_cleanup_pop(&self, call: c_int) {
        // SAFETY: by the contract.
        unsafe { pop(self.record(), call != 0) };
    }
}

/// Calls all, the last one first.
///
/// # Safety
/// The record is that of the thread that calls this.
pub unsafe fn clean_up(record: &Record) {
    while !record.cleanups.load(Ordering::Relaxed).is_null() {
        // SAFETY: there is one.
        unsafe { pop(record, true) };
    }
}

/// # Safety
/// The record is that of the thread that calls this, and has a clean-up, which is there by the contract of
/// `__pthread_cleanup_push`.
unsafe fn pop(record: &Record, calls: bool) {
    // SAFETY: by the contract.
    let Cleanup { routine, argument, next } = unsafe { record.cleanups.load(Ordering::Relaxed).read() };
    record.cleanups.store(next, Ordering::Relaxed);
    if calls {
        routine(argument);
    }
}
