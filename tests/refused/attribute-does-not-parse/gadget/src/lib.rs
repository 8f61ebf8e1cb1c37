//! A module with a mistake.
#![no_std]

use oscomp_abi::{Config, StartError};
use oscomp_interfaces::{App, Clock, Console};
use oscomp_macros::{Options, module};

/// One.
#[module(provides(App), priority = 3)]
pub struct Gadget<Source, Output: Console = ()> {
    source: Source,
    output: Output,
}
