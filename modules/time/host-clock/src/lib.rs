//! Time from the host.
#![no_std]

use core::time::Duration;
use oscomp_abi::StartError;
use oscomp_interfaces::Clock;
use oscomp_macros::module;

/// The host's monotonic clock, `CLOCK_MONOTONIC`.
#[module(provides(Clock), environment = "hosted")]
pub struct HostClock {
    origin: Duration,
}

impl HostClock {
    /// Reads the clock for the first time.
    ///
    /// # Errors
    /// When the host does not have it.
    pub fn start() -> Result<Self, StartError> {
        let origin = monotonic().ok_or(StartError::new("the host has no monotonic clock"))?;
        Ok(Self { origin })
    }
}

impl Clock for &HostClock {
    fn now(self) -> Duration {
        // The clock has been there at the start and does not go away.
        monotonic().map_or(Duration::ZERO, |now| now.saturating_sub(self.origin))
    }
}

fn monotonic() -> Option<Duration> {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: room for the one value that the call stores.
    let failed = unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut time) } != 0;
    if failed {
        return None;
    }
    Some(Duration::new(u64::try_from(time.tv_sec).ok()?, u32::try_from(time.tv_nsec).ok()?))
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;

    #[test]
    fn time_starts_at_nought_and_goes_on() {
        let clock = HostClock::start().unwrap();
        let first = clock.now();
        assert!(first < Duration::from_secs(1));
        std::thread::sleep(Duration::from_millis(2));
        assert!(clock.now() >= first + Duration::from_millis(2));
    }
}
