#![allow(unused_imports, dead_code)]
use core::time::Duration;
use oscomp_abi::{Bytes, Device};
use oscomp_macros::{Choice, Options};

#[derive(Options)]
#[options(require(least <= most, "the least is not above the most"))]
#[options(require(most > name, "names are compared"))]
#[options(require(most.min(3) > 0, "a method is called"))]
#[options(require(most > 0))]
#[options(forbid(most > 0))]
pub struct Options {
    pub most: u16,
    pub name: &'static str,
}

fn main() {}
