//! One socket: what it is at the moment, and what is the same for streams and datagrams.

use crate::Result;
use crate::datagram::Datagram;
use crate::environment::Environment;
use crate::flags::{IPPROTO_IPV6, IPV6_V6ONLY};
use crate::listener::{Listener, refuse};
use crate::ports::{Bound, Ports, Transport, Versions};
use crate::settings::Settings;
use alloc::sync::Arc;
use core::ffi::c_int;
use core::mem;
use core::net::{IpAddr, SocketAddr};
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use oscomp_c_abi::addresses::Family;
use oscomp_c_abi::numbers::{EADDRINUSE, EAGAIN, EINVAL, ENOTCONN, of_network};
use oscomp_interfaces::{ErrorNumber, TcpConnection, TcpStack, Timers, UdpPort, UdpStack};
use oscomp_objects::{Interest, ObjectKind, OpenObject, Readiness, Waits, Watch, attempt};
use spin::Mutex;

/// A socket.
pub struct Socket<E: Environment> {
    pub(crate) env: E,
    pub(crate) family: Family,
    pub(crate) transport: Transport,
    pub(crate) state: Mutex<State>,
    pub(crate) reads: Watch,
    pub(crate) writes: Watch,
    ports: Arc<Ports>,
}

/// What changes.
pub(crate) struct State {
    pub role: Role,
    /// The port that it was given or has taken.
    pub bound: Option<Bound>,
    /// The address that it was bound to.
    pub address: IpAddr,
    pub peer: Option<SocketAddr>,
    pub has_shut_read: bool,
    pub has_shut_write: bool,
    /// An error that nobody has been told of.
    pub failed: Option<ErrorNumber>,
    /// Whether the connection has failed.
    pub is_over: bool,
    /// Whether `connect` did not wait, and nobody has called it since.
    pub is_untold: bool,
    /// A datagram that was taken from the stack to see that there is one.
    pub held: Option<Datagram>,
    pub settings: Settings,
}

/// What a socket is at the moment.
pub(crate) enum Role {
    /// Nothing yet, or not any more.
    Fresh,
    Listening(Arc<Listener>),
    Connecting(TcpConnection),
    Connected(TcpConnection),
    Datagrams(UdpPort),
    Closed,
}

impl<E: Environment> Socket<E> {
    /// A new one.
    pub fn new(env: E, family: Family, transport: Transport, ports: Arc<Ports>) -> Self {
        let state = State {
            role: Role::Fresh,
            bound: None,
            address: family.unspecified(),
            peer: None,
            has_shut_read: false,
            has_shut_write: false,
            failed: None,
            is_over: false,
            is_untold: false,
            held: None,
            settings: Settings::default(),
        };
        Self {
            env,
            family,
            transport,
            state: Mutex::new(state),
            reads: Watch::default(),
            writes: Watch::default(),
            ports,
        }
    }

    /// One that was accepted.
    fn accepted(&self, connection: TcpConnection, peer: SocketAddr, settings: Settings) -> Self {
        let socket = Self::new(self.env, self.family, self.transport, self.ports.clone());
        let mut state = socket.state.lock();
        state.role = Role::Connected(connection);
        state.peer = Some(peer);
        state.settings = settings;
        drop(state);
        socket
    }

    /// Polls until it is ready, or once if it is not to wait; at the longest for `patience`.
    pub(crate) fn until<R: Send>(
        &self,
        waits: bool,
        patience: Option<Duration>,
        mut poll: impl FnMut(&mut State, &mut Context<'_>) -> Poll<Result<R>> + Send,
    ) -> Result<R> {
        let (waiting, timers) = (self.env.waits(), self.env.timers());
        if !waits {
            return attempt(waiting, |context| poll(&mut self.state.lock(), context)).unwrap_or(Err(EAGAIN));
        }
        let end = patience.map(|patience| timers.time().saturating_add(patience));
        waiting.wait(|context| {
            let polled = poll(&mut self.state.lock(), context);
            match end {
                Some(end) if polled.is_pending() => timers.poll_at(end, context).map(|()| Err(EAGAIN)),
                _ => polled,
            }
        })
    }

    /// For which versions of IP it takes a port.
    fn versions(&self, state: &State) -> Versions {
        match self.family {
            Family::V4 => Versions::V4,
            Family::V6 if state.settings.integer(IPPROTO_IPV6, IPV6_V6ONLY) != 0 => Versions::V6,
            Family::V6 => Versions::BOTH,
        }
    }

    /// Takes a port, any for 0.
    pub(crate) fn take_port(&self, state: &mut State, number: u16) -> Result<u16> {
        let bound = self.ports.bind(self.transport, number, self.versions(state))?;
        let number = bound.number;
        state.bound = Some(bound);
        Ok(number)
    }

    /// Gives it an address and a port.
    ///
    /// # Errors
    /// `EADDRINUSE`; `EINVAL` if it has them already.
    pub fn bind(&self, to: SocketAddr) -> Result<()> {
        let waits = self.env.waits();
        waits.enter(|| {
            let mut state = self.state.lock();
            if state.bound.is_some() || !matches!(state.role, Role::Fresh) {
                return Err(EINVAL);
            }
            self.take_port(&mut state, to.port())?;
            state.address = to.ip();
            match self.transport {
                Transport::Stream => Ok(()),
                Transport::Datagram => {
                    self.open_port(&mut state, to.port() == 0).inspect_err(|_| state.bound = None)
                }
            }
        })
    }

    /// Has the port receive datagrams; another one if that is taken by somebody else and anyone will do.
    pub(crate) fn open_port(&self, state: &mut State, any: bool) -> Result<()> {
        for _ in 0..=u16::MAX {
            let number = match &state.bound {
                Some(bound) => bound.number,
                None => self.take_port(state, 0)?,
            };
            match self.env.datagrams().bind(number).map_err(of_network) {
                Ok(port) => {
                    state.role = Role::Datagrams(port);
                    return Ok(());
                }
                Err(EADDRINUSE) if any => state.bound = None,
                Err(number) => return Err(number),
            }
        }
        Err(EADDRINUSE)
    }

    /// Has it listen; what listens already goes on.
    ///
    /// # Errors
    /// Those of the stack; `EINVAL` if it is connected.
    pub fn listen(&self, backlog: usize) -> Result<()> {
        let waits = self.env.waits();
        waits.enter(|| {
            let mut state = self.state.lock();
            match state.role {
                Role::Listening(_) => return Ok(()),
                Role::Fresh => {}
                _ => return Err(EINVAL),
            }
            if state.bound.is_none() {
                self.take_port(&mut state, 0)?;
            }
            let bound = state.bound.as_ref().ok_or(EINVAL)?;
            state.role = Role::Listening(self.ports.listen(self.env, bound, backlog)?);
            Ok(())
        })
    }

    /// The next connection that a peer has opened, and the peer.
    ///
    /// # Errors
    /// Those of `accept`.
    pub fn accept(&self, waits: bool) -> Result<(Self, SocketAddr)> {
        let patience = self.state.lock().settings.receive;
        self.until(waits, patience, |state, context| {
            let (Role::Listening(listener), Some(bound)) = (&state.role, &state.bound) else {
                return Poll::Ready(Err(EINVAL));
            };
            loop {
                let Poll::Ready(opened) = listener.poll_accept(self.env, bound.versions, true, context)
                else {
                    return Poll::Pending;
                };
                let (connection, peer) = opened?;
                let is_meant = state.address.is_unspecified()
                    || self.env.streams().local(connection).is_ok_and(|local| local.ip() == state.address);
                if !is_meant {
                    refuse(self.env, connection);
                    continue;
                }
                return Poll::Ready(Ok((self.accepted(connection, peer, state.settings.clone()), peer)));
            }
        })
    }

    /// Its own address.
    pub fn local(&self) -> SocketAddr {
        let waits = self.env.waits();
        waits.enter(|| {
            let state = self.state.lock();
            let port = state.bound.as_ref().map_or(0, |bound| bound.number);
            let bound = SocketAddr::new(state.address, port);
            match state.role {
                Role::Connecting(connection) | Role::Connected(connection) => {
                    self.env.streams().local(connection).unwrap_or(bound)
                }
                _ => bound,
            }
        })
    }

    /// The address of its peer.
    ///
    /// # Errors
    /// `ENOTCONN`.
    pub fn peer(&self) -> Result<SocketAddr> {
        let waits = self.env.waits();
        waits.enter(|| {
            let mut state = self.state.lock();
            let _ = self.settle(&mut state, &mut Context::from_waker(Waker::noop()));
            match state.role {
                Role::Connecting(_) => Err(ENOTCONN),
                _ => state.peer.ok_or(ENOTCONN),
            }
        })
    }

    /// The error that nobody has been told of; 0 without one.
    pub fn take_error(&self) -> c_int {
        let waits = self.env.waits();
        waits.enter(|| {
            let mut state = self.state.lock();
            let mut context = Context::from_waker(Waker::noop());
            let _ = self.settle(&mut state, &mut context);
            if let (Role::Connected(connection), false) = (&state.role, state.is_over) {
                let (streams, connection) = (self.env.streams(), *connection);
                let looked =
                    self.reads.poll(&context, |context| streams.poll_read(connection, context, |_| (0, ())));
                if let Poll::Ready(Err(error)) = looked {
                    state.is_over = true;
                    return of_network(error);
                }
            }
            state.failed.take().unwrap_or(0)
        })
    }

    /// Ends the directions.
    ///
    /// # Errors
    /// `ENOTCONN`.
    pub fn shut_down(&self, read: bool, write: bool) -> Result<()> {
        let waits = self.env.waits();
        let ended = waits.enter(|| {
            let mut state = self.state.lock();
            match state.role {
                Role::Connected(connection) => {
                    if write && !state.has_shut_write {
                        self.env.streams().close(connection);
                    }
                }
                Role::Datagrams(_) if state.peer.is_some() => {}
                _ => return Err(ENOTCONN),
            }
            state.has_shut_read |= read;
            state.has_shut_write |= write;
            Ok(())
        });
        self.wake();
        if write {
            waits.turn();
        }
        ended
    }

    /// Ends what a connection sends, after what was written.
    pub fn end(&self) {
        let waits = self.env.waits();
        waits.enter(|| {
            if let Role::Connected(connection) = self.state.lock().role {
                self.env.streams().close(connection);
            }
        });
    }

    /// Ready once the peer has all that a connection was to send.
    pub fn poll_ended(&self, context: &mut Context<'_>) -> Poll<()> {
        let Role::Connected(connection) = self.state.lock().role else { return Poll::Ready(()) };
        self.env.streams().poll_flush(connection, context).map(drop)
    }

    /// Wakes those who wait for it.
    fn wake(&self) {
        self.reads.wake_all();
        self.writes.wake_all();
    }
}

impl<E: Environment> OpenObject for Socket<E> {
    fn kind(&self) -> ObjectKind {
        ObjectKind::Socket
    }

    fn keeps_boundaries(&self) -> bool {
        self.transport == Transport::Datagram
    }

    fn read(&self, into: &mut [u8], waits: bool) -> Result<usize> {
        match self.transport {
            Transport::Stream => self.receive_stream(into, waits, false, false),
            Transport::Datagram if into.is_empty() => Ok(0),
            Transport::Datagram => self.receive_datagram(waits, false, |bytes, _| {
                let count = bytes.len().min(into.len());
                into[..count].copy_from_slice(&bytes[..count]);
                count
            }),
        }
    }

    fn write(&self, from: &[u8], waits: bool) -> Result<usize> {
        match self.transport {
            Transport::Stream => self.send_stream(from, waits),
            Transport::Datagram => self.send_datagram(from, None, waits),
        }
    }

    fn poll_ready(&self, interest: Interest, context: &mut Context<'_>) -> Readiness {
        let mut state = self.state.lock();
        match self.transport {
            Transport::Stream => self.stream_ready(&mut state, interest, context),
            Transport::Datagram => self.datagrams_ready(&mut state, interest, context),
        }
    }

    fn available(&self) -> Result<usize> {
        let waits = self.env.waits();
        waits.turn();
        waits.enter(|| {
            let mut state = self.state.lock();
            match self.transport {
                Transport::Stream => self.stream_available(&mut state),
                Transport::Datagram => Ok(self.datagram_available(&mut state)),
            }
        })
    }

    /// What was written is sent; with `SO_LINGER` this waits until the peer has it.
    fn close(&self) {
        let (waits, timers) = (self.env.waits(), self.env.timers());
        let linger = self.state.lock().settings.linger;
        let has_linger = linger.is_some_and(|time| !time.is_zero());
        if let (true, Some(time)) = (has_linger, linger) {
            let end = timers.time().saturating_add(time);
            waits.wait(|context| {
                let state = self.state.lock();
                let Role::Connected(connection) = state.role else { return Poll::Ready(()) };
                self.env.streams().close(connection);
                match self.env.streams().poll_flush(connection, context) {
                    Poll::Ready(_) => Poll::Ready(()),
                    Poll::Pending => timers.poll_at(end, context),
                }
            });
        }
        if self.transport == Transport::Datagram {
            // A port takes what was not sent yet along.
            waits.turn();
        }
        let has_sent = waits.enter(|| {
            let mut state = self.state.lock();
            let role = mem::replace(&mut state.role, Role::Closed);
            let bound = state.bound.take();
            match role {
                Role::Connecting(connection) => self.env.streams().release(connection),
                Role::Connected(connection) => {
                    if linger.is_some() && !has_linger {
                        self.env.streams().abort(connection);
                    }
                    self.env.streams().release(connection);
                }
                Role::Listening(listener) => {
                    if let Some(bound) = &bound {
                        listener.leave(self.env, bound.versions);
                    }
                    return false;
                }
                Role::Datagrams(port) => {
                    self.env.datagrams().release(port);
                    return false;
                }
                Role::Fresh | Role::Closed => return false,
            }
            true
        });
        if has_sent {
            waits.turn();
        }
        self.wake();
    }
}
