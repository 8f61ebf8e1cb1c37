//! When a connection has been waited for long enough.

use core::task::{Context, Poll};
use core::time::Duration;
use oscomp_interfaces::Timers;

/// Counts the half periods in which nothing happened, so that a timer is set once for each of them and not
/// for each request.
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
            let now = self.timers.time();
            if let Some(at) = self.rings {
                if now < at {
                    return Poll::Pending;
                }
                // The first part of a period began before anything happened.
                self.quiet += 1;
                if self.quiet > 2 {
                    return Poll::Ready(());
                }
            }
            let at = now + period / 2;
            self.rings = Some(at);
            if self.timers.poll_at(at, context).is_pending() {
                return Poll::Pending;
            }
        }
    }
}
