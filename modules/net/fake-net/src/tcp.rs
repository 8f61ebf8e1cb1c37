//! TCP without a network: what one side writes the other finds, in pieces of the sizes that a test asks for.

use oscomp_interfaces::{NetError, TcpConnection, TcpPort, TcpStack};
use std::collections::{HashMap, VecDeque};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

/// A stack, and the network that it is on. It lives as long as the test's process.
#[derive(Clone, Copy)]
pub struct Net(&'static Mutex<State>);

/// The other end of a connection: it does not wait, and takes what is there when it is asked.
#[derive(Clone, Copy)]
pub struct Client {
    net: Net,
    connection: u32,
}

struct State {
    ports: HashMap<u16, Port>,
    connections: Vec<Connection>,
    read: usize,
    write: usize,
    window: usize,
}

#[derive(Default)]
struct Port {
    waiting: VecDeque<u32>,
    waker: Option<Waker>,
    backlog: usize,
}

#[derive(Default)]
struct Connection {
    /// To the server.
    up: Vec<u8>,
    up_ended: bool,
    reader: Option<Waker>,
    /// To the client.
    down: Vec<u8>,
    down_ended: bool,
    writer: Option<Waker>,
    reset: bool,
    released: bool,
}

impl Net {
    /// A stack that hands out at most `read` bytes at once and takes at most `write`, and whose clients let
    /// `window` bytes wait for them.
    #[must_use]
    pub fn new(read: usize, write: usize, window: usize) -> Self {
        let state = State { ports: HashMap::new(), connections: Vec::new(), read, write, window };
        Self(Box::leak(Box::new(Mutex::new(state))))
    }

    /// A client of that port; none if nobody listens there or too many wait.
    ///
    /// # Panics
    /// Not unless another test thread did.
    #[must_use]
    pub fn client(self, port: u16) -> Option<Client> {
        let mut state = self.0.lock().unwrap();
        let connection = state.connections.len() as u32;
        let port = state.ports.get_mut(&port)?;
        if port.waiting.len() >= port.backlog {
            return None;
        }
        port.waiting.push_back(connection);
        let waker = port.waker.take();
        state.connections.push(Connection::default());
        drop(state);
        wake(waker);
        Some(Client { net: self, connection })
    }

    /// How many connections the server has neither been refused nor given back.
    ///
    /// # Panics
    /// Not unless another test thread did.
    #[must_use]
    pub fn open(self) -> usize {
        let state = self.0.lock().unwrap();
        let waiting: usize = state.ports.values().map(|port| port.waiting.len()).sum();
        state.connections.iter().filter(|connection| !connection.released).count() - waiting
    }

    fn with<R>(self, connection: u32, change: impl FnOnce(&mut Connection) -> R) -> R {
        let mut state = self.0.lock().unwrap();
        let connection = &mut state.connections[connection as usize];
        let result = change(connection);
        let wakers = [connection.reader.take(), connection.writer.take()];
        drop(state);
        wakers.into_iter().for_each(wake);
        result
    }
}

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}

impl Client {
    /// Sends bytes, all of them at once.
    pub fn send(self, bytes: impl AsRef<[u8]>) {
        self.net.with(self.connection, |connection| connection.up.extend_from_slice(bytes.as_ref()));
    }

    /// Ends what the client sends.
    pub fn shut(self) {
        self.net.with(self.connection, |connection| connection.up_ended = true);
    }

    /// Resets the connection.
    pub fn reset(self) {
        self.net.with(self.connection, |connection| connection.reset = true);
    }

    /// Takes what has arrived.
    #[must_use]
    pub fn receive(self) -> Vec<u8> {
        self.net.with(self.connection, |connection| std::mem::take(&mut connection.down))
    }

    /// Whether the server has ended what it sends.
    #[must_use]
    pub fn has_ended(self) -> bool {
        self.net.with(self.connection, |connection| connection.down_ended)
    }

    /// Whether the connection was reset, by either side.
    #[must_use]
    pub fn is_reset(self) -> bool {
        self.net.with(self.connection, |connection| connection.reset)
    }

    /// Whether the server has given the connection back.
    #[must_use]
    pub fn is_released(self) -> bool {
        self.net.with(self.connection, |connection| connection.released)
    }
}

impl TcpStack for Net {
    fn listen(self, port: u16, backlog: usize) -> Result<TcpPort, NetError> {
        let mut state = self.0.lock().unwrap();
        if state.ports.contains_key(&port) {
            return Err(NetError::AddressInUse);
        }
        state.ports.insert(port, Port { backlog, ..Port::default() });
        Ok(TcpPort(u32::from(port)))
    }

    fn unlisten(self, port: TcpPort) {
        let mut state = self.0.lock().unwrap();
        let Some(port) = state.ports.remove(&(port.0 as u16)) else { return };
        for connection in port.waiting {
            state.connections[connection as usize].reset = true;
        }
    }

    fn poll_accept(
        self,
        port: TcpPort,
        context: &mut Context<'_>,
    ) -> Poll<Result<(TcpConnection, SocketAddr), NetError>> {
        let mut state = self.0.lock().unwrap();
        let Some(port) = u16::try_from(port.0).ok().and_then(|port| state.ports.get_mut(&port)) else {
            return Poll::Ready(Err(NetError::NotOpen));
        };
        match port.waiting.pop_front() {
            Some(connection) => {
                let peer = SocketAddr::from((Ipv4Addr::LOCALHOST, 40_000 + connection as u16));
                Poll::Ready(Ok((TcpConnection(connection), peer)))
            }
            None => {
                port.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }

    /// There is nobody else on this network.
    fn connect(self, _to: SocketAddr) -> Result<TcpConnection, NetError> {
        Err(NetError::Unreachable)
    }

    fn local(self, _: TcpConnection) -> Result<SocketAddr, NetError> {
        Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, 80)))
    }

    fn poll_read<R>(
        self,
        connection: TcpConnection,
        context: &mut Context<'_>,
        take: impl FnOnce(&mut [u8]) -> (usize, R),
    ) -> Poll<Result<R, NetError>> {
        let mut state = self.0.lock().unwrap();
        let most = state.read;
        let connection = &mut state.connections[connection.0 as usize];
        assert!(!connection.released, "a connection that was given back is read");
        if connection.reset {
            return Poll::Ready(Err(NetError::Reset));
        }
        if connection.up.is_empty() && !connection.up_ended {
            connection.reader = Some(context.waker().clone());
            return Poll::Pending;
        }
        let count = connection.up.len().min(most);
        let (taken, result) = take(&mut connection.up[..count]);
        assert!(taken <= count, "more was taken than there is");
        connection.up.drain(..taken);
        Poll::Ready(Ok(result))
    }

    fn poll_write<R>(
        self,
        connection: TcpConnection,
        context: &mut Context<'_>,
        fill: impl FnOnce(&mut [u8]) -> (usize, R),
    ) -> Poll<Result<R, NetError>> {
        let mut state = self.0.lock().unwrap();
        let (most, window) = (state.write, state.window);
        let connection = &mut state.connections[connection.0 as usize];
        assert!(!connection.released, "a connection that was given back is written");
        if connection.reset {
            return Poll::Ready(Err(NetError::Reset));
        }
        if connection.down_ended {
            return Poll::Ready(Err(NetError::NotOpen));
        }
        let room = window.saturating_sub(connection.down.len()).min(most);
        if room == 0 {
            connection.writer = Some(context.waker().clone());
            return Poll::Pending;
        }
        // What is in the room is anything.
        let mut room = vec![b'?'; room];
        let (count, result) = fill(&mut room);
        connection.down.extend_from_slice(&room[..count]);
        Poll::Ready(Ok(result))
    }

    fn poll_flush(self, connection: TcpConnection, context: &mut Context<'_>) -> Poll<Result<(), NetError>> {
        let mut state = self.0.lock().unwrap();
        let connection = &mut state.connections[connection.0 as usize];
        if connection.reset {
            return Poll::Ready(Err(NetError::Reset));
        }
        if connection.down.is_empty() {
            return Poll::Ready(Ok(()));
        }
        connection.writer = Some(context.waker().clone());
        Poll::Pending
    }

    fn close(self, connection: TcpConnection) {
        self.0.lock().unwrap().connections[connection.0 as usize].down_ended = true;
    }

    fn abort(self, connection: TcpConnection) {
        self.0.lock().unwrap().connections[connection.0 as usize].reset = true;
    }

    fn release(self, connection: TcpConnection) {
        let mut state = self.0.lock().unwrap();
        let connection = &mut state.connections[connection.0 as usize];
        assert!(!connection.released, "a connection is given back twice");
        connection.released = true;
        connection.down_ended = true;
    }
}
