use crate::clocks::Which;
use crate::{CTime, Options};
use core::ffi::{c_int, c_uint};
use core::time::Duration;
use oscomp_abi::Config;
use oscomp_c_abi::TimeSpec;
use oscomp_c_abi::numbers::{EINVAL, EOPNOTSUPP};
use oscomp_interfaces::{Clock, Errno, Sleep};
use oscomp_macros::exports;

/// The flag of `clock_nanosleep` by which the time is a moment.
const TIMER_ABSTIME: c_int = 1;

#[exports]
impl<Time: Clock, Rest: Sleep, Numbers: Errno, Settings: Config<Options>>
    CTime<Time, Rest, Numbers, Settings>
{
    /// Waits for so long. Nothing interrupts it, so nothing is written to `_left`. 0; -1, with `EINVAL`, if it is no
    /// time.
    ///
    /// # Safety
    /// `time` can be read.
    pub unsafe fn nanosleep(&self, time: *const TimeSpec, _left: *mut TimeSpec) -> c_int {
        // SAFETY: by the contract.
        match unsafe { time.read() }.duration() {
            Some(time) => {
                self.wait(time);
                0
            }
            None => self.failed(EINVAL),
        }
    }

    /// Waits for so long by a clock, or with the flag `TIMER_ABSTIME` until its time is that. 0, or the number of the
    /// error: `EINVAL` if it is no time or no clock, `ENOTSUP` if it is the processor's time of the process, which goes
    /// by itself only while the program does not wait.
    ///
    /// # Safety
    /// `time` can be read.
    pub unsafe fn clock_nanosleep(
        &self,
        clock: c_int,
        flags: c_int,
        time: *const TimeSpec,
        _left: *mut TimeSpec,
    ) -> c_int {
        let which = match Which::new(clock) {
            Some(Which::Processor) => return EOPNOTSUPP,
            Some(which) => which,
            None => return EINVAL,
        };
        // SAFETY: by the contract.
        let Some(time) = unsafe { time.read() }.duration() else {
            return EINVAL;
        };
        let is_moment = flags & TIMER_ABSTIME != 0;
        self.wait(if is_moment { time.saturating_sub(self.now(which)) } else { time });
        0
    }

    /// Waits for so many seconds; none are left. 0.
    pub fn sleep(&self, seconds: c_uint) -> c_uint {
        self.wait(Duration::from_secs(seconds.into()));
        0
    }

    /// Waits for so many microseconds, a million or more too. 0.
    pub fn usleep(&self, microseconds: c_uint) -> c_int {
        self.wait(Duration::from_micros(microseconds.into()));
        0
    }
}

impl<Time: Clock, Rest: Sleep, Numbers: Errno, Settings: Config<Options>>
    CTime<Time, Rest, Numbers, Settings>
{
    /// Waits for so long, or for ever if it is more than a clock can count.
    fn wait(&self, time: Duration) {
        let until = self.time.now().saturating_add(time);
        loop {
            let left = until.saturating_sub(self.time.now());
            if left.is_zero() {
                return;
            }
            self.rest.sleep(left);
        }
    }
}
