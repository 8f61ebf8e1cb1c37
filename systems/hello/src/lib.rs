//! The smallest application: one line to the console, without formatting and without a heap.
#![no_std]
#![forbid(unsafe_code)]

use core::marker::PhantomData;
use oscomp_abi::{Config, StartError};
use oscomp_interfaces::{App, Console, Status};
use oscomp_macros::{Options, module};

/// Writes a greeting and ends.
#[module(provides(App))]
pub struct Hello<
    /// Where the greeting goes.
    Output: Console,
    Settings: Config<Options>,
> {
    output: Output,
    settings: PhantomData<Settings>,
}

/// What to say.
#[derive(Options)]
pub struct Options {
    /// The greeting; a line feed follows it.
    #[option(default = "Hello from oscomp!")]
    pub greeting: &'static str,
}

impl<Output: Console, Settings: Config<Options>> Hello<Output, Settings> {
    /// Keeps the output for later.
    ///
    /// # Errors
    /// None.
    pub fn start(output: Output) -> Result<Self, StartError> {
        Ok(Self { output, settings: PhantomData })
    }
}

impl<Output: Console, Settings: Config<Options>> App for &Hello<Output, Settings> {
    fn run(self) -> Status {
        self.output.write(Settings::OPTIONS.greeting.as_bytes());
        self.output.write(b"\n");
        Status::SUCCESS
    }
}
