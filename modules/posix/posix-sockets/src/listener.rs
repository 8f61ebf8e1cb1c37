//! A port that listens, for one socket or for one of each version of IP.

use crate::Result;
use crate::environment::Environment;
use crate::ports::Versions;
use alloc::collections::VecDeque;
use core::net::SocketAddr;
use core::task::{Context, Poll};
use oscomp_c_abi::numbers::of_network;
use oscomp_interfaces::{TcpConnection, TcpPort, TcpStack};
use oscomp_objects::Watch;
use spin::Mutex;

/// A connection that was opened, and its peer.
type Opened = (TcpConnection, SocketAddr);

/// A port that listens while somebody accepts connections.
pub struct Listener {
    port: TcpPort,
    number: u16,
    state: Mutex<State>,
    watch: Watch,
}

struct State {
    /// Which versions of IP somebody accepts.
    members: Versions,
    /// Connections that have been taken from the stack to see that there are some.
    opened: VecDeque<Opened>,
}

impl Listener {
    /// Has a port listen.
    ///
    /// # Errors
    /// Those of the stack.
    pub fn new(env: impl Environment, number: u16, backlog: usize) -> Result<Self> {
        let port = env.streams().listen(number, backlog).map_err(of_network)?;
        let state = State { members: Versions(0), opened: VecDeque::new() };
        Ok(Self { port, number, state: Mutex::new(state), watch: Watch::default() })
    }

    /// The port.
    pub fn number(&self) -> u16 {
        self.number
    }

    /// Whether anybody accepts connections.
    pub fn is_open(&self) -> bool {
        self.state.lock().members.0 != 0
    }

    /// Somebody accepts connections by these versions.
    pub fn join(&self, versions: Versions) {
        self.state.lock().members.0 |= versions.0;
    }

    /// Nobody does any more; those that are there are reset.
    pub fn leave(&self, env: impl Environment, versions: Versions) {
        let mut state = self.state.lock();
        state.members.0 &= !versions.0;
        state.opened.retain(|&(connection, peer)| {
            let stays = !version(peer).meets(versions);
            if !stays {
                refuse(env, connection);
            }
            stays
        });
        if state.members.0 == 0 {
            env.streams().unlisten(self.port);
        }
        drop(state);
        self.watch.wake_all();
    }

    /// Finds the first connection by one of the versions, and takes it out if it is to be `taken`.
    pub fn poll_accept(
        &self,
        env: impl Environment,
        versions: Versions,
        taken: bool,
        context: &Context<'_>,
    ) -> Poll<Result<Opened>> {
        let mut state = self.state.lock();
        loop {
            if let Some(index) = state.opened.iter().position(|(_, peer)| version(*peer).meets(versions)) {
                let opened =
                    if taken { state.opened.remove(index) } else { state.opened.get(index).copied() };
                if let Some(opened) = opened {
                    return Poll::Ready(Ok(opened));
                }
            }
            let streams = env.streams();
            let Poll::Ready(opened) =
                self.watch.poll(context, |context| streams.poll_accept(self.port, context))
            else {
                return Poll::Pending;
            };
            let (connection, peer) = opened.map_err(of_network)?;
            if !state.members.meets(version(peer)) {
                refuse(env, connection);
                continue;
            }
            state.opened.push_back((connection, peer));
            if !version(peer).meets(versions) {
                self.watch.wake_all();
            }
        }
    }
}

/// The version of IP of an address.
fn version(address: SocketAddr) -> Versions {
    if address.is_ipv4() { Versions::V4 } else { Versions::V6 }
}

/// Resets a connection that nobody wants.
pub fn refuse(env: impl Environment, connection: TcpConnection) {
    env.streams().abort(connection);
    env.streams().release(connection);
}
