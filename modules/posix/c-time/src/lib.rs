//! C's time (ISO C, section 7.29; POSIX.1-2024): clocks, waiting, and the calendar. The time zone is UTC.
#![no_std]

mod broken;
mod calendar;
mod clocks;
mod format;
mod sleep;
#[cfg(test)]
mod tests;
mod text;
mod usage;

pub use broken::Broken;
pub use usage::{Times, Usage};

use core::cell::UnsafeCell;
use core::ffi::{c_char, c_int};
use core::marker::PhantomData;
use core::time::Duration;
use oscomp_abi::{Config, StartError};
use oscomp_interfaces::{Clock, Errno, Sleep, WallClock, set_errno};
use oscomp_macros::{Options, module};

/// Time for C programs.
///
/// Nothing tells an image what time it is in the world: it began at the moment that an option names.
#[module(provides(WallClock), exports)]
pub struct CTime<
    /// What time goes by.
    Time: Clock,
    /// What sleepers wait with.
    #[call] Rest: Sleep,
    /// Where the numbers of errors go.
    Numbers: Errno,
    Settings: Config<Options>,
> {
    time: Time,
    rest: Rest,
    numbers: Numbers,
    results: Results,
    settings: PhantomData<Settings>,
}

/// What time it is.
#[derive(Options)]
pub struct Options {
    /// Seconds from 1970-01-01 00:00:00 UTC to the moment when the clock started, as far as the image knows.
    #[option(default = 0, range = 0..=253402300799, unit = "seconds")]
    pub epoch: u64,
}

impl<Time: Clock, Rest: Sleep, Numbers: Errno, Settings: Config<Options>>
    CTime<Time, Rest, Numbers, Settings>
{
    /// Takes the clock.
    ///
    /// # Errors
    /// None.
    pub const fn start(time: Time, rest: Rest, numbers: Numbers) -> Result<Self, StartError> {
        Ok(Self { time, rest, numbers, results: Results::new(), settings: PhantomData })
    }

    /// The result of a function that fails with a number.
    fn failed(&self, number: c_int) -> c_int {
        set_errno(self.numbers, number);
        -1
    }
}

impl<Time: Clock, Rest: Sleep, Numbers: Errno, Settings: Config<Options>> WallClock
    for &CTime<Time, Rest, Numbers, Settings>
{
    fn since_1970(self) -> Duration {
        Duration::from_secs(Settings::OPTIONS.epoch) + self.time.now()
    }
}

/// Where the functions that have no place for their result leave it. The next call overwrites it (ISO C, 7.29.3.1).
struct Results {
    broken: UnsafeCell<Broken>,
    text: UnsafeCell<[c_char; text::LENGTH]>,
}

// SAFETY: a program that calls these functions in several threads at once has a data race by ISO C (7.29.3.1); it is
// not ours.
unsafe impl Sync for Results {}
// SAFETY: the zone's name, which a result points to, is a constant.
unsafe impl Send for Results {}

impl Results {
    const fn new() -> Self {
        Self { broken: UnsafeCell::new(Broken::ZERO), text: UnsafeCell::new([0; text::LENGTH]) }
    }
}
