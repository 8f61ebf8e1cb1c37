use core::time::Duration;
use oscomp_abi::StartError;

/// Nanoseconds per tick, as a binary fraction.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    /// Nanoseconds per 2^32 ticks.
    factor: u64,
}

impl Scale {
    /// For a counter of that frequency.
    ///
    /// # Errors
    /// For a frequency that no time-stamp counter has: below 1 MHz, above 100 GHz.
    pub fn from_hertz(frequency: u64) -> Result<Self, StartError> {
        if !(1_000_000..=100_000_000_000).contains(&frequency) {
            return Err(StartError::new("the frequency of the time-stamp counter is beyond belief"));
        }
        Ok(Self { factor: ((1_000_000_000 << 32) + frequency / 2) / frequency })
    }

    /// How long so many ticks take; saturates at 584 years.
    #[inline]
    pub fn duration(self, ticks: u64) -> Duration {
        let nanoseconds = (u128::from(ticks) * u128::from(self.factor) + (1 << 31)) >> 32;
        Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_become_time_without_overflow() {
        let scale = Scale::from_hertz(2_500_000_000).unwrap();
        assert_eq!(scale.duration(0), Duration::ZERO);
        assert_eq!(scale.duration(5), Duration::from_nanos(2));
        let hour = scale.duration(2_500_000_000 * 3600);
        assert!(hour.abs_diff(Duration::from_secs(3600)) < Duration::from_micros(10), "{hour:?}");
        let century = scale.duration(2_500_000_000 * 86_400 * 36_525);
        assert!(century.abs_diff(Duration::from_secs(86_400 * 36_525)) < Duration::from_secs(5));
        assert!(scale.duration(u64::MAX) > century);
        assert_eq!(Scale::from_hertz(1_000_000).unwrap().duration(u64::MAX).as_nanos(), u64::MAX.into());
    }

    #[test]
    fn time_never_goes_back() {
        let scale = Scale::from_hertz(3_193_999_123).unwrap();
        let mut last = Duration::ZERO;
        for ticks in (0..1_000_000_u64).map(|step| step * 3) {
            let now = scale.duration(ticks);
            assert!(now >= last);
            last = now;
        }
    }

    #[test]
    fn absurd_frequencies_are_refused() {
        for frequency in [0, 999_999, 100_000_000_001, u64::MAX] {
            assert!(Scale::from_hertz(frequency).is_err(), "{frequency}");
        }
    }
}
