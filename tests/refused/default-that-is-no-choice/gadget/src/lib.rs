//! A default that its own choice does not have.
#![no_std]

use oscomp_abi::{Config, StartError};
use oscomp_interfaces::App;
use oscomp_macros::{Choice, Options, module};

/// Buffers.
#[module(provides(App))]
pub struct Gadget<Settings: Config<Options>> {
    settings: core::marker::PhantomData<Settings>,
}

/// How to buffer.
#[derive(Options)]
pub struct Options {
    /// When to flush.
    #[option(default = "never")]
    pub flush: Flush,
}

/// When to flush.
#[derive(Choice)]
pub enum Flush {
    /// After every line.
    Line,
    /// When it is full.
    Full,
}
