use core::cell::Cell;
use oscomp_abi::StartError;
use oscomp_macros::module;

#[module(provides())]
pub struct Counter {
    count: Cell<u32>,
}

impl Counter {
    pub fn start() -> Result<Self, StartError> {
        Ok(Self { count: Cell::new(0) })
    }
}

fn main() {}
