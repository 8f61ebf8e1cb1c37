//! What sockets are made of: the instances that the module requires, as one type.

use oscomp_interfaces::{TcpStack, Timers, UdpStack};
use oscomp_objects::Waits;

/// The instances behind sockets.
pub trait Environment: Copy + Send + Sync + 'static {
    /// Connections.
    fn streams(self) -> impl TcpStack + 'static;
    /// Datagrams.
    fn datagrams(self) -> impl UdpStack + 'static;
    /// What waits.
    fn waits(self) -> impl Waits + 'static;
    /// What ends a wait.
    fn timers(self) -> impl Timers + 'static;
}

/// The tags of the instances.
#[derive(Clone, Copy)]
pub struct Tags<Streams, Datagrams, Waiting, Time> {
    /// Connections.
    pub streams: Streams,
    /// Datagrams.
    pub datagrams: Datagrams,
    /// What waits.
    pub waiting: Waiting,
    /// What ends a wait.
    pub time: Time,
}

impl<Streams, Datagrams, Waiting, Time> Environment for Tags<Streams, Datagrams, Waiting, Time>
where
    Streams: TcpStack + 'static,
    Datagrams: UdpStack + 'static,
    Waiting: Waits + 'static,
    Time: Timers + 'static,
{
    fn streams(self) -> impl TcpStack + 'static {
        self.streams
    }

    fn datagrams(self) -> impl UdpStack + 'static {
        self.datagrams
    }

    fn waits(self) -> impl Waits + 'static {
        self.waiting
    }

    fn timers(self) -> impl Timers + 'static {
        self.time
    }
}
