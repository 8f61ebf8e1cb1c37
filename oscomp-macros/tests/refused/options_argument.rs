#![allow(unused_imports, dead_code)]
use core::time::Duration;
use oscomp_abi::{Bytes, Device};
use oscomp_macros::{Choice, Options};

#[derive(Options)]
pub struct Options {
    #[option(maximum = 3)]
    pub size: u16,
    #[option(memory)]
    pub heap: u16,
    #[option(device = "uart-16550")]
    pub port: u16,
    pub uart: Device,
}

fn main() {}
