//! TCP and UDP by the sockets of the host: a system in a process answers where the host does.
#![no_std]

extern crate alloc;

mod socket;
mod stream;
mod table;

use alloc::vec;
use alloc::vec::Vec;
use core::future::poll_fn;
use core::marker::PhantomData;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use core::task::{Context, Poll};
use oscomp_abi::{Config, StartError};
use oscomp_interfaces::{
    Direction, Executor, Heap, HostEvents, NetError, TcpConnection, TcpPort, TcpStack, UdpAnswers, UdpPort,
    UdpStack,
};
use oscomp_macros::{Options, module};
use socket::{Socket, Tried};
use spin::Mutex;
use stream::Stream;
use table::Table;

/// The longest datagram, in bytes.
const DATAGRAM: usize = 65_535;
/// Datagrams that are answered before other tasks have their turn.
const TURN: usize = 64;

/// The host's TCP and UDP.
#[module(provides(TcpStack, UdpStack, UdpAnswers), ambient(Heap), environment = "hosted")]
pub struct HostSockets<
    /// What says that a socket is ready.
    Events: HostEvents,
    /// What sees a connection to its end that was given back before all was sent.
    Runner: Executor,
    Settings: Config<Options>,
> {
    events: Events,
    runner: Runner,
    ports: Mutex<Table<Socket>>,
    streams: Mutex<Table<Stream>>,
    datagrams: Mutex<Table<Socket>>,
    buffer: Mutex<Vec<u8>>,
    settings: PhantomData<Settings>,
}

/// Who can reach the system.
#[derive(Options)]
pub struct Options {
    /// Whether ports are open on all of the host's addresses, and not on its loopback address alone.
    #[option(default = false)]
    pub public: bool,
}

impl<Events: HostEvents + 'static, Runner: Executor, Settings: Config<Options>>
    HostSockets<Events, Runner, Settings>
{
    /// Begins without a socket.
    ///
    /// # Errors
    /// None.
    pub fn start(events: Events, runner: Runner) -> Result<Self, StartError> {
        Ok(Self {
            events,
            runner,
            ports: Mutex::new(Table::new()),
            streams: Mutex::new(Table::new()),
            datagrams: Mutex::new(Table::new()),
            buffer: Mutex::new(vec![0; DATAGRAM]),
            settings: PhantomData,
        })
    }

    /// Where a port is opened.
    fn at(port: u16) -> SocketAddr {
        let loopback = Ipv4Addr::LOCALHOST.to_ipv6_mapped();
        let host = if Settings::OPTIONS.public { Ipv6Addr::UNSPECIFIED } else { loopback };
        SocketAddr::new(IpAddr::V6(host), port)
    }

    fn watched(&self, socket: Socket) -> Result<Socket, NetError> {
        if self.events.watch(socket.descriptor()) { Ok(socket) } else { Err(NetError::NoSockets) }
    }

    fn on_stream<R>(
        &self,
        connection: TcpConnection,
        use_it: impl FnOnce(&mut Stream) -> Poll<Result<R, NetError>>,
    ) -> Poll<Result<R, NetError>> {
        match self.streams.lock().get(connection.0) {
            Some(stream) => use_it(stream),
            None => Poll::Ready(Err(NetError::NotOpen)),
        }
    }
}

impl<Events: HostEvents + 'static, Runner: Executor, Settings: Config<Options>> TcpStack
    for &HostSockets<Events, Runner, Settings>
{
    fn listen(self, port: u16, backlog: usize) -> Result<TcpPort, NetError> {
        let socket =
            self.watched(Socket::listen(HostSockets::<Events, Runner, Settings>::at(port), backlog)?)?;
        Ok(TcpPort(self.ports.lock().add(socket)))
    }

    fn unlisten(self, port: TcpPort) {
        if let Some(socket) = self.ports.lock().remove(port.0) {
            self.events.forget(socket.descriptor());
        }
    }

    fn poll_accept(
        self,
        port: TcpPort,
        context: &mut Context<'_>,
    ) -> Poll<Result<(TcpConnection, SocketAddr), NetError>> {
        let mut ports = self.ports.lock();
        let Some(listener) = ports.get(port.0) else { return Poll::Ready(Err(NetError::NotOpen)) };
        match listener.accept()? {
            Tried::Waits => {
                self.events.wake(listener.descriptor(), Direction::Read, context);
                Poll::Pending
            }
            Tried::Done((socket, peer)) => {
                let stream = Stream::new(self.watched(socket)?, false);
                Poll::Ready(Ok((TcpConnection(self.streams.lock().add(stream)), peer)))
            }
        }
    }

    fn connect(self, to: SocketAddr) -> Result<TcpConnection, NetError> {
        let socket = self.watched(Socket::connect(to)?)?;
        Ok(TcpConnection(self.streams.lock().add(Stream::new(socket, true))))
    }

    fn local(self, connection: TcpConnection) -> Result<SocketAddr, NetError> {
        self.streams.lock().get(connection.0).ok_or(NetError::NotOpen)?.socket().local()
    }

    fn poll_read<R>(
        self,
        connection: TcpConnection,
        context: &mut Context<'_>,
        take: impl FnOnce(&mut [u8]) -> (usize, R),
    ) -> Poll<Result<R, NetError>> {
        self.on_stream(connection, |stream| stream.poll_read(self.events, context, take))
    }

    fn poll_write<R>(
        self,
        connection: TcpConnection,
        context: &mut Context<'_>,
        fill: impl FnOnce(&mut [u8]) -> (usize, R),
    ) -> Poll<Result<R, NetError>> {
        self.on_stream(connection, |stream| stream.poll_write(self.events, context, fill))
    }

    fn poll_flush(self, connection: TcpConnection, context: &mut Context<'_>) -> Poll<Result<(), NetError>> {
        self.on_stream(connection, |stream| stream.poll_flush(self.events, context))
    }

    fn close(self, connection: TcpConnection) {
        if let Some(stream) = self.streams.lock().get(connection.0) {
            stream.close();
        }
    }

    fn abort(self, connection: TcpConnection) {
        if let Some(stream) = self.streams.lock().get(connection.0) {
            stream.socket().linger_not();
        }
    }

    fn release(self, connection: TcpConnection) {
        let Some(mut stream) = self.streams.lock().remove(connection.0) else { return };
        let events = self.events;
        let forget = move |stream: &Stream| events.forget(stream.socket().descriptor());
        if stream.is_drained() {
            forget(&stream);
            return;
        }
        // Without room for the task the rest is lost, as it is when the peer goes away.
        let _ = self.runner.spawn(async move {
            poll_fn(|context| stream.poll_drained(events, context)).await;
            forget(&stream);
        });
    }
}

impl<Events: HostEvents + 'static, Runner: Executor, Settings: Config<Options>> UdpStack
    for &HostSockets<Events, Runner, Settings>
{
    fn bind(self, port: u16) -> Result<UdpPort, NetError> {
        let socket = self.watched(Socket::datagrams(HostSockets::<Events, Runner, Settings>::at(port))?)?;
        Ok(UdpPort(self.datagrams.lock().add(socket)))
    }

    fn poll_receive<R>(
        self,
        port: UdpPort,
        context: &mut Context<'_>,
        take: impl FnOnce(&[u8], SocketAddr) -> R,
    ) -> Poll<Result<R, NetError>> {
        let (mut sockets, mut buffer) = (self.datagrams.lock(), self.buffer.lock());
        let Some(socket) = sockets.get(port.0) else { return Poll::Ready(Err(NetError::NotOpen)) };
        match socket.receive_from(&mut buffer)? {
            Tried::Done((count, from)) => Poll::Ready(Ok(take(&buffer[..count], from))),
            Tried::Waits => {
                self.events.wake(socket.descriptor(), Direction::Read, context);
                Poll::Pending
            }
        }
    }

    fn poll_send<R>(
        self,
        port: UdpPort,
        to: SocketAddr,
        length: usize,
        context: &mut Context<'_>,
        fill: impl FnOnce(&mut [u8]) -> R,
    ) -> Poll<Result<R, NetError>> {
        let (mut sockets, mut buffer) = (self.datagrams.lock(), self.buffer.lock());
        let Some(socket) = sockets.get(port.0) else { return Poll::Ready(Err(NetError::NotOpen)) };
        let Some(room) = buffer.get_mut(..length) else { return Poll::Ready(Err(NetError::TooLong)) };
        let result = fill(room);
        match socket.send_to(room, to)? {
            Tried::Done(_) => Poll::Ready(Ok(result)),
            // A datagram may be lost; `fill` cannot be asked twice.
            Tried::Waits => {
                self.events.wake(socket.descriptor(), Direction::Write, context);
                Poll::Ready(Ok(result))
            }
        }
    }

    fn release(self, port: UdpPort) {
        if let Some(socket) = self.datagrams.lock().remove(port.0) {
            self.events.forget(socket.descriptor());
        }
    }
}

impl<Events: HostEvents + 'static, Runner: Executor, Settings: Config<Options>> UdpAnswers
    for &HostSockets<Events, Runner, Settings>
{
    fn poll_answer(
        self,
        port: UdpPort,
        context: &mut Context<'_>,
        mut answer: impl FnMut(&mut [u8], usize, SocketAddr) -> Option<usize>,
    ) -> Poll<NetError> {
        let (mut sockets, mut buffer) = (self.datagrams.lock(), self.buffer.lock());
        let Some(socket) = sockets.get(port.0) else { return Poll::Ready(NetError::NotOpen) };
        for _ in 0..TURN {
            match socket.receive_from(&mut buffer) {
                Ok(Tried::Done((length, from))) => {
                    if let Some(length) = answer(&mut buffer, length, from) {
                        // What cannot be sent is lost, as any datagram may be.
                        let _ = socket.send_to(&buffer[..length], from);
                    }
                }
                Ok(Tried::Waits) => {
                    self.events.wake(socket.descriptor(), Direction::Read, context);
                    return Poll::Pending;
                }
                // The host says what became of an earlier answer.
                Err(_) => {}
            }
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}
