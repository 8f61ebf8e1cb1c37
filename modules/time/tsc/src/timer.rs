//! Measuring against an interval timer: Intel 8254 data sheet (September 1993).

use core::time::Duration;
use oscomp_abi::StartError;

/// The timer's input frequency in the PC, a third of the NTSC colour carrier's: 1.193182 MHz.
const HERTZ: u64 = 1_193_182;

/// Channel 0, both bytes, mode 2 (rate generator), binary.
pub const CONTROL_MODE: u8 = 0b0011_0100;
/// Channel 0, counter latch.
pub const CONTROL_LATCH: u8 = 0;

const STOPPED: StartError = StartError::new("the interval timer does not count");

/// A counter of an interval timer beside the time-stamp counter.
pub trait Timer {
    /// Lets the counter run down from 65536, again and again.
    fn run(&self);
    /// The time-stamp counter now.
    fn stamp(&self) -> u64;
    /// The counter now.
    fn count(&self) -> u16;
}

/// Both counters at about one moment.
#[derive(Clone, Copy)]
struct Sample {
    stamp: u64,
    count: u16,
}

/// The best of a few samples: the one that took the least time, for something may have come between.
fn sample(timer: &impl Timer) -> Sample {
    let mut best = (u64::MAX, Sample { stamp: 0, count: 0 });
    for _ in 0..4 {
        let before = timer.stamp();
        let count = timer.count();
        let took = timer.stamp().wrapping_sub(before);
        if took < best.0 {
            best = (took, Sample { stamp: before.wrapping_add(took / 2), count });
        }
    }
    best.1
}

/// Reads of the counter after which it must have moved: each takes a microsecond on the bus.
const PATIENCE: u32 = 1_000_000;

/// The frequency of the time-stamp counter in hertz, measured for `duration`, which is below the 54 ms
/// of one round of the timer.
///
/// A machine that stood still meanwhile, as a guest does when its host is busy, may have missed a round;
/// such a measurement is made again, a few times.
pub fn measure(timer: &impl Timer, duration: Duration) -> Result<u64, StartError> {
    let wanted = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX).saturating_mul(HERTZ) / 1_000_000_000;
    let wanted = u16::try_from(wanted).unwrap_or(u16::MAX);
    timer.run();
    let mut interval = pass(timer, wanted)?;
    for _ in 0..4 {
        if interval.gap <= interval.stamps / 8 {
            break;
        }
        interval = pass(timer, wanted)?;
    }
    interval.stamps.checked_mul(HERTZ).and_then(|product| product.checked_div(interval.ticks)).ok_or(STOPPED)
}

/// How far both counters went between two samples.
struct Interval {
    stamps: u64,
    ticks: u64,
    /// The longest time between two looks at the timer, in stamps.
    gap: u64,
}

/// Waits until the timer has counted `wanted` ticks.
fn pass(timer: &impl Timer, wanted: u16) -> Result<Interval, StartError> {
    let first = sample(timer);
    let (mut seen, mut gap, mut patience) = (first.stamp, 0, PATIENCE);
    loop {
        let count = timer.count();
        let now = timer.stamp();
        gap = gap.max(now.wrapping_sub(seen));
        seen = now;
        if first.count.wrapping_sub(count) >= wanted {
            break;
        }
        patience = patience.checked_sub(1).ok_or(STOPPED)?;
    }
    let last = sample(timer);
    Ok(Interval {
        stamps: last.stamp.wrapping_sub(first.stamp),
        ticks: first.count.wrapping_sub(last.count).into(),
        gap: gap.max(last.stamp.wrapping_sub(seen)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::cell::Cell;

    /// A machine in which each read of a counter takes a microsecond, and one in 50 takes 200 more; and
    /// which stands still once, for 150 ms.
    struct Fake {
        nanoseconds: Cell<u64>,
        reads: Cell<u64>,
        hertz: u64,
        stopped: bool,
    }

    impl Fake {
        fn new(hertz: u64, stopped: bool) -> Self {
            Self { nanoseconds: Cell::new(12_345_678), reads: Cell::new(0), hertz, stopped }
        }

        fn pass(&self) {
            self.reads.set(self.reads.get() + 1);
            let late = match self.reads.get() {
                40 => 150_000_000,
                read if read.is_multiple_of(50) => 200_000,
                _ => 0,
            };
            self.nanoseconds.set(self.nanoseconds.get() + 1_000 + late);
        }
    }

    impl Timer for Fake {
        fn run(&self) {}

        fn stamp(&self) -> u64 {
            (u128::from(self.nanoseconds.get()) * u128::from(self.hertz) / 1_000_000_000) as u64
        }

        fn count(&self) -> u16 {
            self.pass();
            let ticks = if self.stopped { 0 } else { self.nanoseconds.get() * HERTZ / 1_000_000_000 };
            self.pass();
            0_u16.wrapping_sub(ticks as u16)
        }
    }

    #[test]
    fn a_measurement_is_within_a_thousandth() {
        for hertz in [1_000_000_000, 2_893_202_000, 5_700_000_000] {
            for milliseconds in [1, 5, 20] {
                let timer = Fake::new(hertz, false);
                let found = measure(&timer, Duration::from_millis(milliseconds)).unwrap();
                let off = found.abs_diff(hertz);
                assert!(off * 1000 * milliseconds < hertz * 2, "{found} for {hertz} in {milliseconds} ms");
            }
        }
    }

    #[test]
    fn a_timer_that_stands_still_is_noticed() {
        let error = measure(&Fake::new(1_000_000_000, true), Duration::from_millis(5));
        assert_eq!(error, Err(STOPPED));
    }
}
