use crate::{CTime, Options};
use core::ffi::{c_int, c_long, c_void};
use core::time::Duration;
use oscomp_abi::Config;
use oscomp_c_abi::numbers::EINVAL;
use oscomp_c_abi::{TimeSpec, TimeVal};
use oscomp_interfaces::{Clock, Errno, Sleep, WallClock};
use oscomp_macros::exports;

/// A clock that a program can ask for (POSIX.1-2024, `<time.h>`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Since 1970.
    Real,
    /// Since the image's clock started.
    Monotonic,
    /// The processor's time. A program has it all, whether it waits or not.
    Processor,
}

impl Which {
    /// The clock of that number, Linux's.
    pub const fn new(number: c_int) -> Option<Self> {
        Some(match number {
            0 | 5 => Self::Real,
            1 | 4 | 6 | 7 => Self::Monotonic,
            2 | 3 => Self::Processor,
            _ => return None,
        })
    }
}

#[exports]
impl<Time: Clock, Rest: Sleep, Numbers: Errno, Settings: Config<Options>>
    CTime<Time, Rest, Numbers, Settings>
{
    /// Seconds since 1970, also at `place` unless that is null (ISO C, 7.29.2.6).
    ///
    /// # Safety
    /// `place` is null or can be written.
    pub unsafe fn time(&self, place: *mut i64) -> i64 {
        let seconds = self.since_1970().as_secs() as i64;
        if !place.is_null() {
            // SAFETY: by the contract.
            unsafe { place.write(seconds) };
        }
        seconds
    }

    /// Time since 1970, at `place` (Issue 7 of POSIX). No time zone is written. 0.
    ///
    /// # Safety
    /// `place` is null or can be written.
    pub unsafe fn gettimeofday(&self, place: *mut TimeVal, _zone: *mut c_void) -> c_int {
        if !place.is_null() {
            // SAFETY: by the contract.
            unsafe { place.write(TimeVal::new(self.since_1970())) };
        }
        0
    }

    /// The time of a clock, at `place`. 0; -1, with `EINVAL`, if there is no such clock.
    ///
    /// # Safety
    /// `place` can be written.
    pub unsafe fn clock_gettime(&self, clock: c_int, place: *mut TimeSpec) -> c_int {
        let Some(which) = Which::new(clock) else {
            return self.failed(EINVAL);
        };
        // SAFETY: by the contract.
        unsafe { place.write(TimeSpec::new(self.now(which))) };
        0
    }

    /// The resolution of a clock, at `place` unless that is null: a millisecond, which the image's clock has at the
    /// worst. 0; -1, with `EINVAL`, if there is no such clock.
    ///
    /// # Safety
    /// `place` is null or can be written.
    pub unsafe fn clock_getres(&self, clock: c_int, place: *mut TimeSpec) -> c_int {
        if Which::new(clock).is_none() {
            return self.failed(EINVAL);
        }
        if !place.is_null() {
            // SAFETY: by the contract.
            unsafe { place.write(TimeSpec::new(Duration::from_millis(1))) };
        }
        0
    }

    /// Time since 1970, at `place`, if `base` is `TIME_UTC` (1): that is the result. Else 0 (ISO C, 7.29.2.7).
    ///
    /// # Safety
    /// `place` can be written.
    pub unsafe fn timespec_get(&self, place: *mut TimeSpec, base: c_int) -> c_int {
        if base != 1 {
            return 0;
        }
        // SAFETY: by the contract.
        unsafe { place.write(TimeSpec::new(self.since_1970())) };
        base
    }

    /// The processor's time in microseconds (ISO C, 7.29.2.1).
    pub fn clock(&self) -> c_long {
        self.now(Which::Processor).as_micros() as c_long
    }
}

impl<Time: Clock, Rest: Sleep, Numbers: Errno, Settings: Config<Options>>
    CTime<Time, Rest, Numbers, Settings>
{
    /// The time of a clock.
    pub(crate) fn now(&self, which: Which) -> Duration {
        match which {
            Which::Real => self.since_1970(),
            Which::Monotonic | Which::Processor => self.time.now(),
        }
    }
}
