//! Serves.
#![no_std]

use oscomp_abi::{Config, StartError};
use oscomp_interfaces::Console;
use oscomp_macros::{Options, module};

/// A console that people reach over the network.
#[module(provides(Console))]
pub struct Server<Settings: Config<Options>> {
    settings: core::marker::PhantomData<Settings>,
}

/// Where it is reached.
#[derive(Options)]
pub struct Options {
    /// The port of the host.
    #[option(default = 8080, listens = "tcp")]
    pub port: u16,
}
