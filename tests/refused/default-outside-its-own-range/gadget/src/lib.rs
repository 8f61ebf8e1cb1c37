//! A default that its own range forbids.
#![no_std]

use oscomp_abi::{Bytes, Config, StartError};
use oscomp_interfaces::App;
use oscomp_macros::{Options, module};

/// Buffers.
#[module(provides(App))]
pub struct Gadget<Settings: Config<Options>> {
    settings: core::marker::PhantomData<Settings>,
}

/// How to buffer.
#[derive(Options)]
pub struct Options {
    /// Bytes to hold.
    #[option(default = "1KiB", range = "4KiB"..="1MiB")]
    pub hold: Bytes,
}
