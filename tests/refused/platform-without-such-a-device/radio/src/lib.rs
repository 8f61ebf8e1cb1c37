//! A console over the air.
#![no_std]

use oscomp_abi::{Config, Device, StartError};
use oscomp_interfaces::Console;
use oscomp_macros::{Options, module};

/// A console over the air.
#[module(provides(Console))]
pub struct Radio<Settings: Config<Options>> {
    settings: core::marker::PhantomData<Settings>,
}

/// Which air.
#[derive(Options)]
pub struct Options {
    /// The transceiver.
    #[option(device = "long-wave")]
    pub device: Device,
}
