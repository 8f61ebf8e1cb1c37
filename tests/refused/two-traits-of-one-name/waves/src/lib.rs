//! Another clock.
#![no_std]

use oscomp_macros::interface;

/// A clock of our own.
#[interface]
pub trait Clock {
    /// Seconds.
    fn now(self) -> u32;
}
