//! A radio.
#![no_std]

use oscomp_abi::StartError;
use oscomp_macros::module;
use waves::{Antenna, Radio};

/// A radio.
#[module(provides(Radio))]
pub struct Fm<
    /// What it hears with.
    Mast: Antenna,
> {
    mast: Mast,
}
