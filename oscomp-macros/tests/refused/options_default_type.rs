#![allow(unused_imports, dead_code)]
use core::time::Duration;
use oscomp_abi::{Bytes, Device};
use oscomp_macros::{Choice, Options};

#[derive(Options)]
pub struct Options {
    #[option(default = "many")]
    pub sockets: u16,
    #[option(default = 65536)]
    pub port: u16,
    #[option(default = 10)]
    pub wait: Duration,
    #[option(default = 8)]
    pub size: Bytes,
    #[option(default = 1 + 1)]
    pub sum: u8,
}

fn main() {}
