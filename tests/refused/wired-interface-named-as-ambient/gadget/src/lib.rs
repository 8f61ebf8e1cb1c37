//! Wants a console without asking for it.
#![no_std]

use oscomp_abi::StartError;
use oscomp_interfaces::{App, Console};
use oscomp_macros::module;

/// Writes to a console out of nowhere.
#[module(provides(App), ambient(Console))]
pub struct Gadget;
