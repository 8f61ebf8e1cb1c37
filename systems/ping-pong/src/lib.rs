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
    struct Player;

    impl Ping for Player {
        fn serve(self) -> u32 {
            7
        }

        fn hit(self, crossings: u32) -> u32 {
            crossings
        }
    }

    impl Pong for Player {
        fn hit(self, crossings: u32) -> u32 {
            crossings
        }

        fn hits(self) -> u32 {
            3
        }
    }

    #[derive(Clone, Copy)]
    struct Short;

    impl Config<Options> for Short {
        const OPTIONS: Options = Options { rounds: 2 };
    }

    #[test]
    fn the_score_adds_the_rallies_up() {
        static PAPER: Paper = Paper(Mutex::new(String::new()));
        let app = PingPong::<_, _, _, Short>::start(&PAPER, Player, Player).unwrap();
        assert_eq!(app.run(), Status::SUCCESS);
        assert_eq!(*PAPER.0.lock().unwrap(), "14 crossings, 3 of them by pong\n");
    }
}
