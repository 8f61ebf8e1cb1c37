//! Needs a clock, two sources of entropy, which may be one, and the log.
#![no_std]
#![forbid(unsafe_code)]

use oscomp_abi::StartError;
use oscomp_interfaces::{App, Clock, Entropy, Log, Status};
use oscomp_macros::module;

/// Logs what it is given.
#[module(provides(App), ambient(Log))]
pub struct Services<
    /// What tells the time.
    Time: Clock,
    /// Dice.
    First: Entropy,
    /// More dice.
    Second: Entropy,
> {
    time: Time,
    first: First,
    second: Second,
}

impl<Time: Clock, First: Entropy, Second: Entropy> Services<Time, First, Second> {
    /// Keeps the services for later.
    ///
    /// # Errors
    /// None.
    pub fn start(time: Time, first: First, second: Second) -> Result<Self, StartError> {
        Ok(Self { time, first, second })
    }
}

impl<Time: Clock, First: Entropy, Second: Entropy> App for &Services<Time, First, Second> {
    fn run(self) -> Status {
        let before = self.time.now();
        let (mut one, mut two) = ([0; 8], [0; 8]);
        self.first.fill(&mut one);
        self.second.fill(&mut two);
        log::info!("reached: {one:?} {two:?}");
        if self.time.now() < before { Status::FAILURE } else { Status(42) }
    }
}
