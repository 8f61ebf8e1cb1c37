//! Listens.
#![no_std]

use oscomp_abi::StartError;
use oscomp_interfaces::App;
use oscomp_macros::module;

/// Listens to the radio.
#[module(provides(App))]
pub struct Gadget<Time: oscomp_interfaces::Clock> {
    time: Time,
}
