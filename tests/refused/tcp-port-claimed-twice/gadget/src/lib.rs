//! Two consoles.
#![no_std]

use oscomp_abi::StartError;
use oscomp_interfaces::{App, Console};
use oscomp_macros::module;

/// Writes to two consoles.
#[module(provides(App))]
pub struct Gadget<
    /// The first.
    One: Console,
    /// The second.
    Two: Console,
> {
    one: One,
    two: Two,
}
