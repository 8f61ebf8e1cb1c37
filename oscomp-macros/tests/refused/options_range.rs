#![allow(unused_imports, dead_code)]
use core::time::Duration;
use oscomp_abi::{Bytes, Device};
use oscomp_macros::{Choice, Options};

#[derive(Options)]
pub struct Options {
    #[option(range = 1..64)]
    pub half_open: u16,
    #[option(range = 64..=1)]
    pub empty: u16,
    #[option(default = 0, range = 1..=64)]
    pub outside: u16,
    #[option(range = 1..=64)]
    pub name: &'static str,
    #[option(range = "1KiB"..="4")]
    pub size: Bytes,
}

fn main() {}
