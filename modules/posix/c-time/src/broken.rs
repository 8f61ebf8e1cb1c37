use crate::{CTime, Options, calendar};
use core::ffi::{c_char, c_int, c_long};
use core::ptr::{null, null_mut};
use oscomp_abi::Config;
use oscomp_c_abi::numbers::EOVERFLOW;
use oscomp_interfaces::{Clock, Errno, Sleep, set_errno};
use oscomp_macros::exports;

/// C's `struct tm`: a moment in fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Broken {
    /// Seconds, 0 to 60.
    pub tm_sec: c_int,
    /// Minutes, 0 to 59.
    pub tm_min: c_int,
    /// Hours, 0 to 23.
    pub tm_hour: c_int,
    /// Day of the month, 1 to 31.
    pub tm_mday: c_int,
    /// Month, 0 to 11.
    pub tm_mon: c_int,
    /// Years since 1900.
    pub tm_year: c_int,
    /// Days since Sunday, 0 to 6.
    pub tm_wday: c_int,
    /// Days since 1 January, 0 to 365.
    pub tm_yday: c_int,
    /// Whether daylight saving time is in effect.
    pub tm_isdst: c_int,
    /// Seconds east of UTC.
    pub tm_gmtoff: c_long,
    /// The abbreviation of the time zone.
    pub tm_zone: *const c_char,
}

impl Broken {
    /// All fields 0.
    pub const ZERO: Self = Self {
        tm_sec: 0,
        tm_min: 0,
        tm_hour: 0,
        tm_mday: 0,
        tm_mon: 0,
        tm_year: 0,
        tm_wday: 0,
        tm_yday: 0,
        tm_isdst: 0,
        tm_gmtoff: 0,
        tm_zone: null(),
    };
}

#[exports]
impl<Time: Clock, Rest: Sleep, Numbers: Errno, Settings: Config<Options>>
    CTime<Time, Rest, Numbers, Settings>
{
    /// A moment in fields, at `place`, which is the result (ISO C, 7.29.3.4). Null, with `EOVERFLOW`, if its year is
    /// too large for one.
    ///
    /// # Safety
    /// `time` can be read, and `place` written.
    pub unsafe fn gmtime_r(&self, time: *const i64, place: *mut Broken) -> *mut Broken {
        // SAFETY: by the contract.
        match calendar::break_down(unsafe { time.read() }) {
            Some(broken) => {
                // SAFETY: by the contract.
                unsafe { place.write(broken) };
                place
            }
            None => {
                set_errno(self.numbers, EOVERFLOW);
                null_mut()
            }
        }
    }

    /// As `gmtime_r`, at a place that the next such call writes to again.
    ///
    /// # Safety
    /// `time` can be read, and nobody else uses the place meanwhile.
    pub unsafe fn gmtime(&self, time: *const i64) -> *mut Broken {
        // SAFETY: by the contract.
        unsafe { self.gmtime_r(time, self.results.broken.get()) }
    }

    /// As `gmtime_r`: local time is UTC.
    ///
    /// # Safety
    /// That of `gmtime_r`.
    pub unsafe fn localtime_r(&self, time: *const i64, place: *mut Broken) -> *mut Broken {
        // SAFETY: by the contract.
        unsafe { self.gmtime_r(time, place) }
    }

    /// As `gmtime`: local time is UTC.
    ///
    /// # Safety
    /// That of `gmtime`.
    pub unsafe fn localtime(&self, time: *const i64) -> *mut Broken {
        // SAFETY: by the contract.
        unsafe { self.gmtime(time) }
    }

    /// The moment that the fields say, each of which may be outside its range; afterwards they are not (ISO C,
    /// 7.29.2.4). -1, with `EOVERFLOW` and the fields as they were, if the year is too large for its field.
    ///
    /// # Safety
    /// `broken` can be read and written.
    pub unsafe fn timegm(&self, broken: *mut Broken) -> i64 {
        // SAFETY: by the contract.
        let seconds = calendar::count(unsafe { &*broken });
        match calendar::break_down(seconds) {
            Some(normal) => {
                // SAFETY: by the contract.
                unsafe { broken.write(normal) };
                seconds
            }
            None => self.failed(EOVERFLOW).into(),
        }
    }

    /// As `timegm`: local time is UTC, without daylight saving time.
    ///
    /// # Safety
    /// That of `timegm`.
    pub unsafe fn mktime(&self, broken: *mut Broken) -> i64 {
        // SAFETY: by the contract.
        unsafe { self.timegm(broken) }
    }

    /// Looks whether the time zone has changed. It never does.
    pub const fn tzset(&self) {}

    /// The seconds from one moment to another (ISO C, 7.29.2.2).
    #[must_use]
    pub const fn difftime(&self, end: i64, start: i64) -> f64 {
        (end as i128 - start as i128) as f64
    }
}
