//! Listens.
#![no_std]

use oscomp_abi::StartError;
use oscomp_interfaces::App;
use oscomp_macros::module;
use waves::Radio;

/// Listens to the radio.
#[module(provides(App))]
pub struct Gadget<
    /// What it listens to.
    Tuner: Radio,
> {
    tuner: Tuner,
}
