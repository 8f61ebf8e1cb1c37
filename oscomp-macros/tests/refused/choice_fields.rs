#![allow(unused_imports, dead_code)]
use core::time::Duration;
use oscomp_abi::{Bytes, Device};
use oscomp_macros::{Choice, Options};

#[derive(Choice)]
pub enum Parity {
    Even,
    Odd(u8),
}

#[derive(Choice)]
enum Hidden {
    One,
}

#[derive(Choice)]
pub struct NotAnEnum;

fn main() {}
