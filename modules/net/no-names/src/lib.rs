//! Nobody who knows names: for programs that could ask for one and are given addresses alone.
#![no_std]
#![forbid(unsafe_code)]

use core::net::IpAddr;
use core::task::{Context, Poll};
use oscomp_abi::StartError;
use oscomp_interfaces::{NameQuery, Names, NetError};
use oscomp_macros::module;

/// No host has a name.
#[module(provides(Names))]
pub struct NoNames;

impl NoNames {
    /// There is nothing to start.
    ///
    /// # Errors
    /// None.
    pub const fn start() -> Result<Self, StartError> {
        Ok(Self)
    }
}

impl Names for &NoNames {
    fn ask(self, _name: &str) -> Result<NameQuery, NetError> {
        Err(NetError::NoSuchName)
    }

    fn poll_told<R>(
        self,
        _query: NameQuery,
        _context: &mut Context<'_>,
        _take: impl FnOnce(&[IpAddr]) -> R,
    ) -> Poll<Result<R, NetError>> {
        Poll::Ready(Err(NetError::NoSuchName))
    }

    fn release(self, _query: NameQuery) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_known() {
        let names = &NoNames::start().unwrap();
        assert_eq!(names.ask("example.org"), Err(NetError::NoSuchName));
    }
}
