//! Passes on.
#![no_std]
#![forbid(unsafe_code)]

use oscomp_abi::StartError;
use oscomp_interfaces::Console;
use oscomp_macros::module;

/// Passes on what it is given.
#[module(provides(Console))]
pub struct Pass<
    /// Where to.
    Next: Console,
> {
    next: Next,
}

impl<Next: Console> Pass<Next> {
    /// Starts.
    ///
    /// # Errors
    /// Never.
    pub fn start(next: Next) -> Result<Self, StartError> {
        Ok(Self { next })
    }
}

impl<Next: Console> Console for &Pass<Next> {
    fn write(self, bytes: &[u8]) {
        self.next.write(bytes);
    }

    fn read(self, buffer: &mut [u8]) -> usize {
        self.next.read(buffer)
    }
}
