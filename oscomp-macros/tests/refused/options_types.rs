#![allow(unused_imports, dead_code)]
use core::time::Duration;
use oscomp_abi::{Bytes, Device};
use oscomp_macros::{Choice, Options};

#[derive(Options)]
pub struct Options {
    pub ratio: f64,
    pub name: String,
    pub text: &'static mut str,
    pub nested: Option<Option<u8>>,
    pub pair: (u8, u8),
    pub lists: &'static [&'static [u8]],
}

fn main() {}
