//! Waves.
#![no_std]

use oscomp_macros::interface;

/// A radio.
#[interface]
pub trait Radio {
    /// Tunes to a frequency in Hz.
    fn tune(self, frequency: u32);
}
