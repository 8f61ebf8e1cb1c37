use crate::{Options, PosixThreads};
use core::ffi::c_int;
use core::sync::atomic::{AtomicU32, Ordering};
use oscomp_abi::Config;
use oscomp_interfaces::{ProgramExit, Threads, WallClock};
use oscomp_macros::exports;

const NEW: u32 = 0;
const RUNNING: u32 = 1;
const DONE: u32 = 2;

#[exports]
impl<Scheduler: Threads, Calendar: WallClock, Program: ProgramExit, Settings: Config<Options>>
    PosixThreads<Scheduler, Calendar, Program, Settings>
{
    /// Calls a function unless it has been called by way of `once` already; has been when this returns. 0.
    ///
    /// # Safety
    /// `once` is a word that began as 0.
    pub unsafe fn pthread_once(&self, once: *mut u32, routine: extern "C" fn()) -> c_int {
        // SAFETY: by the contract nobody uses the word otherwise.
        let once = unsafe { AtomicU32::from_ptr(once) };
        loop {
            match once.compare_exchange(NEW, RUNNING, Ordering::SeqCst, Ordering::SeqCst) {
                Ok(_) => {
                    routine();
                    once.store(DONE, Ordering::SeqCst);
                    self.scheduler.wake(once, usize::MAX);
                    return 0;
                }
                Err(RUNNING) => _ = self.scheduler.wait(once, RUNNING, None),
                Err(_) => return 0,
            }
        }
    }
}
