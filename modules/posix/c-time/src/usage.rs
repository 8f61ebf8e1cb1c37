use crate::clocks::Which;
use crate::{CTime, Options};
use core::ffi::{c_int, c_long};
use core::time::Duration;
use oscomp_abi::Config;
use oscomp_c_abi::TimeVal;
use oscomp_c_abi::numbers::EINVAL;
use oscomp_interfaces::{Clock, Errno, Sleep};
use oscomp_macros::exports;

/// C's `struct tms`: time of the processor, in hundredths of a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Times {
    /// The program's.
    pub tms_utime: c_long,
    /// The system's on its behalf.
    pub tms_stime: c_long,
    /// That of its children.
    pub tms_cutime: c_long,
    /// The system's on their behalf.
    pub tms_cstime: c_long,
}

/// C's `struct rusage`: what a program has used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Usage {
    /// The processor's time in the program.
    pub ru_utime: TimeVal,
    /// The processor's time in the system.
    pub ru_stime: TimeVal,
    /// What nobody counts here: `ru_maxrss` to `ru_nivcsw`.
    pub uncounted: [c_long; 14],
}

#[exports]
impl<Time: Clock, Rest: Sleep, Numbers: Errno, Settings: Config<Options>>
    CTime<Time, Rest, Numbers, Settings>
{
    /// The time since the clock started, in hundredths of a second (POSIX.1-2024). At `place` what the program had of
    /// it: all.
    ///
    /// # Safety
    /// `place` is null or can be written.
    pub unsafe fn times(&self, place: *mut Times) -> c_long {
        let ticks = (self.now(Which::Processor).as_millis() / 10) as c_long;
        if !place.is_null() {
            let times = Times { tms_utime: ticks, tms_stime: 0, tms_cutime: 0, tms_cstime: 0 };
            // SAFETY: by the contract.
            unsafe { place.write(times) };
        }
        ticks
    }

    /// What the program (0), its children (-1) or the thread (1) have used, at `place`: the processor's time, which is
    /// all the program's. 0; -1, with `EINVAL`, for other numbers.
    ///
    /// # Safety
    /// `place` can be written.
    pub unsafe fn getrusage(&self, who: c_int, place: *mut Usage) -> c_int {
        let time = match who {
            0 | 1 => self.now(Which::Processor),
            -1 => Duration::ZERO,
            _ => return self.failed(EINVAL),
        };
        let usage = Usage {
            ru_utime: TimeVal::new(time),
            ru_stime: TimeVal::new(Duration::ZERO),
            uncounted: [0; 14],
        };
        // SAFETY: by the contract.
        unsafe { place.write(usage) };
        0
    }
}
