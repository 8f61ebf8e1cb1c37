//! When a connection has been waited for long enough.

use core::task::{Context, Poll};
use core::time::Duration;
use oscomp_interfaces::Timers;

/// Counts the half periods in which nothing happened, so that a timer is set anew once for each of them and
/// not for each request.
pub struct Patience<T> {
    timers: T,
    period: Option<Duration>,
    /// When the timer that is set rings.
    rings: Option<Duration>,
    quiet: u8,
}

impl<T: Timers> Patience<T> {
    pub fn new(timers: T, period: Option<Duration>) -> Self {
        Self { timers, period, rings: None, quiet: 0 }
    }

    /// Something happened.
    pub fn renew(&mut self) {
        self.quiet = 0;
    }

    /// Ready once nothing has happened for a whole period.
    pub fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Some(period) = self.period else { return Poll::Pending };
        loop {
            if let Some(at) = self.rings {
                // Asked for each time: the task may have been woken for a moment that is nobody's any more.
                if self.timers.poll_at(at, context).is_pending() {
                    return Poll::Pending;
                }
                // The first part of a period began before anything happened.
                self.quiet += 1;
                if self.quiet > 2 {
                    return Poll::Ready(());
                }
            }
            self.rings = Some(self.timers.time() + period / 2);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::task::Waker;
    use spin::Mutex;

    /// A time that stands still, with one moment at most: the last that was asked for.
    #[derive(Default)]
    struct Time {
        now: Mutex<Duration>,
        moment: Mutex<Option<Duration>>,
    }

    impl Timers for &Time {
        fn time(self) -> Duration {
            *self.now.lock()
        }

        fn poll_at(self, at: Duration, _: &mut Context<'_>) -> Poll<()> {
            if self.time() >= at {
                return Poll::Ready(());
            }
            *self.moment.lock() = Some(at);
            Poll::Pending
        }
    }

    #[test]
    fn who_is_woken_early_is_woken_again() {
        let time = Time::default();
        let mut patience = Patience::new(&time, Some(Duration::from_secs(2)));
        let mut context = Context::from_waker(Waker::noop());
        let mut waits = 0;
        while patience.poll(&mut context).is_pending() {
            let at = time.moment.lock().take().expect("somebody will wake it");
            // For a moment that is nobody's any more.
            *time.now.lock() = at - Duration::from_millis(1);
            assert!(patience.poll(&mut context).is_pending());
            *time.now.lock() = time.moment.lock().take().expect("somebody will wake it again");
            waits += 1;
            assert!(waits < 10, "it never ends");
        }
        assert_eq!(time.time(), Duration::from_secs(3), "three halves");
    }
}
