//! Connections of TCP.

use crate::Result;
use crate::environment::Environment;
use crate::ports::Versions;
use crate::socket::{Role, Socket, State};
use core::net::SocketAddr;
use core::task::{Context, Poll, Waker};
use oscomp_c_abi::numbers::{
    EAGAIN, EALREADY, EBADF, ECONNABORTED, EINPROGRESS, EINVAL, EISCONN, ENOTCONN, EPIPE, of_network,
};
use oscomp_interfaces::{TcpConnection, TcpStack};
use oscomp_objects::{Interest, Readiness, Waits};

impl<E: Environment> Socket<E> {
    /// Begins to connect to a peer, and waits until it is, if it is to.
    ///
    /// # Errors
    /// Those of `connect`.
    pub fn connect_stream(&self, to: SocketAddr, waits: bool) -> Result<()> {
        let waiting = self.env.waits();
        let is_new = waiting.enter(|| {
            let mut state = self.state.lock();
            let mut context = Context::from_waker(Waker::noop());
            match state.role {
                // Who did not wait asks again, and is told once, as on Linux.
                Role::Connected(_) if state.is_untold => {
                    state.is_untold = false;
                    return Ok(false);
                }
                Role::Connected(_) | Role::Listening(_) => return Err(EISCONN),
                Role::Connecting(_) => {
                    return match self.settle(&mut state, &mut context) {
                        // Who has begun is told once.
                        Poll::Ready(result) => {
                            state.is_untold = false;
                            result.map(|()| false).inspect_err(|_| state.failed = None)
                        }
                        Poll::Pending if waits => Ok(true),
                        Poll::Pending => Err(EALREADY),
                    };
                }
                Role::Fresh if state.failed.is_some() => {
                    return Err(state.failed.take().unwrap_or(ECONNABORTED));
                }
                Role::Fresh => {}
                Role::Datagrams(_) | Role::Closed => return Err(EINVAL),
            }
            let connection = self.env.streams().connect(to).map_err(of_network)?;
            state.role = Role::Connecting(connection);
            state.peer = Some(to);
            state.is_over = false;
            Ok(true)
        })?;
        if !is_new {
            return Ok(());
        }
        let patience = self.state.lock().settings.send;
        let connected = if waits {
            self.until(true, patience, |state, context| {
                self.settle(state, context).map(|result| result.inspect_err(|_| state.failed = None))
            })
        } else {
            Err(EAGAIN)
        };
        connected.map_err(|number| {
            if number != EAGAIN {
                return number;
            }
            self.state.lock().is_untold = true;
            EINPROGRESS
        })
    }

    /// Sees whether a connection that was begun is made.
    pub(crate) fn settle(&self, state: &mut State, context: &mut Context<'_>) -> Poll<Result<()>> {
        let Role::Connecting(connection) = state.role else { return Poll::Ready(Ok(())) };
        let streams = self.env.streams();
        match self.writes.poll(context, |context| streams.poll_write(connection, context, |_| (0, ()))) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Ok(())) => {
                state.role = Role::Connected(connection);
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Err(error)) => {
                streams.release(connection);
                let number = of_network(error);
                (state.role, state.peer) = (Role::Fresh, None);
                (state.failed, state.is_over) = (Some(number), true);
                Poll::Ready(Err(number))
            }
        }
    }

    /// The connection, if it is one; what a call without one fails with is `otherwise`.
    fn connection(
        &self,
        state: &mut State,
        context: &mut Context<'_>,
        otherwise: i32,
    ) -> Poll<Result<TcpConnection>> {
        if self.settle(state, context)?.is_pending() {
            return Poll::Pending;
        }
        Poll::Ready(match state.role {
            Role::Connected(connection) => Ok(connection),
            Role::Closed => Err(EBADF),
            _ => Err(state.failed.take().unwrap_or(otherwise)),
        })
    }

    /// Remembers that the connection is over; the error, for the first who asks.
    fn fail(state: &mut State, number: i32, otherwise: Result<usize>) -> Result<usize> {
        if core::mem::replace(&mut state.is_over, true) { otherwise } else { Err(number) }
    }

    /// Receives what is there.
    pub(crate) fn poll_receive(
        &self,
        state: &mut State,
        context: &mut Context<'_>,
        into: &mut [u8],
        is_peek: bool,
    ) -> Poll<Result<usize>> {
        let connection = match self.connection(state, context, ENOTCONN) {
            Poll::Ready(connection) => connection?,
            Poll::Pending => return Poll::Pending,
        };
        if into.is_empty() || state.has_shut_read {
            return Poll::Ready(Ok(0));
        }
        let mut count = 0;
        // What lies in a ring may be in two pieces; who gets less than asked for takes it that there is no more.
        loop {
            let room = &mut into[count..];
            let taken = self.reads.poll(context, |context| {
                self.env.streams().poll_read(connection, context, |bytes| {
                    let count = bytes.len().min(room.len());
                    room[..count].copy_from_slice(&bytes[..count]);
                    (if is_peek { 0 } else { count }, count)
                })
            });
            match taken {
                Poll::Ready(Ok(more @ 1..)) => count += more,
                Poll::Pending if count == 0 => return Poll::Pending,
                Poll::Ready(Err(error)) if count == 0 => {
                    return Poll::Ready(Self::fail(state, of_network(error), Ok(0)));
                }
                _ => return Poll::Ready(Ok(count)),
            }
            if is_peek || count == into.len() {
                return Poll::Ready(Ok(count));
            }
        }
    }

    /// Receives, all that is asked for if it `fills`.
    ///
    /// # Errors
    /// Those of `recv`.
    pub fn receive_stream(&self, into: &mut [u8], waits: bool, is_peek: bool, fills: bool) -> Result<usize> {
        let patience = self.state.lock().settings.receive;
        let mut count = 0;
        let received = self.until(waits, patience, |state, context| {
            loop {
                let Poll::Ready(more) = self.poll_receive(state, context, &mut into[count..], is_peek) else {
                    return Poll::Pending;
                };
                match more {
                    Ok(more) => count += more,
                    Err(number) => return Poll::Ready(Err(number)),
                }
                if !fills || is_peek || more == Ok(0) || count == into.len() {
                    return Poll::Ready(Ok(()));
                }
            }
        });
        received.map_or_else(|number| if count > 0 { Ok(count) } else { Err(number) }, |()| Ok(count))
    }

    /// Sends as much as there is room for.
    fn poll_send(&self, state: &mut State, context: &mut Context<'_>, from: &[u8]) -> Poll<Result<usize>> {
        let connection = match self.connection(state, context, EPIPE) {
            Poll::Ready(connection) => connection?,
            Poll::Pending => return Poll::Pending,
        };
        if state.has_shut_write {
            return Poll::Ready(Err(EPIPE));
        }
        let mut count = 0;
        while count < from.len() {
            let rest = &from[count..];
            let sent = self.writes.poll(context, |context| {
                self.env.streams().poll_write(connection, context, |room| {
                    let count = room.len().min(rest.len());
                    room[..count].copy_from_slice(&rest[..count]);
                    (count, count)
                })
            });
            match sent {
                Poll::Ready(Ok(more)) => count += more,
                Poll::Pending if count == 0 => return Poll::Pending,
                Poll::Ready(Err(error)) if count == 0 => {
                    return Poll::Ready(Self::fail(state, of_network(error), Err(EPIPE)));
                }
                _ => break,
            }
        }
        Poll::Ready(Ok(count))
    }

    /// Sends all, if it is to wait; else what there is room for.
    ///
    /// # Errors
    /// Those of `send`.
    pub fn send_stream(&self, from: &[u8], waits: bool) -> Result<usize> {
        let patience = self.state.lock().settings.send;
        let mut count = 0;
        let sent = self.until(waits, patience, |state, context| {
            loop {
                let Poll::Ready(more) = self.poll_send(state, context, &from[count..]) else {
                    return Poll::Pending;
                };
                match more {
                    Ok(more) => count += more,
                    Err(number) => return Poll::Ready(Err(number)),
                }
                if !waits || count == from.len() {
                    return Poll::Ready(Ok(()));
                }
            }
        });
        sent.map_or_else(|number| if count > 0 { Ok(count) } else { Err(number) }, |()| Ok(count))
    }

    /// See `OpenObject::poll_ready`.
    pub(crate) fn stream_ready(
        &self,
        state: &mut State,
        interest: Interest,
        context: &mut Context<'_>,
    ) -> Readiness {
        if self.settle(state, context).is_pending() {
            return Readiness::default();
        }
        let connection = match &state.role {
            Role::Connected(connection) => *connection,
            Role::Listening(listener) => {
                let versions = state.bound.as_ref().map_or(Versions::BOTH, |bound| bound.versions);
                let read = listener.poll_accept(self.env, versions, false, context).is_ready();
                return Readiness { read, ..Readiness::default() };
            }
            _ => {
                let failed = state.failed.is_some();
                return Readiness { read: failed, write: true, ended: failed, hung_up: true, failed };
            }
        };
        let streams = self.env.streams();
        let received = self
            .reads
            .poll(context, |context| streams.poll_read(connection, context, |bytes| (0, bytes.is_empty())));
        let mut ready = Readiness::default();
        match received {
            Poll::Pending => {}
            Poll::Ready(Ok(is_end)) => (ready.read, ready.ended) = (true, is_end),
            Poll::Ready(Err(_)) => {
                let failed = !state.is_over;
                return Readiness { read: true, write: true, ended: true, hung_up: true, failed };
            }
        }
        if state.has_shut_read {
            (ready.read, ready.ended) = (true, true);
        }
        ready.hung_up = ready.ended && state.has_shut_write;
        ready.write = state.has_shut_write
            || interest.write
                && self
                    .writes
                    .poll(context, |context| streams.poll_write(connection, context, |_| (0, ())))
                    .is_ready();
        ready
    }

    /// See `OpenObject::available`.
    pub(crate) fn stream_available(&self, state: &mut State) -> Result<usize> {
        let mut context = Context::from_waker(Waker::noop());
        let connection = match self.connection(state, &mut context, EINVAL) {
            Poll::Ready(connection) => connection?,
            Poll::Pending => return Ok(0),
        };
        let streams = self.env.streams();
        let counted = self
            .reads
            .poll(&context, |context| streams.poll_read(connection, context, |bytes| (0, bytes.len())));
        Ok(match counted {
            Poll::Ready(Ok(count)) => count,
            _ => 0,
        })
    }
}
