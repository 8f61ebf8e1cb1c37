//! The finest measure of how long something takes.

use oscomp_macros::interface;

/// A counter that runs at a constant rate near the CPU's clock, for measurements.
#[interface]
pub trait CycleCounter {
    /// Cycles since some moment before the image started; wraps at 2^64.
    ///
    /// Never goes back otherwise. Everything that stands before the call in the program has happened
    /// when the counter is read.
    fn cycles(self) -> u64;
}
