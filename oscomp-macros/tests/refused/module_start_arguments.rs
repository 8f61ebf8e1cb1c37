#![allow(unused_imports)]
use oscomp_abi::{Config, StartError};
use oscomp_interfaces::{Clock, Console};
use oscomp_macros::{Options, module};

#[module(provides())]
pub struct Timer<Source: Clock, Output: Console> {
    source: Source,
    output: Output,
}

impl<Source: Clock, Output: Console> Timer<Source, Output> {
    pub fn start(output: Output, source: Source) -> Result<Self, StartError> {
        Ok(Self { source, output })
    }
}

fn main() {}
