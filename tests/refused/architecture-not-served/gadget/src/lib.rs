//! For another architecture.
#![no_std]

use oscomp_abi::StartError;
use oscomp_interfaces::Console;
use oscomp_macros::module;

/// A console by SBI.
#[module(provides(Console), arch("riscv64"))]
pub struct Gadget;
