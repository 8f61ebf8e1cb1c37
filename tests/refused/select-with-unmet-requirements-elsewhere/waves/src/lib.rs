//! Waves.
#![no_std]

use oscomp_macros::interface;

/// A radio.
#[interface]
pub trait Radio {
    /// Tunes to a frequency in Hz.
    fn tune(self, frequency: u32);
}

/// An antenna, of which there is none.
#[interface]
pub trait Antenna {
    /// Its length in millimetres.
    fn length(self) -> u32;
}
