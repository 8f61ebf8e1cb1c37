//! The player who returns, until the rally is out of reach.
#![no_std]
#![forbid(unsafe_code)]

use core::marker::PhantomData;
use core::sync::atomic::{AtomicU32, Ordering};
use oscomp_abi::{Config, StartError};
use oscomp_interfaces::Console;
use oscomp_macros::{Options, module};
use rally::{Ping, Pong};

/// Returns the ball while the rally is short enough.
#[module(provides(Pong))]
pub struct Player<
    /// Where the play is shown.
    Output: Console,
    /// Who hits the ball next.
    Opponent: Ping,
    Settings: Config<Options>,
> {
    output: Output,
    opponent: Opponent,
    hits: AtomicU32,
    settings: PhantomData<Settings>,
}

/// How good the player is.
#[derive(Options)]
pub struct Options {
    /// After how many crossings of the net the ball is lost.
    #[option(default = 9, range = 1..=99, unit = "crossings")]
    pub reach: u32,
}

impl<Output: Console, Opponent: Ping, Settings: Config<Options>> Player<Output, Opponent, Settings> {
    /// Has hit nothing yet.
    ///
    /// # Errors
    /// None.
    pub fn start(output: Output, opponent: Opponent) -> Result<Self, StartError> {
        Ok(Self { output, opponent, hits: AtomicU32::new(0), settings: PhantomData })
    }
}

impl<Output: Console, Opponent: Ping, Settings: Config<Options>> Pong
    for &Player<Output, Opponent, Settings>
{
    fn hit(self, crossings: u32) -> u32 {
        if crossings >= Settings::OPTIONS.reach {
            self.output.write(b"out\n");
            return crossings;
        }
        self.hits.fetch_add(1, Ordering::Relaxed);
        self.output.write(b"pong ");
        self.opponent.hit(crossings + 1)
    }

    fn hits(self) -> u32 {
        self.hits.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy)]
    struct Deaf;

    impl Console for Deaf {
        fn write(self, _bytes: &[u8]) {}

        fn read(self, _buffer: &mut [u8]) -> usize {
            0
        }
    }

    #[derive(Clone, Copy)]
    struct Loser;

    impl Ping for Loser {
        fn serve(self) -> u32 {
            0
        }

        fn hit(self, crossings: u32) -> u32 {
            crossings
        }
    }

    #[derive(Clone, Copy)]
    struct Short;

    impl Config<Options> for Short {
        const OPTIONS: Options = Options { reach: 3 };
    }

    #[test]
    fn balls_within_reach_are_hit_and_counted() {
        let player = Player::<_, _, Short>::start(Deaf, Loser).unwrap();
        assert_eq!((&player).hit(1), 2);
        assert_eq!((&player).hit(2), 3);
        assert_eq!(player.hits(), 2);
        assert_eq!((&player).hit(3), 3, "out of reach");
        assert_eq!(player.hits(), 2);
    }
}
