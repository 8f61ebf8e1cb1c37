//! A module with a mistake.
#![no_std]

use oscomp_abi::{Config, StartError};
use oscomp_interfaces::{App, Clock, Console};
use oscomp_macros::{Options, module};

/// One.
#[module(provides(App))]
pub struct Gadget<Settings: Config<Options>> {
    settings: core::marker::PhantomData<Settings>,
}
