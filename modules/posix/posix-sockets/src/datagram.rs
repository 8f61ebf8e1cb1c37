//! Datagrams of UDP.

use crate::Result;
use crate::environment::Environment;
use crate::ports::Versions;
use crate::socket::{Role, Socket, State};
use alloc::vec::Vec;
use core::net::SocketAddr;
use core::task::{Context, Poll, Waker};
use oscomp_c_abi::addresses::Family;
use oscomp_c_abi::numbers::{EAFNOSUPPORT, EBADF, EDESTADDRREQ, EPIPE, of_network};
use oscomp_interfaces::{UdpPort, UdpStack};
use oscomp_objects::{Interest, Readiness, Waits};

/// A datagram that was received, and its sender.
pub(crate) struct Datagram {
    bytes: Vec<u8>,
    from: SocketAddr,
}

impl<E: Environment> Socket<E> {
    /// The port; takes one if it has none yet.
    fn port(&self, state: &mut State) -> Result<UdpPort> {
        if matches!(state.role, Role::Fresh) {
            self.open_port(state, true)?;
        }
        match state.role {
            Role::Datagrams(port) => Ok(port),
            _ => Err(EBADF),
        }
    }

    /// Exchanges datagrams with a peer alone; with all again if there is none.
    ///
    /// # Errors
    /// Those of the stack.
    pub fn connect_datagrams(&self, to: Option<SocketAddr>) -> Result<()> {
        let waits = self.env.waits();
        waits.enter(|| {
            let mut state = self.state.lock();
            self.port(&mut state)?;
            state.peer = to;
            Ok(())
        })
    }

    /// Whether a sender is one that it receives from.
    fn is_meant(&self, state: &State, from: SocketAddr) -> bool {
        let versions = state.bound.as_ref().map_or(Versions::BOTH, |bound| bound.versions);
        let version = if Family::of(from) == Family::V4 { Versions::V4 } else { Versions::V6 };
        versions.meets(version) && state.peer.is_none_or(|peer| peer == from)
    }

    /// Hands `take` the first datagram; it stays the first if this `is_peek`.
    fn poll_datagram<R>(
        &self,
        state: &mut State,
        context: &Context<'_>,
        is_peek: bool,
        take: &mut impl FnMut(&[u8], SocketAddr) -> R,
    ) -> Poll<Result<R>> {
        if let Some(held) = &state.held {
            let result = take(&held.bytes, held.from);
            if !is_peek {
                state.held = None;
            }
            return Poll::Ready(Ok(result));
        }
        let port = self.port(state)?;
        loop {
            let datagrams = self.env.datagrams();
            let received = self.reads.poll(context, |context| {
                datagrams.poll_receive(port, context, |bytes, from| {
                    if !self.is_meant(state, from) {
                        return None;
                    }
                    if is_peek {
                        state.held = Some(Datagram { bytes: bytes.into(), from });
                    }
                    Some(take(bytes, from))
                })
            });
            match received {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Err(error)) => return Poll::Ready(Err(of_network(error))),
                Poll::Ready(Ok(Some(result))) => return Poll::Ready(Ok(result)),
                Poll::Ready(Ok(None)) => {}
            }
        }
    }

    /// Hands `take` the first datagram and its sender.
    ///
    /// # Errors
    /// Those of `recvfrom`.
    pub fn receive_datagram<R: Send>(
        &self,
        waits: bool,
        is_peek: bool,
        mut take: impl FnMut(&[u8], SocketAddr) -> R + Send,
    ) -> Result<R> {
        let patience = self.state.lock().settings.receive;
        self.until(waits, patience, |state, context| {
            if state.has_shut_read && state.held.is_none() {
                let from = SocketAddr::new(self.family.unspecified(), 0);
                return Poll::Ready(Ok(take(&[], state.peer.unwrap_or(from))));
            }
            self.poll_datagram(state, context, is_peek, &mut take)
        })
    }

    /// Sends a datagram, to the peer if it is to nobody.
    ///
    /// # Errors
    /// Those of `sendto`.
    pub fn send_datagram(&self, from: &[u8], to: Option<SocketAddr>, waits: bool) -> Result<usize> {
        let patience = self.state.lock().settings.send;
        self.until(waits, patience, |state, context| {
            let Some(to) = to.or(state.peer) else { return Poll::Ready(Err(EDESTADDRREQ)) };
            if state.has_shut_write {
                return Poll::Ready(Err(EPIPE));
            }
            let port = self.port(state)?;
            let versions = state.bound.as_ref().map_or(Versions::BOTH, |bound| bound.versions);
            if to.is_ipv4() && !versions.meets(Versions::V4) {
                return Poll::Ready(Err(EAFNOSUPPORT));
            }
            let datagrams = self.env.datagrams();
            let sent = self.writes.poll(context, |context| {
                datagrams.poll_send(port, to, from.len(), context, |room| room.copy_from_slice(from))
            });
            sent.map(|sent| sent.map(|()| from.len()).map_err(of_network))
        })
    }

    /// See `OpenObject::poll_ready`. There is room for one more datagram, as far as anybody knows before it is sent.
    pub(crate) fn datagrams_ready(
        &self,
        state: &mut State,
        interest: Interest,
        context: &Context<'_>,
    ) -> Readiness {
        let is_there = interest.read && self.poll_datagram(state, context, true, &mut |_, _| ()).is_ready();
        let read = is_there || state.has_shut_read;
        let (ended, hung_up) = (state.has_shut_read, state.has_shut_read && state.has_shut_write);
        Readiness { read, write: true, ended, hung_up, failed: state.failed.is_some() }
    }

    /// See `OpenObject::available`: the bytes of the first datagram.
    pub(crate) fn datagram_available(&self, state: &mut State) -> usize {
        let context = Context::from_waker(Waker::noop());
        match self.poll_datagram(state, &context, true, &mut |bytes, _| bytes.len()) {
            Poll::Ready(Ok(length)) => length,
            _ => 0,
        }
    }
}
