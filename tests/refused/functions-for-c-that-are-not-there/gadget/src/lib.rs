//! Says that it has functions for C.
#![no_std]

use oscomp_interfaces::App;
use oscomp_macros::module;

/// Has none, and no headers.
#[module(provides(App), exports, headers = "include")]
pub struct Gadget;
