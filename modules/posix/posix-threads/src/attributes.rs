use crate::{Options, PosixThreads};
use core::ffi::c_int;
use oscomp_abi::Config;
use oscomp_c_abi::numbers::EINVAL;
use oscomp_interfaces::{ProgramExit, Threads, WallClock};
use oscomp_macros::exports;

/// The least stack that a thread can ask for, in bytes (`PTHREAD_STACK_MIN`).
const LEAST_STACK: usize = 16 << 10;
/// `PTHREAD_CREATE_DETACHED`.
const DETACHED: c_int = 1;
/// The types of mutexes, up to `PTHREAD_MUTEX_ERRORCHECK`.
const LAST_TYPE: c_int = 2;
/// `CLOCK_REALTIME` and `CLOCK_MONOTONIC`.
const CLOCKS: [c_int; 2] = [0, 1];

/// C's `pthread_attr_t`: what a thread is to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct ThreadAttributes {
    stack: usize,
    detached: c_int,
}

/// C's `pthread_mutexattr_t`: what a mutex is to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct MutexAttributes {
    pub(crate) kind: c_int,
}

/// C's `pthread_condattr_t`: what a condition variable is to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct ConditionAttributes {
    pub(crate) clock: c_int,
}

impl ThreadAttributes {
    pub(crate) const fn is_detached(self) -> bool {
        self.detached == DETACHED
    }

    /// The bytes of the stack, of which `default` are usual.
    pub(crate) const fn stack(self, default: usize) -> usize {
        if self.stack == 0 { default } else { self.stack }
    }
}

#[exports]
impl<Scheduler: Threads, Calendar: WallClock, Program: ProgramExit, Settings: Config<Options>>
    PosixThreads<Scheduler, Calendar, Program, Settings>
{
    /// What is usual for a thread. 0.
    ///
    /// # Safety
    /// `attributes` can be written.
    pub unsafe fn pthread_attr_init(&self, attributes: *mut ThreadAttributes) -> c_int {
        // SAFETY: by the contract.
        unsafe { attributes.write(ThreadAttributes::default()) };
        0
    }

    /// Nothing is kept in attributes. 0.
    pub fn pthread_attr_destroy(&self, _: *mut ThreadAttributes) -> c_int {
        0
    }

    /// Sets whether a thread is joined (0) or detached (1). 0, or `EINVAL`.
    ///
    /// # Safety
    /// `attributes` can be written.
    pub unsafe fn pthread_attr_setdetachstate(
        &self,
        attributes: *mut ThreadAttributes,
        state: c_int,
    ) -> c_int {
        if state != 0 && state != DETACHED {
            return EINVAL;
        }
        // SAFETY: by the contract.
        unsafe { (*attributes).detached = state };
        0
    }

    /// Whether a thread is joined (0) or detached (1), at `state`. 0.
    ///
    /// # Safety
    /// `attributes` can be read, and `state` written.
    pub unsafe fn pthread_attr_getdetachstate(
        &self,
        attributes: *const ThreadAttributes,
        state: *mut c_int,
    ) -> c_int {
        // SAFETY: by the contract.
        unsafe { state.write((*attributes).detached) };
        0
    }

    /// Sets the bytes of the stack. 0, or `EINVAL` if they are less than 16 KiB.
    ///
    /// # Safety
    /// `attributes` can be written.
    pub unsafe fn pthread_attr_setstacksize(&self, attributes: *mut ThreadAttributes, bytes: usize) -> c_int {
        if bytes < LEAST_STACK {
            return EINVAL;
        }
        // SAFETY: by the contract.
        unsafe { (*attributes).stack = bytes };
        0
    }

    /// The bytes of the stack, at `bytes`. 0.
    ///
    /// # Safety
    /// `attributes` can be read, and `bytes` written.
    pub unsafe fn pthread_attr_getstacksize(
        &self,
        attributes: *const ThreadAttributes,
        bytes: *mut usize,
    ) -> c_int {
        // SAFETY: by the contract.
        unsafe { bytes.write((*attributes).stack(Settings::OPTIONS.stack.get())) };
        0
    }

    /// What is usual for a mutex. 0.
    ///
    /// # Safety
    /// `attributes` can be written.
    pub unsafe fn pthread_mutexattr_init(&self, attributes: *mut MutexAttributes) -> c_int {
        // SAFETY: by the contract.
        unsafe { attributes.write(MutexAttributes::default()) };
        0
    }

    /// Nothing is kept in attributes. 0.
    pub fn pthread_mutexattr_destroy(&self, _: *mut MutexAttributes) -> c_int {
        0
    }

    /// Sets the type: normal (0), recursive (1) or with a check for errors (2). 0, or `EINVAL`.
    ///
    /// # Safety
    /// `attributes` can be written.
    pub unsafe fn pthread_mutexattr_settype(&self, attributes: *mut MutexAttributes, kind: c_int) -> c_int {
        if !(0..=LAST_TYPE).contains(&kind) {
            return EINVAL;
        }
        // SAFETY: by the contract.
        unsafe { (*attributes).kind = kind };
        0
    }

    /// The type, at `kind`. 0.
    ///
    /// # Safety
    /// `attributes` can be read, and `kind` written.
    pub unsafe fn pthread_mutexattr_gettype(
        &self,
        attributes: *const MutexAttributes,
        kind: *mut c_int,
    ) -> c_int {
        // SAFETY: by the contract.
        unsafe { kind.write((*attributes).kind) };
        0
    }

    /// What is usual for a condition variable. 0.
    ///
    /// # Safety
    /// `attributes` can be written.
    pub unsafe fn pthread_condattr_init(&self, attributes: *mut ConditionAttributes) -> c_int {
        // SAFETY: by the contract.
        unsafe { attributes.write(ConditionAttributes::default()) };
        0
    }

    /// Nothing is kept in attributes. 0.
    pub fn pthread_condattr_destroy(&self, _: *mut ConditionAttributes) -> c_int {
        0
    }

    /// Sets the clock by which the moments are until which threads wait, `CLOCK_REALTIME` or `CLOCK_MONOTONIC`. 0, or
    /// `EINVAL`.
    ///
    /// # Safety
    /// `attributes` can be written.
    pub unsafe fn pthread_condattr_setclock(
        &self,
        attributes: *mut ConditionAttributes,
        clock: c_int,
    ) -> c_int {
        if !CLOCKS.contains(&clock) {
            return EINVAL;
        }
        // SAFETY: by the contract.
        unsafe { (*attributes).clock = clock };
        0
    }

    /// The clock, at `clock`. 0.
    ///
    /// # Safety
    /// `attributes` can be read, and `clock` written.
    pub unsafe fn pthread_condattr_getclock(
        &self,
        attributes: *const ConditionAttributes,
        clock: *mut c_int,
    ) -> c_int {
        // SAFETY: by the contract.
        unsafe { clock.write((*attributes).clock) };
        0
    }
}
