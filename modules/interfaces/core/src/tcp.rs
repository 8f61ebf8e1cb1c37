//! TCP (RFC 9293): the interface that stacks provide, and streams over it.

use crate::net::NetError;
use core::future::poll_fn;
use core::net::SocketAddr;
use core::task::{Context, Poll};
use oscomp_macros::interface;

/// A listening port of a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TcpPort(pub u32);

/// A connection of a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TcpConnection(pub u32);

/// Connections over a network.
///
/// What is polled and pending has the task of its context woken when it is worth asking again; each side
/// of a connection, and each port, remembers the task that asked last.
///
/// What is called with bytes does not call the stack: it may be locked.
#[interface]
pub trait TcpStack {
    /// Accepts connections to a port of all of the stack's addresses from now on; up to `backlog` of
    /// them wait until somebody asks for them, more are refused.
    ///
    /// # Errors
    /// `AddressInUse`, `NoSockets`.
    fn listen(self, port: u16, backlog: usize) -> Result<TcpPort, NetError>;

    /// Accepts no more connections to the port, and resets those that nobody has asked for.
    fn unlisten(self, port: TcpPort);

    /// The next connection that a peer has opened, and the peer.
    fn poll_accept(
        self,
        port: TcpPort,
        context: &mut Context<'_>,
    ) -> Poll<Result<(TcpConnection, SocketAddr), NetError>>;

    /// Begins to connect to a peer; [`poll_write`](Self::poll_write) is pending until it has.
    ///
    /// # Errors
    /// `Unreachable`, `NoSockets`.
    fn connect(self, to: SocketAddr) -> Result<TcpConnection, NetError>;

    /// Our own address and port of a connection.
    ///
    /// # Errors
    /// `NotOpen`.
    fn local(self, connection: TcpConnection) -> Result<SocketAddr, NetError>;

    /// Hands `take` what has been received, as much as lies in one piece, at least one byte; `take` says
    /// how many bytes it has taken, which frees their room. At the end of what the peer sends the slice is
    /// empty.
    fn poll_read<R>(
        self,
        connection: TcpConnection,
        context: &mut Context<'_>,
        take: impl FnOnce(&mut [u8]) -> (usize, R),
    ) -> Poll<Result<R, NetError>>;

    /// Hands `fill` room for what is to be sent, as much as lies in one piece, at least one byte; `fill`
    /// says how many bytes it has written, which are then sent. What `fill` finds there is anything.
    fn poll_write<R>(
        self,
        connection: TcpConnection,
        context: &mut Context<'_>,
        fill: impl FnOnce(&mut [u8]) -> (usize, R),
    ) -> Poll<Result<R, NetError>>;

    /// Ready once the peer has acknowledged all that was written, and our end of the stream if it was
    /// closed.
    fn poll_flush(self, connection: TcpConnection, context: &mut Context<'_>) -> Poll<Result<(), NetError>>;

    /// Ends our side of the stream, after what has been written. The peer may go on.
    fn close(self, connection: TcpConnection);

    /// Resets the connection, for the peer to see.
    fn abort(self, connection: TcpConnection);

    /// Gives the connection back. If it is open on our side it is closed; the stack sees it to its end,
    /// discarding what the peer still sends.
    fn release(self, connection: TcpConnection);
}

/// Streams of a listening port.
#[derive(Debug)]
pub struct TcpListener<T: TcpStack> {
    stack: T,
    port: TcpPort,
}

impl<T: TcpStack> TcpListener<T> {
    /// Listens on a port: see [`TcpStack::listen`].
    ///
    /// # Errors
    /// `AddressInUse`, `NoSockets`.
    pub fn new(stack: T, port: u16, backlog: usize) -> Result<Self, NetError> {
        Ok(Self { stack, port: stack.listen(port, backlog)? })
    }

    /// The next stream that a peer has opened, and the peer.
    ///
    /// # Errors
    /// Those of the stack.
    pub async fn accept(&self) -> Result<(TcpStream<T>, SocketAddr), NetError> {
        let (connection, peer) = poll_fn(|context| self.stack.poll_accept(self.port, context)).await?;
        Ok((TcpStream { stack: self.stack, connection }, peer))
    }
}

/// A connection, given back when it is dropped. It is one for `embedded-io-async` too.
#[derive(Debug)]
pub struct TcpStream<T: TcpStack> {
    stack: T,
    connection: TcpConnection,
}

impl<T: TcpStack> TcpStream<T> {
    /// Connects to a peer.
    ///
    /// # Errors
    /// Those of the stack.
    pub async fn connect(stack: T, to: SocketAddr) -> Result<Self, NetError> {
        let stream = Self { stack, connection: stack.connect(to)? };
        poll_fn(|context| stack.poll_write(stream.connection, context, |_| (0, ()))).await?;
        Ok(stream)
    }

    /// The connection behind it, for those who poll it themselves.
    #[must_use]
    pub fn connection(&self) -> TcpConnection {
        self.connection
    }

    /// The stack behind it.
    #[must_use]
    pub fn stack(&self) -> T {
        self.stack
    }

    /// Hands `take` what has been received: see [`TcpStack::poll_read`].
    ///
    /// # Errors
    /// Those of the stack.
    pub async fn read_with<R>(&self, take: impl FnOnce(&mut [u8]) -> (usize, R)) -> Result<R, NetError> {
        let mut take = Some(take);
        poll_fn(|context| {
            self.stack.poll_read(self.connection, context, |bytes| match take.take() {
                Some(take) => take(bytes),
                None => unreachable!("a future that is ready is not polled again"),
            })
        })
        .await
    }

    /// Hands `fill` room for what is to be sent: see [`TcpStack::poll_write`].
    ///
    /// # Errors
    /// Those of the stack.
    pub async fn write_with<R>(&self, fill: impl FnOnce(&mut [u8]) -> (usize, R)) -> Result<R, NetError> {
        let mut fill = Some(fill);
        poll_fn(|context| {
            self.stack.poll_write(self.connection, context, |bytes| match fill.take() {
                Some(fill) => fill(bytes),
                None => unreachable!("a future that is ready is not polled again"),
            })
        })
        .await
    }

    /// Reads what has been received, at most as much as there is room for; 0 at the end of the stream.
    ///
    /// # Errors
    /// Those of the stack.
    pub async fn read(&self, buffer: &mut [u8]) -> Result<usize, NetError> {
        if buffer.is_empty() {
            return Ok(0);
        }
        self.read_with(|bytes| {
            let count = bytes.len().min(buffer.len());
            buffer[..count].copy_from_slice(&bytes[..count]);
            (count, count)
        })
        .await
    }

    /// Writes all of `bytes`; they are sent, but need not have arrived.
    ///
    /// # Errors
    /// Those of the stack.
    pub async fn write_all(&self, mut bytes: &[u8]) -> Result<(), NetError> {
        while !bytes.is_empty() {
            bytes = self
                .write_with(|room| {
                    let count = room.len().min(bytes.len());
                    room[..count].copy_from_slice(&bytes[..count]);
                    (count, &bytes[count..])
                })
                .await?;
        }
        Ok(())
    }

    /// Waits until the peer has acknowledged all that was written.
    ///
    /// # Errors
    /// Those of the stack.
    pub async fn flush(&self) -> Result<(), NetError> {
        poll_fn(|context| self.stack.poll_flush(self.connection, context)).await
    }

    /// Ends our side of the stream.
    pub fn close(&self) {
        self.stack.close(self.connection);
    }

    /// Resets the connection.
    pub fn abort(&self) {
        self.stack.abort(self.connection);
    }
}

impl<T: TcpStack> Drop for TcpStream<T> {
    fn drop(&mut self) {
        self.stack.release(self.connection);
    }
}

impl<T: TcpStack> embedded_io_async::ErrorType for TcpStream<T> {
    type Error = NetError;
}

impl<T: TcpStack> embedded_io_async::Read for TcpStream<T> {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, NetError> {
        Self::read(self, buffer).await
    }
}

impl<T: TcpStack> embedded_io_async::Write for TcpStream<T> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, NetError> {
        if bytes.is_empty() {
            return Ok(0);
        }
        self.write_with(|room| {
            let count = room.len().min(bytes.len());
            room[..count].copy_from_slice(&bytes[..count]);
            (count, count)
        })
        .await
    }

    async fn flush(&mut self) -> Result<(), NetError> {
        Self::flush(self).await
    }
}
