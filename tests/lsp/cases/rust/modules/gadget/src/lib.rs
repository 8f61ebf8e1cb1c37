//! A console in colours.
#![no_std]
use oscomp_abi::Config;
use oscomp_interfaces::Console;
use oscomp_macros::{Choice, Options, module};

/// A console in colours.
#[module(provides(Console))]
pub struct Gadget<Settings: Config<Options>> {
    settings: Settings,
}

/// What can be set.
#[derive(Options)]
pub struct Options {
    /// The colour of the text.
    #[option(default = "blue")]
    pub colour: Colour,
}

/// Colours.
#[derive(Choice)]
pub enum Colour {
    /// As the sky.
    Blue,
    /// As a rose.
    Red,
}
