//! What a C program is as a process (ISO C, sections 7.14 and 7.24.4; POSIX.1-2024): its end, its environment, the
//! signals that it raises, its arguments as options, and the name of the machine.
#![no_std]

extern crate alloc;

mod end;
mod environment;
mod machine;
mod options;
mod signals;
#[cfg(test)]
mod tests;

pub use machine::MachineName;
pub use options::{LongOption, OptionState};
pub use signals::{SignalAction, SignalSet};

use core::ffi::{c_int, c_void};
use core::marker::PhantomData;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicI32, AtomicPtr};
use end::Exits;
use environment::Environment;
use machine::HOST_NAME_LIMIT;
use options::State;
use oscomp_abi::{Config, StartError};
use oscomp_interfaces::{Console, Errno, Heap, PowerOff, ProgramExit, set_errno};
use oscomp_macros::{Options, module};
use signals::Signals;
use spin::Mutex;

/// The process that a C program believes to be in.
#[module(provides(ProgramExit), ambient(Heap, PowerOff), exports)]
pub struct CProcess<
    /// Where the numbers of errors go.
    Numbers: Errno,
    /// Where assertions that do not hold, and mistakes in the program's arguments, are reported.
    Reports: Console,
    Settings: Config<Options>,
> {
    numbers: Numbers,
    reports: Reports,
    /// Where the program returns to; null while none runs.
    frame: AtomicPtr<c_void>,
    /// The `errno` of the thread that runs it.
    thread: AtomicPtr<AtomicI32>,
    exits: Exits,
    quick_exits: Exits,
    environment: Mutex<Environment>,
    signals: Mutex<Signals>,
    state: State,
    settings: PhantomData<Settings>,
}

/// What the program finds.
#[derive(Options)]
pub struct Options {
    /// The variables of the environment, each `NAME=value`.
    pub environment: &'static [&'static str],
    /// The name of the machine in its network; 64 bytes at the most.
    #[option(default = "oscomp")]
    pub host_name: &'static str,
}

impl<Numbers: Errno, Reports: Console, Settings: Config<Options>> CProcess<Numbers, Reports, Settings> {
    /// Takes the environment.
    ///
    /// # Errors
    /// When an option is not what it says.
    pub fn start(numbers: Numbers, reports: Reports) -> Result<Self, StartError> {
        if Settings::OPTIONS.host_name.len() > HOST_NAME_LIMIT {
            return Err(StartError::new("the host's name is longer than 64 bytes"));
        }
        let environment = Environment::new(Settings::OPTIONS.environment)
            .ok_or(StartError::new("a variable of the environment is not `NAME=value`"))?;
        Ok(Self {
            numbers,
            reports,
            frame: AtomicPtr::new(null_mut()),
            thread: AtomicPtr::new(null_mut()),
            exits: Exits::new(),
            quick_exits: Exits::new(),
            environment: Mutex::new(environment),
            signals: Mutex::new(Signals::new()),
            state: State::new(),
            settings: PhantomData,
        })
    }

    /// The result of a function that fails with a number.
    fn failed(&self, number: c_int) -> c_int {
        set_errno(self.numbers, number);
        -1
    }
}
