//! Needs nothing.
#![no_std]
#![forbid(unsafe_code)]

use oscomp_abi::StartError;
use oscomp_interfaces::{App, Status};
use oscomp_macros::module;

/// Ends with the status that says it was reached.
#[module(provides(App))]
pub struct Nothing;

impl Nothing {
    /// Does nothing.
    ///
    /// # Errors
    /// None.
    pub fn start() -> Result<Self, StartError> {
        Ok(Self)
    }
}

impl App for &Nothing {
    fn run(self) -> Status {
        Status(42)
    }
}
