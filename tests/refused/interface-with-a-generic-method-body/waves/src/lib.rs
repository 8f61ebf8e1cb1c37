//! Waves.
#![no_std]

use oscomp_macros::interface;

/// A radio.
#[interface]
pub trait Radio<T> {
    /// Tunes.
    fn tune(&self, frequency: u32) {}
}
