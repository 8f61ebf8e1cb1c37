//! A colour that nobody declares.
#![no_std]

use oscomp_abi::{Config, StartError};
use oscomp_interfaces::App;
use oscomp_macros::{Options, module};

/// Paints.
#[module(provides(App))]
pub struct Gadget<Settings: Config<Options>> {
    settings: core::marker::PhantomData<Settings>,
}

/// How to paint.
#[derive(Options)]
pub struct Options {
    /// The colour.
    pub colour: Colour,
}
