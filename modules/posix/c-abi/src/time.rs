use core::ffi::c_long;
use core::time::Duration;

/// C's `struct timespec`: seconds, and nanoseconds below one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct TimeSpec {
    /// Whole seconds.
    pub tv_sec: i64,
    /// Nanoseconds, 0 to 999,999,999.
    pub tv_nsec: c_long,
}

/// C's `struct timeval`: seconds, and microseconds below one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct TimeVal {
    /// Whole seconds.
    pub tv_sec: i64,
    /// Microseconds, 0 to 999,999.
    pub tv_usec: c_long,
}

impl TimeSpec {
    /// The same time. What an image lives through fits.
    #[must_use]
    pub const fn new(time: Duration) -> Self {
        Self { tv_sec: time.as_secs() as i64, tv_nsec: time.subsec_nanos() as c_long }
    }

    /// The time; none if it is negative, or the nanoseconds are a second or more.
    #[must_use]
    pub fn duration(self) -> Option<Duration> {
        let nanoseconds =
            u32::try_from(self.tv_nsec).ok().filter(|&nanoseconds| nanoseconds < 1_000_000_000)?;
        Some(Duration::new(u64::try_from(self.tv_sec).ok()?, nanoseconds))
    }
}

impl TimeVal {
    /// The same time, without what is below a microsecond.
    #[must_use]
    pub const fn new(time: Duration) -> Self {
        Self { tv_sec: time.as_secs() as i64, tv_usec: time.subsec_micros() as c_long }
    }
}
