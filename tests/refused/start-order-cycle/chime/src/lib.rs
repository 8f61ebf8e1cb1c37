//! Starts after the other.
#![no_std]

use oscomp_abi::StartError;
use oscomp_interfaces::{Clock, Console};
use oscomp_macros::module;

/// A console that asks a clock.
#[module(provides(Clock))]
pub struct Chime<
    /// The other.
    Other: Console,
> {
    other: Other,
}
