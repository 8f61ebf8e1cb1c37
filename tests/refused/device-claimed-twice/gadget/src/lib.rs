//! Two consoles.
#![no_std]

use oscomp_abi::StartError;
use oscomp_interfaces::{App, Console};
use oscomp_macros::module;

/// Writes to two consoles.
#[module(provides(App))]
pub struct Gadget<
    /// Where results go.
    Out: Console,
    /// Where complaints go.
    Err: Console,
> {
    out: Out,
    err: Err,
}
