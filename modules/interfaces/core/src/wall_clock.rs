//! What time it is in the world.

use core::time::Duration;
use oscomp_macros::interface;

/// The time of day, as far as the image knows it.
#[interface]
pub trait WallClock {
    /// Time since 1970-01-01 00:00:00 UTC, without leap seconds (POSIX.1-2024, 4.19).
    ///
    /// May be called from any context, and does not wait.
    fn since_1970(self) -> Duration;
}
