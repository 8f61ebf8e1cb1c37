//! A module with a mistake.
#![no_std]

use oscomp_abi::{Config, StartError};
use oscomp_interfaces::App;
use waves::Radio;
use oscomp_macros::{Options, module};

/// One.
#[module(provides(App))]
pub struct Gadget<Tuner: Radio> {
    tuner: Tuner,
}
