//! A game between two modules that require each other.
#![no_std]
#![forbid(unsafe_code)]

use core::fmt::Write;
use core::marker::PhantomData;
use oscomp_abi::{Config, StartError};
use oscomp_interfaces::{App, Console, Status, Text};
use oscomp_macros::{Options, module};
use rally::{Ping, Pong};

/// Has the players play some rallies and reports the score.
#[module(provides(App))]
pub struct PingPong<
    /// Where the score goes.
    Output: Console,
    /// Who serves.
    Server: Ping,
    /// Who returns.
    Receiver: Pong,
    Settings: Config<Options>,
> {
    output: Output,
    server: Server,
    receiver: Receiver,
    settings: PhantomData<Settings>,
}

/// How long the game is.
#[derive(Options)]
pub struct Options {
    /// How many rallies.
    #[option(default = 1, range = 1..=100, unit = "rallies")]
    pub rounds: u32,
}

impl<Output: Console, Server: Ping, Receiver: Pong, Settings: Config<Options>>
    PingPong<Output, Server, Receiver, Settings>
{
    /// Keeps all three for later.
    ///
    /// # Errors
    /// None.
    pub fn start(output: Output, server: Server, receiver: Receiver) -> Result<Self, StartError> {
        Ok(Self { output, server, receiver, settings: PhantomData })
    }
}

impl<Output: Console, Server: Ping, Receiver: Pong, Settings: Config<Options>> App
    for &PingPong<Output, Server, Receiver, Settings>
{
    fn run(self) -> Status {
        let crossings: u32 = (0..Settings::OPTIONS.rounds).map(|_| self.server.serve()).sum();
        let hits = self.receiver.hits();
        match writeln!(Text(self.output), "{crossings} crossings, {hits} of them by pong") {
            Ok(()) => Status::SUCCESS,
            Err(_) => Status::FAILURE,
        }
    }
}
