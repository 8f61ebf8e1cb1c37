//! UDP (RFC 768): the interface that stacks provide, and sockets over it.

use crate::net::NetError;
use core::future::poll_fn;
use core::net::SocketAddr;
use core::task::{Context, Poll};
use oscomp_macros::interface;

/// A bound port of a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UdpPort(pub u32);

/// Datagrams over a network.
///
/// What is polled and pending has the task of its context woken when it is worth asking again; each
/// direction of a port remembers the task that asked last.
///
/// What is called with bytes does not call the stack: it may be locked.
#[interface]
pub trait UdpStack {
    /// Receives datagrams to a port of all of the stack's addresses from now on; those that arrive faster
    /// than they are taken are dropped.
    ///
    /// # Errors
    /// `AddressInUse`, `NoSockets`.
    fn bind(self, port: u16) -> Result<UdpPort, NetError>;

    /// Hands `take` the datagram that was received first, and its sender.
    fn poll_receive<R>(
        self,
        port: UdpPort,
        context: &mut Context<'_>,
        take: impl FnOnce(&[u8], SocketAddr) -> R,
    ) -> Poll<Result<R, NetError>>;

    /// Has `fill` write a datagram of `length` bytes, and sends it.
    ///
    /// The error `TooLong` comes at once; one that cannot be delivered is lost.
    fn poll_send<R>(
        self,
        port: UdpPort,
        to: SocketAddr,
        length: usize,
        context: &mut Context<'_>,
        fill: impl FnOnce(&mut [u8]) -> R,
    ) -> Poll<Result<R, NetError>>;

    /// Gives the port back.
    fn release(self, port: UdpPort);
}

/// Datagrams that are answered where they lie: for servers of which each answer takes one datagram and needs nothing
/// else.
#[interface]
pub trait UdpAnswers {
    /// Hands `answer` each datagram to `port`, a port of the same stack, as they come: room for the longest datagram,
    /// of which the one received is the first bytes, how many those are, and the sender. What `answer` makes of the
    /// room, so many bytes as it says, goes back to the sender; nothing if it says so. What lies behind the
    /// datagram is anything.
    ///
    /// The port is served while this is polled, with the same task; it is ready when it cannot be any longer.
    fn poll_answer(
        self,
        port: UdpPort,
        context: &mut Context<'_>,
        answer: impl FnMut(&mut [u8], usize, SocketAddr) -> Option<usize>,
    ) -> Poll<NetError>;
}

/// A bound port, given back when it is dropped.
#[derive(Debug)]
pub struct UdpSocket<T: UdpStack> {
    stack: T,
    port: UdpPort,
}

impl<T: UdpStack> UdpSocket<T> {
    /// Binds a port: see [`UdpStack::bind`].
    ///
    /// # Errors
    /// `AddressInUse`, `NoSockets`.
    pub fn new(stack: T, port: u16) -> Result<Self, NetError> {
        Ok(Self { stack, port: stack.bind(port)? })
    }

    /// Hands `take` the next datagram and its sender.
    ///
    /// # Errors
    /// Those of the stack.
    pub async fn receive_with<R>(&self, take: impl FnOnce(&[u8], SocketAddr) -> R) -> Result<R, NetError> {
        let mut take = Some(take);
        poll_fn(|context| {
            self.stack.poll_receive(self.port, context, |bytes, from| match take.take() {
                Some(take) => take(bytes, from),
                None => unreachable!("a future that is ready is not polled again"),
            })
        })
        .await
    }

    /// Has `answer` answer all datagrams that come: see [`UdpAnswers::poll_answer`]. What ended it.
    pub async fn answer(
        &self,
        mut answer: impl FnMut(&mut [u8], usize, SocketAddr) -> Option<usize>,
    ) -> NetError
    where
        T: UdpAnswers,
    {
        poll_fn(|context| self.stack.poll_answer(self.port, context, &mut answer)).await
    }

    /// Sends a datagram.
    ///
    /// # Errors
    /// Those of the stack.
    pub async fn send(&self, bytes: &[u8], to: SocketAddr) -> Result<(), NetError> {
        poll_fn(|context| {
            self.stack.poll_send(self.port, to, bytes.len(), context, |room| room.copy_from_slice(bytes))
        })
        .await
    }
}

impl<T: UdpStack> Drop for UdpSocket<T> {
    fn drop(&mut self) {
        self.stack.release(self.port);
    }
}
