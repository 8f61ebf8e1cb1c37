//! Remembers.
#![no_std]

use oscomp_abi::StartError;
use oscomp_interfaces::App;
use oscomp_macros::module;

/// Remembers how it got there.
#[module(provides(App))]
pub struct Gadget<Trace: oscomp_interfaces::Backtrace> {
    trace: Trace,
}
