//! Says nothing, elsewhere.
#![no_std]

use oscomp_abi::StartError;
use oscomp_interfaces::{Console, Text};
use oscomp_macros::module;

/// Says nothing.
#[module(provides(Console))]
pub struct NullConsole;
