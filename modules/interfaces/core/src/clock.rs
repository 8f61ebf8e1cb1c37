//! Time.

use core::time::Duration;
use oscomp_macros::interface;

/// Monotonic time since the platform started.
#[interface]
pub trait Clock {
    /// Time since the clock's instance started.
    ///
    /// Never goes back. The resolution is the implementation's, at worst 1 ms. May be called from any
    /// context, and does not wait.
    fn now(self) -> Duration;
}
