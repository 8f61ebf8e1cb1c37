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

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::sync::Mutex;
    use std::vec::Vec;

    struct Paper(Mutex<Vec<u8>>);

    impl Console for &'static Paper {
        fn write(self, bytes: &[u8]) {
            self.0.lock().unwrap().extend_from_slice(bytes);
        }

        fn read(self, _buffer: &mut [u8]) -> usize {
            0
        }
    }

    #[derive(Clone, Copy)]
    struct Morning;

    impl Config<Options> for Morning {
        const OPTIONS: Options = Options { greeting: "Good morning" };
    }

    #[test]
    fn the_greeting_is_a_line() {
        static PAPER: Paper = Paper(Mutex::new(Vec::new()));
        let app = Hello::<_, Morning>::start(&PAPER).unwrap();
        assert_eq!(app.run(), Status::SUCCESS);
        assert_eq!(*PAPER.0.lock().unwrap(), b"Good morning\n");
    }
}
