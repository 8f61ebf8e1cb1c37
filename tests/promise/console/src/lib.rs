//! Needs a console and nothing else.
#![no_std]
#![forbid(unsafe_code)]

use oscomp_abi::StartError;
use oscomp_interfaces::{App, Console, Status};
use oscomp_macros::module;

/// Says that it was reached.
#[module(provides(App))]
pub struct OneConsole<
    /// Where it says so.
    Output: Console,
> {
    output: Output,
}

impl<Output: Console> OneConsole<Output> {
    /// Keeps the output for later.
    ///
    /// # Errors
    /// None.
    pub fn start(output: Output) -> Result<Self, StartError> {
        Ok(Self { output })
    }
}

impl<Output: Console> App for &OneConsole<Output> {
    fn run(self) -> Status {
        self.output.write(b"reached\n");
        Status(42)
    }
}
