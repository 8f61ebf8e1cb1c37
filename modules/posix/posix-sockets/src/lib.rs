//! Sockets of POSIX for C programs: TCP and UDP over the image's stacks, by IPv4, and by IPv6 where the stack has that.
//!
//! The stacks run while a program waits, and now and then when it asks in vain. What is written is sent then, or when the
//! program shuts down or closes.
//!
//! A stack receives on all of its addresses: a connection to another one than a socket is bound to is reset, and a
//! datagram to another one is received. A port is one socket's, or for TCP one's of each version of IP: `SO_REUSEADDR` is
//! not needed and `SO_REUSEPORT` does nothing. Options that tell the network what to do are kept, without effect. There
//! is neither out-of-band nor ancillary data, and nobody is sent `SIGPIPE`: the error is `EPIPE`.
#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod calls;
mod datagram;
mod environment;
mod flags;
mod listener;
mod options;
mod pair;
mod ports;
mod settings;
mod socket;
mod stream;
mod transfer;

#[cfg(test)]
mod tests;

pub use transfer::Message;

use alloc::sync::Arc;
use core::any::Any;
use core::ffi::{c_int, c_void};
use core::marker::PhantomData;
use core::net::SocketAddr;
use core::task::Poll;
use core::time::Duration;
use environment::{Environment, Tags};
use flags::{MSG_CMSG_CLOEXEC, MSG_DONTWAIT, SOCK_NONBLOCK};
use oscomp_abi::{Config, StartError};
use oscomp_c_abi::addresses::{self as address, Family};
use oscomp_c_abi::numbers::{EAFNOSUPPORT, ENOTSOCK, EOPNOTSUPP};
use oscomp_interfaces::{Errno, ErrorNumber, Heap, TcpStack, Timers, UdpStack, or_errno};
use oscomp_macros::{Options, module};
use oscomp_objects::{DescriptorTable, Opened, Waits};
use pair::Pair;
use ports::{Ports, Transport};
use socket::Socket;

/// What was asked for, or the number of an error.
type Result<T> = core::result::Result<T, ErrorNumber>;

/// How long the connections that are open when the program ends have for what was written.
const FAREWELL: Duration = Duration::from_secs(2);
/// More descriptors than a table can have.
const DESCRIPTORS: c_int = 1024;

/// Sockets for C programs.
#[module(ambient(Heap), exports, stop)]
pub struct PosixSockets<
    /// Where connections are made.
    Streams: TcpStack,
    /// Where datagrams are sent and received.
    Datagrams: UdpStack,
    /// Where the descriptors are.
    Table: DescriptorTable,
    /// What waits, while the stacks run.
    Waiting: Waits,
    /// What ends a wait.
    Time: Timers,
    /// Where the numbers of errors go.
    Numbers: Errno,
    Settings: Config<Options>,
> {
    tags: Tags<Streams, Datagrams, Waiting, Time>,
    table: Table,
    numbers: Numbers,
    ports: Arc<Ports>,
    settings: PhantomData<Settings>,
}

/// Where the program can be reached.
#[derive(Options)]
pub struct Options {
    /// The TCP ports on which the program listens: nothing else in the image may, and what runs it makes them reachable.
    #[option(listens = "tcp")]
    pub tcp: &'static [u16],
    /// The UDP ports to which it is sent datagrams, in the same way.
    #[option(listens = "udp")]
    pub udp: &'static [u16],
}

impl<Streams, Datagrams, Table, Waiting, Time, Numbers, Settings>
    PosixSockets<Streams, Datagrams, Table, Waiting, Time, Numbers, Settings>
where
    Streams: TcpStack + 'static,
    Datagrams: UdpStack + 'static,
    Table: DescriptorTable,
    Waiting: Waits + 'static,
    Time: Timers + 'static,
    Numbers: Errno,
    Settings: Config<Options>,
{
    /// No socket is open.
    ///
    /// # Errors
    /// None.
    pub fn start(
        streams: Streams,
        datagrams: Datagrams,
        table: Table,
        waiting: Waiting,
        time: Time,
        numbers: Numbers,
    ) -> core::result::Result<Self, StartError> {
        let tags = Tags { streams, datagrams, waiting, time };
        Ok(Self { tags, table, numbers, ports: Arc::new(Ports::new()), settings: PhantomData })
    }

    /// Closes what the program has left open, and gives the peers some time to take what was written.
    pub fn stop(&self) {
        for descriptor in 0..DESCRIPTORS {
            let _ = self.with(descriptor, |socket, _| {
                socket.end();
                Ok(())
            });
        }
        let end = self.tags.time.time().saturating_add(FAREWELL);
        for descriptor in 0..DESCRIPTORS {
            let _ = self.with(descriptor, |socket, _| {
                self.tags.waiting.wait(|context| match socket.poll_ended(context) {
                    Poll::Pending => self.tags.time.poll_at(end, context),
                    Poll::Ready(()) => Poll::Ready(()),
                });
                Ok(())
            });
        }
    }

    /// What a function returns that says −1 where there was an error.
    fn answer<T: From<i8>>(&self, result: Result<T>) -> T {
        or_errno(self.numbers, result, T::from(-1))
    }

    /// The same for a function that only succeeds or not.
    fn done(&self, result: Result<()>) -> c_int {
        self.answer(result.map(|()| 0))
    }

    /// The same for a function that counts.
    fn counted(&self, result: Result<usize>) -> isize {
        self.answer(result.map(usize::cast_signed))
    }

    /// Does something with a socket, and whether calls for it wait.
    fn with<R>(
        &self,
        descriptor: c_int,
        act: impl FnOnce(&Socket<Tags<Streams, Datagrams, Waiting, Time>>, bool) -> Result<R>,
    ) -> Result<R> {
        self.on_any(descriptor, |found, waits| match found {
            Found::Socket(socket) => act(socket, waits),
            Found::Pair(_) => Err(EOPNOTSUPP),
        })
    }

    /// The same for those of a pair too.
    fn on_any<R>(
        &self,
        descriptor: c_int,
        act: impl FnOnce(Found<'_, Tags<Streams, Datagrams, Waiting, Time>>, bool) -> Result<R>,
    ) -> Result<R> {
        let Opened::Object { object, flags } = self.table.find(descriptor)? else { return Err(ENOTSOCK) };
        let waits = flags & SOCK_NONBLOCK == 0;
        let any: &dyn Any = &*object;
        match (any.downcast_ref(), any.downcast_ref()) {
            (Some(socket), _) => act(Found::Socket(socket), waits),
            (_, Some(pair)) => act(Found::Pair(pair), waits),
            _ => Err(ENOTSOCK),
        }
    }
}

/// A socket of either sort.
#[derive(Clone, Copy)]
enum Found<'s, E: Environment> {
    /// One of the network.
    Socket(&'s Socket<E>),
    /// One of a pair.
    Pair(&'s Pair<E>),
}

impl<E: Environment> Found<'_, E> {
    fn keeps_boundaries(self) -> bool {
        matches!(self, Self::Socket(socket) if socket.transport == Transport::Datagram)
    }

    /// By which its addresses are told, of which a pair has none.
    fn family(self) -> Family {
        match self {
            Self::Socket(socket) => socket.family,
            Self::Pair(_) => Family::V4,
        }
    }
}

/// Whether a call with these flags waits, of a socket that does or does not.
fn waits_with(waits: bool, flags: c_int) -> bool {
    waits && flags & MSG_DONTWAIT == 0
}

/// Refuses flags that are not known.
fn verify_flags(flags: c_int, known: c_int) -> Result<()> {
    if flags & !(known | MSG_CMSG_CLOEXEC) == 0 { Ok(()) } else { Err(EOPNOTSUPP) }
}

/// An address of C's that has to be one.
///
/// # Safety
/// As [`address::read`].
unsafe fn address_of(pointer: *const c_void, length: u32, family: Family) -> Result<SocketAddr> {
    // SAFETY: by the contract.
    unsafe { address::read(pointer, length, family) }?.ok_or(EAFNOSUPPORT)
}
