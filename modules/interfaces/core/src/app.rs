//! The application.

use oscomp_macros::interface;

/// What the machine is for: the root of the composition.
#[interface]
pub trait App {
    /// Runs the application, once, after every instance has started.
    ///
    /// When it returns, the instances are stopped in reverse start order and the machine powers off
    /// with the status.
    fn run(self) -> Status;
}

/// The exit status of an application: 0 for success, as for a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status(pub u8);

impl Status {
    /// The application did what it is for.
    pub const SUCCESS: Self = Self(0);
    /// It did not.
    pub const FAILURE: Self = Self(1);
}
