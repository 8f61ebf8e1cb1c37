//! Listens.
#![no_std]

use oscomp_abi::StartError;
use oscomp_interfaces::App;
use oscomp_macros::module;

/// Listens to the radio.
#[module(provides(App))]
pub struct Gadget<Ticks: oscomp_interfaces::CycleCounter> {
    ticks: Ticks,
}
