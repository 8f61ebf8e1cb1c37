//! What only an image that is a process of a host has.

use core::task::Context;
use oscomp_macros::interface;

/// What a task waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// That there is something to read, or somebody to accept.
    Read,
    /// That there is room to write, or that a connection is made.
    Write,
}

/// File descriptors that become ready.
///
/// Whoever uses one does so without blocking, and asks to be woken when the host says that it would have
/// blocked.
#[interface]
pub trait HostEvents {
    /// Watches a descriptor from now on. False if the host cannot.
    fn watch(self, descriptor: i32) -> bool;

    /// Has the task of `context`, the last that asked for that direction, woken when it is worth trying
    /// again.
    fn wake(self, descriptor: i32, direction: Direction, context: &mut Context<'_>);

    /// Forgets a descriptor that is about to be closed.
    fn forget(self, descriptor: i32);
}
