//! Serving TCP.
//!
//! A protocol is a [`Session`]: bytes in, bytes out, no waiting. What waits is here, once for all servers:
//! accepting connections up to a limit, reading and writing straight in the stack's buffers, ending
//! connections whose peer is too slow, and ending them so that the peer sees all that was sent.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod connection;
mod gate;
mod output;
mod patience;

use alloc::sync::Arc;
use connection::Connection;
use core::future::poll_fn;
use core::net::SocketAddr;
use core::time::Duration;
use gate::Gate;
use oscomp_interfaces::{Executor, NetError, TcpListener, TcpStack, Timers, sleep, yield_now};
pub use output::Output;
use patience::Patience;

/// One end of a protocol over one connection.
pub trait Session: Send + 'static {
    /// Takes of what has arrived, from the front on; how much of it. It takes all of it, or has output
    /// then, or has ended.
    fn receive(&mut self, bytes: &[u8]) -> usize;

    /// Whether there is something to send. Nothing is received meanwhile.
    fn has_output(&self) -> bool;

    /// Writes what is to be sent into `room`, as much as there is or fits; how much.
    fn send(&mut self, room: &mut [u8]) -> usize;

    /// Whether the connection ends once the output is sent.
    fn has_ended(&self) -> bool;
}

/// What a server gives to its clients at the most.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at one time. More wait in the stack's backlog.
    pub connections: usize,
    /// How long a connection may be without an answer being made or taken: for so long at least, and for
    /// one and a half times as long at the most.
    pub patience: Option<Duration>,
}

/// Connections that wait while others are accepted.
const BACKLOG: usize = 128;

/// How long it takes until something is tried again that failed because others have it all.
const RETRY: Duration = Duration::from_millis(10);

/// Serves a port, with a session for each connection, for as long as the stack lets it.
///
/// # Errors
/// Those of [`TcpStack::listen`]; what ended it otherwise.
pub async fn serve<S: Session>(
    stack: impl TcpStack + 'static,
    runner: impl Executor,
    timers: impl Timers + 'static,
    port: u16,
    limits: Limits,
    mut session: impl FnMut(SocketAddr) -> S,
) -> Result<(), NetError> {
    let listener = TcpListener::new(stack, port, BACKLOG)?;
    let gate = Arc::new(Gate::new(limits.connections));
    loop {
        poll_fn(|context| gate.poll_free(context)).await;
        match listener.accept().await {
            Ok((stream, peer)) => {
                let patience = Patience::new(timers, limits.patience);
                let mut connection = Connection::new(stream, session(peer), patience, Gate::enter(&gate));
                let task = poll_fn(move |context| connection.poll(context));
                if runner.spawn(task).is_err() {
                    sleep(timers, RETRY).await;
                }
                // The others have their turn also while many connect.
                yield_now().await;
            }
            Err(error @ NetError::NotOpen) => return Err(error),
            Err(_) => sleep(timers, RETRY).await,
        }
    }
}
