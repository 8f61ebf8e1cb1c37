//! The player who serves, and never misses.
#![no_std]
#![forbid(unsafe_code)]

use oscomp_abi::StartError;
use oscomp_interfaces::Console;
use oscomp_macros::module;
use rally::{Ping, Pong};

/// Serves, and hits whatever comes back.
#[module(provides(Ping))]
pub struct Player<
    /// Where the play is shown.
    Output: Console,
    /// Who returns the ball.
    #[call] Opponent: Pong,
> {
    output: Output,
    opponent: Opponent,
}

impl<Output: Console, Opponent: Pong> Player<Output, Opponent> {
    /// Takes the table's other side for granted: the opponent may not have started yet.
    ///
    /// # Errors
    /// None.
    pub fn start(output: Output, opponent: Opponent) -> Result<Self, StartError> {
        Ok(Self { output, opponent })
    }
}

impl<Output: Console, Opponent: Pong> Ping for &Player<Output, Opponent> {
    fn serve(self) -> u32 {
        self.hit(0)
    }

    fn hit(self, crossings: u32) -> u32 {
        self.output.write(b"ping ");
        self.opponent.hit(crossings + 1)
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
    struct Wall;

    impl Pong for Wall {
        fn hit(self, crossings: u32) -> u32 {
            crossings * 10
        }

        fn hits(self) -> u32 {
            0
        }
    }

    #[test]
    fn the_ball_goes_to_the_opponent() {
        let player = Player::start(Deaf, Wall).unwrap();
        assert_eq!(player.serve(), 10);
        assert_eq!((&player).hit(4), 50);
    }
}
