//! An app that has a buffer of the machine's memory and allocates too.
#![no_std]

use oscomp_abi::StartError;
use oscomp_interfaces::{App, Heap, Memory, Status};
use oscomp_macros::module;

/// Takes memory and allocates.
#[module(provides(App), ambient(Heap))]
pub struct Gadget<
    /// Where the buffer comes from.
    Source: Memory,
> {
    buffer: &'static [u8],
}
