//! The names of hosts for C programs: `<netdb.h>` (POSIX.1-2024), for TCP and UDP.
//!
//! A service is a number: there is no list of names. Addresses have no names either.
#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod calls;
mod list;
mod numbers;
mod query;

#[cfg(test)]
mod tests;

pub use list::AddressInfo;

use oscomp_abi::StartError;
use oscomp_interfaces::{Heap, Names};
use oscomp_macros::module;
use oscomp_objects::Waits;

/// The names of hosts.
#[module(ambient(Heap), exports)]
pub struct PosixNames<
    /// Who knows the addresses of names.
    Known: Names,
    /// What waits for an answer.
    Waiting: Waits,
> {
    known: Known,
    waiting: Waiting,
}

impl<Known: Names, Waiting: Waits> PosixNames<Known, Waiting> {
    /// Takes what it goes by.
    ///
    /// # Errors
    /// None.
    pub const fn start(known: Known, waiting: Waiting) -> Result<Self, StartError> {
        Ok(Self { known, waiting })
    }
}
