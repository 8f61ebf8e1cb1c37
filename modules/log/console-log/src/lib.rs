//! Log records as lines on a console.
#![no_std]
#![forbid(unsafe_code)]

use core::fmt::Write;
use core::marker::PhantomData;
use log::{LevelFilter, Record};
use oscomp_abi::{Config, StartError};
use oscomp_interfaces::{Console, Log, Text};
use oscomp_macros::{Choice, Options, module};

/// One line per record: `[INFO target] message`.
#[module(provides(Log))]
pub struct ConsoleLog<
    /// Where the lines go.
    Output: Console,
    Settings: Config<Options>,
> {
    output: Output,
    settings: PhantomData<Settings>,
}

/// What to keep.
#[derive(Options)]
pub struct Options {
    /// The most verbose level that is kept.
    #[option(default = "info")]
    pub level: Level,
}

/// How much is logged, from nothing to everything.
#[derive(Choice, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Nothing.
    Off,
    /// What went wrong.
    Error,
    /// And what may go wrong.
    Warn,
    /// And what a person may want to know.
    Info,
    /// And what whoever looks for a mistake wants to know.
    Debug,
    /// And every step.
    Trace,
}

impl Level {
    const fn filter(self) -> LevelFilter {
        match self {
            Self::Off => LevelFilter::Off,
            Self::Error => LevelFilter::Error,
            Self::Warn => LevelFilter::Warn,
            Self::Info => LevelFilter::Info,
            Self::Debug => LevelFilter::Debug,
            Self::Trace => LevelFilter::Trace,
        }
    }
}

impl<Output: Console, Settings: Config<Options>> ConsoleLog<Output, Settings> {
    /// Keeps the console for later.
    ///
    /// # Errors
    /// None.
    pub fn start(output: Output) -> Result<Self, StartError> {
        Ok(Self { output, settings: PhantomData })
    }
}

impl<Output: Console, Settings: Config<Options>> Log for &ConsoleLog<Output, Settings> {
    fn level(self) -> LevelFilter {
        Settings::OPTIONS.level.filter()
    }

    fn record(self, record: &Record<'_>) {
        // A console has no errors; one in a message's own `Display` leaves the line cut short.
        let _ = writeln!(Text(self.output), "[{} {}] {}", record.level(), record.target(), record.args());
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::string::String;
    use std::sync::Mutex;

    struct Paper(Mutex<String>);

    impl Console for &'static Paper {
        fn write(self, bytes: &[u8]) {
            self.0.lock().unwrap().push_str(core::str::from_utf8(bytes).unwrap());
        }

        fn read(self, _buffer: &mut [u8]) -> usize {
            0
        }
    }

    #[derive(Clone, Copy)]
    struct Debugging;

    impl Config<Options> for Debugging {
        const OPTIONS: Options = Options { level: Level::Debug };
    }

    #[test]
    fn a_record_is_a_line() {
        static PAPER: Paper = Paper(Mutex::new(String::new()));
        let log = ConsoleLog::<_, Debugging>::start(&PAPER).unwrap();
        assert_eq!(log.level(), LevelFilter::Debug);
        for (level, target) in [(log::Level::Info, "net"), (log::Level::Error, "app::main")] {
            log.record(&Record::builder().level(level).target(target).args(format_args!("{} up", 2)).build());
        }
        assert_eq!(*PAPER.0.lock().unwrap(), "[INFO net] 2 up\n[ERROR app::main] 2 up\n");
    }
}
