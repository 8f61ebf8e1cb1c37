//! The names of hosts.

use crate::net::NetError;
use core::future::poll_fn;
use core::net::IpAddr;
use core::task::{Context, Poll};
use oscomp_macros::interface;

/// A name that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NameQuery(pub u32);

/// Who knows which addresses a host has.
///
/// What is called with addresses does not call who provides this: it may be locked.
#[interface]
pub trait Names {
    /// Asks for the addresses of a host, such as `www.example.org`.
    ///
    /// # Errors
    /// `Unreachable` if nobody is known who could be asked, `NoSuchName` if it is no name, `NoSockets` if as many are
    /// asked for as can be.
    fn ask(self, name: &str) -> Result<NameQuery, NetError>;

    /// Hands `take` the addresses, at least one, once; the error is `NoSuchName` if there are none or nobody has
    /// answered. What is pending has the task of its context woken when it is worth asking again.
    fn poll_told<R>(
        self,
        query: NameQuery,
        context: &mut Context<'_>,
        take: impl FnOnce(&[IpAddr]) -> R,
    ) -> Poll<Result<R, NetError>>;

    /// Forgets what was asked for, told or not.
    fn release(self, query: NameQuery);
}

/// Given back also by who does not wait for the end.
struct Asked<N: Names>(N, NameQuery);

impl<N: Names> Drop for Asked<N> {
    fn drop(&mut self) {
        self.0.release(self.1);
    }
}

/// The first address of a host; `name` may be an address too.
///
/// # Errors
/// Those of [`Names`].
pub async fn resolve(names: impl Names, name: &str) -> Result<IpAddr, NetError> {
    if let Ok(address) = name.parse() {
        return Ok(address);
    }
    let asked = Asked(names, names.ask(name)?);
    let first =
        poll_fn(|context| asked.0.poll_told(asked.1, context, |addresses| addresses.first().copied()));
    first.await?.ok_or(NetError::NoSuchName)
}
