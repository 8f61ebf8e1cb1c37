#![no_std]
use oscomp_abi::{Bytes, Config, Device, StartError};
use oscomp_interfaces::*;
use oscomp_macros::{Choice, Options, module};
#[module(provides(Console))]
pub struct Tee<First: Console, Second: Console> { first: First, second: Second }
