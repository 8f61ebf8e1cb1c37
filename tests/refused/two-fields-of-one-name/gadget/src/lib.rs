//! One name for a requirement and an option.
#![no_std]

use oscomp_abi::{Config, StartError};
use oscomp_interfaces::{App, Console};
use oscomp_macros::{Options, module};

/// Writes.
#[module(provides(App))]
pub struct Gadget<
    /// Where to.
    Output: Console,
    Settings: Config<Options>,
> {
    output: Output,
    settings: core::marker::PhantomData<Settings>,
}

/// What to write.
#[derive(Options)]
pub struct Options {
    /// What to write.
    pub output: &'static str,
}
