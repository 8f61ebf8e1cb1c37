use crate::cleanup::clean_up;
use crate::records::{Phase, Record};
use crate::{Options, PosixThreads, ThreadAttributes, number};
use core::ffi::{c_int, c_void};
use core::ptr::null_mut;
use core::sync::atomic::Ordering;
use oscomp_abi::Config;
use oscomp_c_abi::numbers::{EAGAIN, EDEADLK, EINVAL, ESRCH};
use oscomp_c_frame as frame;
use oscomp_interfaces::{NewThread, ProgramExit, Threads, WallClock};
use oscomp_macros::exports;

/// What a thread of C's runs.
type Routine = extern "C" fn(*mut c_void) -> *mut c_void;

/// A thread that is about to begin.
struct Beginning {
    routine: Routine,
    argument: *mut c_void,
    record: &'static Record,
}

// SAFETY: what the argument points to is handed over by the program (POSIX.1-2024, `pthread_create`).
unsafe impl Send for Beginning {}

impl Beginning {
    /// Runs the thread's routine to its end.
    ///
    /// # Safety
    /// `beginning` is one, which stays until the thread has ended.
    unsafe extern "C" fn body(beginning: *mut c_void) -> ! {
        // SAFETY: by the contract.
        let Self { routine, argument, record } = unsafe { &*beginning.cast_const().cast::<Self>() };
        let result = routine(*argument);
        record.result.store(result, Ordering::Relaxed);
        // SAFETY: `run` has not returned, and called this on the same thread.
        unsafe { frame::leave(record.frame.load(Ordering::Relaxed), 0) }
    }

    /// Returns when the routine does, or the thread ends elsewhere.
    fn run(mut self) {
        // SAFETY: the beginning is a local that outlives the call.
        unsafe {
            frame::enter(Self::body, (&raw mut self).cast(), self.record.frame.as_ptr());
        }
    }
}

#[exports]
impl<
    Scheduler: Threads + 'static,
    Calendar: WallClock + 'static,
    Program: ProgramExit + 'static,
    Settings: Config<Options>,
> PosixThreads<Scheduler, Calendar, Program, Settings>
{
    /// Starts a thread, whose name for C is written to `thread`. 0, or `EAGAIN` without memory or room for it.
    ///
    /// # Safety
    /// `thread` can be written, and `attributes` is null or can be read. `routine` is a function that takes `argument`.
    pub unsafe fn pthread_create(
        &self,
        thread: *mut usize,
        attributes: *const ThreadAttributes,
        routine: extern "C" fn(*mut c_void) -> *mut c_void,
        argument: *mut c_void,
    ) -> c_int {
        // SAFETY: by the contract.
        let attributes = unsafe { attributes.as_ref() }.copied().unwrap_or_default();
        let phase = if attributes.is_detached() { Phase::Detached } else { Phase::Joinable };
        let Some(record) = self.new_record(phase) else {
            return EAGAIN;
        };
        // SAFETY: by the contract.
        unsafe { thread.write(record.handle()) };
        self.running.fetch_add(1, Ordering::SeqCst);
        let beginning = Beginning { routine, argument, record };
        // SAFETY: C programs call functions of the image's instances, which are there for ever.
        let this = unsafe { &*core::ptr::from_ref(self) };
        let new = NewThread::named("pthread").stack(attributes.stack(Settings::OPTIONS.stack.get()));
        if this.scheduler.spawn(new, move || this.run(beginning)).is_err() {
            self.running.fetch_sub(1, Ordering::SeqCst);
            record.release();
            return EAGAIN;
        }
        0
    }

    /// Waits until a thread has ended; what it returned is written to `result`, unless that is null. 0, or the number of
    /// the error: `ESRCH` if there is no such thread, `EINVAL` if it is detached or somebody else waits, `EDEADLK` if it
    /// is the thread itself.
    ///
    /// # Safety
    /// `result` is null or can be written.
    pub unsafe fn pthread_join(&self, thread: usize, result: *mut *mut c_void) -> c_int {
        if thread == self.pthread_self() {
            return EDEADLK;
        }
        let Some(record) = self.find(thread) else {
            return ESRCH;
        };
        {
            let mut phase = record.phase.lock();
            match *phase {
                Phase::Joinable | Phase::Ended => *phase = Phase::Joined,
                Phase::Unused => return ESRCH,
                Phase::Joined | Phase::Detached => return EINVAL,
            }
        }
        while record.ended.load(Ordering::SeqCst) == 0 {
            self.scheduler.wait(&record.ended, 0, None);
        }
        if !result.is_null() {
            // SAFETY: by the contract.
            unsafe { result.write(record.result.load(Ordering::Relaxed)) };
        }
        record.release();
        0
    }

    /// Has nobody join a thread. 0, or the number of the error: `ESRCH` if there is no such thread, `EINVAL` if it is
    /// detached already, or somebody joins it.
    pub fn pthread_detach(&self, thread: usize) -> c_int {
        let Some(record) = self.find(thread) else {
            return ESRCH;
        };
        let before = {
            let mut phase = record.phase.lock();
            let before = *phase;
            match before {
                Phase::Joinable => *phase = Phase::Detached,
                Phase::Ended => *phase = Phase::Joined,
                _ => {}
            }
            before
        };
        number(match before {
            Phase::Joinable => Ok(()),
            Phase::Ended => {
                // It may still be about to say so.
                while record.ended.load(Ordering::SeqCst) == 0 {
                    self.scheduler.give_way();
                }
                record.release();
                Ok(())
            }
            Phase::Unused => Err(ESRCH),
            Phase::Joined | Phase::Detached => Err(EINVAL),
        })
    }

    /// C's name for the thread that calls this.
    pub fn pthread_self(&self) -> usize {
        self.record().handle()
    }

    /// Whether two names are those of one thread.
    pub fn pthread_equal(&self, thread: usize, other: usize) -> c_int {
        c_int::from(thread == other)
    }

    /// Ends the thread that calls this, with a result for who joins it. The image's first thread waits until the others
    /// have ended, and the program ends then, as by `exit(0)`.
    pub fn pthread_exit(&self, result: *mut c_void) -> ! {
        let record = self.record();
        record.result.store(result, Ordering::Relaxed);
        // SAFETY: the record is this thread's.
        unsafe { clean_up(record) };
        let frame = record.frame.load(Ordering::Relaxed);
        if !frame.is_null() {
            // SAFETY: the frame is that of this thread, whose routine has not returned. What lies between are functions
            // of the program's, which have nothing to drop.
            unsafe { frame::leave(frame, 0) };
        }
        self.destroy_values(record);
        loop {
            match self.running.load(Ordering::SeqCst) {
                0 => self.program.exit(0),
                running => _ = self.scheduler.wait(&self.running, running, None),
            }
        }
    }

    /// Lets other threads have their turn. 0.
    pub fn sched_yield(&self) -> c_int {
        self.scheduler.give_way();
        0
    }

    /// Where `errno` is for the thread that calls this.
    pub fn __errno_location(&self) -> *mut c_int {
        self.record().errno.as_ptr()
    }
}

impl<Scheduler: Threads, Calendar: WallClock, Program: ProgramExit, Settings: Config<Options>>
    PosixThreads<Scheduler, Calendar, Program, Settings>
{
    /// A thread from its first moment to its last.
    fn run(&self, beginning: Beginning) {
        let record = beginning.record;
        self.begin(record);
        beginning.run();
        self.destroy_values(record);
        record.frame.store(null_mut(), Ordering::Relaxed);
        self.end();
        let is_detached = {
            let mut phase = record.phase.lock();
            let is_detached = *phase == Phase::Detached;
            if *phase == Phase::Joinable {
                *phase = Phase::Ended;
            }
            is_detached
        };
        if is_detached {
            record.release();
        } else {
            record.ended.store(1, Ordering::SeqCst);
            self.scheduler.wake(&record.ended, 1);
        }
        self.running.fetch_sub(1, Ordering::SeqCst);
        self.scheduler.wake(&self.running, usize::MAX);
    }
}
