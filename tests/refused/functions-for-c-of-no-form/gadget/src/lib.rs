//! Has functions that C cannot call.
#![no_std]

use core::ffi::c_int;
use oscomp_interfaces::App;
use oscomp_macros::{exports, module};

/// An app.
#[module(provides(App), exports)]
pub struct Gadget;

#[exports]
impl Gadget {
    pub fn generic<T>(&self, value: T) -> c_int {
        0
    }

    pub fn many(&self, a: c_int, b: c_int, c: c_int, d: c_int, e: c_int, f: c_int, g: c_int) {}

    pub fn without_a_receiver(value: c_int) -> c_int {
        value
    }

    pub fn changes(&mut self) {}

    #[variadic]
    pub fn variadic(&self, list: c_int) {}

    #[cfg(test)]
    pub fn sometimes(&self) {}
}
