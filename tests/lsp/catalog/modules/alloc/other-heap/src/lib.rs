#![no_std]
use oscomp_abi::{Bytes, Config, Device, StartError};
use oscomp_interfaces::*;
use oscomp_macros::{Choice, Options, module};
#[module(provides(Heap))]
pub struct OtherHeap;
