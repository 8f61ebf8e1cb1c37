//! The application `web`.
#![no_std]
#![forbid(unsafe_code)]

use core::marker::PhantomData;
use oscomp_abi::{Config, StartError};
use oscomp_interfaces::{App, Console, Status};
use oscomp_macros::{Options, module};

/// Greets and ends.
#[module(provides(App))]
pub struct Web<
    /// Where the greeting goes.
    Output: Console,
    Settings: Config<Options>,
> {
    output: Output,
    settings: PhantomData<Settings>,
}

/// What can be set in `system.kdl`.
#[derive(Options)]
pub struct Options {
    /// The line to write.
    #[option(default = "Hello!")]
    pub greeting: &'static str,
}

impl<Output: Console, Settings: Config<Options>> Web<Output, Settings> {
    /// Takes what the app requires; it is live by now.
    ///
    /// # Errors
    /// None.
    pub fn start(output: Output) -> Result<Self, StartError> {
        Ok(Self { output, settings: PhantomData })
    }
}

impl<Output: Console, Settings: Config<Options>> App for &Web<Output, Settings> {
    fn run(self) -> Status {
        self.output.write(Settings::OPTIONS.greeting.as_bytes());
        self.output.write(b"\n");
        Status::SUCCESS
    }
}
