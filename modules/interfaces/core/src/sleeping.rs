//! Waiting for code that is no task.

use core::time::Duration;
use oscomp_macros::interface;

/// Waiting until a time has passed.
#[interface]
pub trait Sleep {
    /// Returns when `time` has passed by the image's clock, at the earliest.
    ///
    /// Whoever can have the processor meanwhile has it: other threads where the one that waits is a thread. Else it
    /// is halted. The tasks of an executor do not go on while one of them calls this.
    fn sleep(self, time: Duration);
}
