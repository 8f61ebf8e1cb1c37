//! The interfaces of the game: what each player can do with the ball.
#![no_std]
#![forbid(unsafe_code)]

use oscomp_macros::interface;

/// The player who serves.
#[interface]
pub trait Ping {
    /// Plays one rally, which begins with a serve; returns how often the ball crossed the net.
    fn serve(self) -> u32;

    /// Hits a ball that has crossed the net `crossings` times; returns how often it did when it was lost.
    fn hit(self, crossings: u32) -> u32;
}

/// The player who returns.
#[interface]
pub trait Pong {
    /// Returns a ball that has crossed the net `crossings` times; the result is as for [`Ping::hit`].
    fn hit(self, crossings: u32) -> u32;

    /// How many balls the player has hit in all rallies.
    fn hits(self) -> u32;
}
