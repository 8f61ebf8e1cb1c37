#![allow(unused_imports)]
use oscomp_abi::{Config, StartError};
use oscomp_interfaces::{Clock, Console};
use oscomp_macros::{Options, module};

#[module(provides())]
pub struct Timer;

fn main() {}
