use crate::cleanup::Cleanup;
use crate::keys::KEYS;
use crate::{Options, PosixThreads};
use alloc::alloc::alloc_zeroed;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::alloc::Layout;
use core::ffi::c_void;
use core::ptr::{NonNull, null_mut};
use core::sync::atomic::{AtomicI32, AtomicPtr, AtomicU32, Ordering};
use oscomp_abi::Config;
use oscomp_interfaces::{ProgramExit, Thread, Threads, WallClock};
use spin::Mutex;

/// What is known of a thread. Its address is C's `pthread_t`. Records are used again, but never freed.
#[derive(Debug, Default)]
pub struct Record {
    pub errno: AtomicI32,
    /// What it knows by each key.
    pub values: Values,
    /// How far it is.
    pub phase: Mutex<Phase>,
    /// Not 0 when it has ended: the word that who joins it waits for.
    pub ended: AtomicU32,
    /// What it returned.
    pub result: AtomicPtr<c_void>,
    /// What is called if it ends by `pthread_exit`, the last one first; null if nothing.
    pub cleanups: AtomicPtr<Cleanup>,
    /// Where it returns to; null if it was not started here.
    pub frame: AtomicPtr<c_void>,
}

/// A pointer for each key.
#[derive(Debug)]
pub struct Values(pub [AtomicPtr<c_void>; KEYS]);

impl Default for Values {
    fn default() -> Self {
        Self([const { AtomicPtr::new(null_mut()) }; KEYS])
    }
}

/// How far a thread is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// The record is nobody's.
    #[default]
    Unused,
    /// Somebody may join it.
    Joinable,
    /// Somebody waits for its end.
    Joined,
    /// Nobody will join it.
    Detached,
    /// It has ended, and nobody has joined it.
    Ended,
}

/// The records of all threads.
pub struct Records {
    all: Vec<&'static Record>,
    running: BTreeMap<Thread, &'static Record>,
}

impl Records {
    pub const fn new() -> Self {
        Self { all: Vec::new(), running: BTreeMap::new() }
    }

    /// A record in that phase; none without memory.
    fn add(&mut self, phase: Phase) -> Option<&'static Record> {
        let unused = self.all.iter().find(|record| *record.phase.lock() == Phase::Unused).copied();
        let record = match unused {
            Some(record) => record,
            None => {
                self.all.try_reserve(1).ok()?;
                // SAFETY: a record has a size above 0.
                let place = NonNull::new(unsafe { alloc_zeroed(Layout::new::<Record>()) })?.cast::<Record>();
                // SAFETY: the place is new, fits, and is never freed.
                let record: &'static Record = unsafe {
                    place.write(Record::default());
                    place.as_ref()
                };
                self.all.push(record);
                record
            }
        };
        *record.phase.lock() = phase;
        Some(record)
    }

    /// The record behind a `pthread_t`; none if that is not, or no longer, a thread.
    fn find(&self, thread: usize) -> Option<&'static Record> {
        let record = self.all.iter().copied().find(|record| core::ptr::from_ref(*record).addr() == thread)?;
        (*record.phase.lock() != Phase::Unused).then_some(record)
    }

    /// All records, of whichever threads.
    pub fn all(&self) -> impl Iterator<Item = &'static Record> {
        self.all.iter().copied()
    }
}

impl Record {
    /// The thread has ended and been joined, or nobody will: the record is for another one.
    pub fn release(&self) {
        self.errno.store(0, Ordering::Relaxed);
        self.ended.store(0, Ordering::Relaxed);
        for place in [&self.result, &self.frame].into_iter().chain(&self.values.0) {
            place.store(null_mut(), Ordering::Relaxed);
        }
        self.cleanups.store(null_mut(), Ordering::Relaxed);
        *self.phase.lock() = Phase::Unused;
    }

    /// C's name for it.
    pub fn handle(&self) -> usize {
        core::ptr::from_ref(self).expose_provenance()
    }
}

impl<Scheduler: Threads, Calendar: WallClock, Program: ProgramExit, Settings: Config<Options>>
    PosixThreads<Scheduler, Calendar, Program, Settings>
{
    /// The record of the thread that calls this. One that was not started here has none at first.
    ///
    /// # Panics
    /// If there is no memory for it.
    pub(crate) fn record(&self) -> &'static Record {
        let thread = self.scheduler.current();
        let mut records = self.records.lock();
        if let Some(record) = records.running.get(&thread) {
            return record;
        }
        records.running.retain(|&other, record| {
            let is_there = self.scheduler.name(other).is_some();
            if !is_there {
                record.release();
            }
            is_there
        });
        let record = records.add(Phase::Detached).expect("there is memory for what is known of a thread");
        records.running.insert(thread, record);
        record
    }

    /// A record for a thread that is about to start; none without memory.
    pub(crate) fn new_record(&self, phase: Phase) -> Option<&'static Record> {
        self.records.lock().add(phase)
    }

    /// The record is that of the thread that calls this.
    pub(crate) fn begin(&self, record: &'static Record) {
        self.records.lock().running.insert(self.scheduler.current(), record);
    }

    /// The thread that calls this is about to end.
    pub(crate) fn end(&self) {
        self.records.lock().running.remove(&self.scheduler.current());
    }

    /// The record behind a `pthread_t`.
    pub(crate) fn find(&self, thread: usize) -> Option<&'static Record> {
        self.records.lock().find(thread)
    }
}
