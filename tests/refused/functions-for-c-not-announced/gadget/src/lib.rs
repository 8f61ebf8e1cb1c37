//! Has a function for C.
#![no_std]

use core::ffi::c_int;
use oscomp_interfaces::App;
use oscomp_macros::{exports, module};

/// Does not say so.
#[module(provides(App))]
pub struct Gadget;

#[exports]
impl Gadget {
    /// The answer.
    pub fn answer(&self) -> c_int {
        42
    }
}
