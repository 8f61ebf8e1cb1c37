use crate::records::Record;
use crate::{Options, PosixThreads};
use core::ffi::{c_int, c_uint, c_void};
use core::ptr::null_mut;
use core::sync::atomic::Ordering;
use oscomp_abi::Config;
use oscomp_c_abi::numbers::{EAGAIN, EINVAL};
use oscomp_interfaces::{ProgramExit, Threads, WallClock};
use oscomp_macros::exports;

/// How many keys there can be (`PTHREAD_KEYS_MAX`).
pub const KEYS: usize = 128;
/// How often destructors are called again while they leave values (`PTHREAD_DESTRUCTOR_ITERATIONS`).
const ROUNDS: usize = 4;

/// What is called with a value of a thread that ends.
type Destructor = extern "C" fn(*mut c_void);

/// The keys: none if there is no such, else its destructor, if it has one.
pub struct Keys([Option<Option<Destructor>>; KEYS]);

impl Keys {
    pub const fn new() -> Self {
        Self([None; KEYS])
    }
}

#[exports]
impl<Scheduler: Threads, Calendar: WallClock, Program: ProgramExit, Settings: Config<Options>>
    PosixThreads<Scheduler, Calendar, Program, Settings>
{
    /// Makes a key by which each thread has a value, null at first; a value that is not is handed to `destructor`, unless
    /// that is null, when its thread ends. 0, or `EAGAIN` if there are 128 keys.
    ///
    /// # Safety
    /// `key` can be written.
    pub unsafe fn pthread_key_create(
        &self,
        key: *mut c_uint,
        destructor: Option<extern "C" fn(*mut c_void)>,
    ) -> c_int {
        let mut keys = self.keys.lock();
        let Some(index) = keys.0.iter().position(Option::is_none) else {
            return EAGAIN;
        };
        // What threads have by an earlier key of that number.
        for record in self.records.lock().all() {
            record.values.0[index].store(null_mut(), Ordering::Relaxed);
        }
        keys.0[index] = Some(destructor);
        // SAFETY: by the contract.
        unsafe { key.write(index as c_uint) };
        0
    }

    /// Removes a key. 0, or `EINVAL` if there is no such key.
    pub fn pthread_key_delete(&self, key: c_uint) -> c_int {
        match self.keys.lock().0.get_mut(key as usize) {
            Some(place @ Some(_)) => {
                *place = None;
                0
            }
            _ => EINVAL,
        }
    }

    /// What the thread that calls this has by a key; null if there is none.
    pub fn pthread_getspecific(&self, key: c_uint) -> *mut c_void {
        let value = self.record().values.0.get(key as usize);
        value.map_or(null_mut(), |value| value.load(Ordering::Relaxed))
    }

    /// Sets what the thread that calls this has by a key. 0, or `EINVAL` if there is no such key.
    pub fn pthread_setspecific(&self, key: c_uint, value: *const c_void) -> c_int {
        if !matches!(self.keys.lock().0.get(key as usize), Some(Some(_))) {
            return EINVAL;
        }
        self.record().values.0[key as usize].store(value.cast_mut(), Ordering::Relaxed);
        0
    }
}

impl<Scheduler: Threads, Calendar: WallClock, Program: ProgramExit, Settings: Config<Options>>
    PosixThreads<Scheduler, Calendar, Program, Settings>
{
    /// Hands the values of the thread that calls this to their destructors.
    pub(crate) fn destroy_values(&self, record: &Record) {
        for _ in 0..ROUNDS {
            let mut is_done = true;
            for (index, place) in record.values.0.iter().enumerate() {
                let destructor = self.keys.lock().0[index].flatten();
                if let Some(destructor) = destructor {
                    let value = place.swap(null_mut(), Ordering::Relaxed);
                    if !value.is_null() {
                        is_done = false;
                        destructor(value);
                    }
                }
            }
            if is_done {
                return;
            }
        }
    }
}
