//! The smoltcp crate over an Ethernet device, for the modules that are made of it.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod arrival;
mod flow;
#[cfg(feature = "fragments")]
mod fragments;
mod handle;
mod link;
#[cfg(feature = "dns")]
mod names;
mod slots;
mod stack;
#[cfg(test)]
mod tests;

pub use handle::{Handle, Settings};
pub use smoltcp::socket::tcp::CongestionControl;
