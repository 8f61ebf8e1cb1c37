#![allow(unused_imports)]
use oscomp_abi::{Config, StartError};
use oscomp_interfaces::{Clock, Console};
use oscomp_macros::{Options, module};

#[module(provides(Clock))]
pub struct Timer;

impl Timer {
    pub fn start() -> Result<Self, StartError> {
        Ok(Self)
    }
}

fn main() {}
