//! Waves.
#![no_std]

use oscomp_macros::interface;

/// A radio.
#[interface]
pub trait Radio {
    /// What it gives.
    type Sample: Copy;
    /// One sample.
    fn sample(self) -> Self::Sample;
}
