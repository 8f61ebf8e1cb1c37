//! Pairs of sockets that are connected to each other (`socketpair`), of the family `AF_UNIX`.

use crate::Result;
use crate::environment::Environment;
use alloc::sync::Arc;
use core::task::{Context, Waker};
use oscomp_c_channel::Channel;
use oscomp_objects::{Interest, ObjectKind, OpenObject, Readiness};

/// The family of pairs.
pub const AF_UNIX: u16 = 1;

/// One of a pair.
pub struct Pair<E> {
    env: E,
    incoming: Arc<Channel>,
    outgoing: Arc<Channel>,
}

/// Two sockets that are connected to each other.
pub fn pair<E: Environment>(env: E) -> [Arc<Pair<E>>; 2] {
    let channels = [Arc::new(Channel::default()), Arc::new(Channel::default())];
    [(0, 1), (1, 0)].map(|(incoming, outgoing)| {
        let (incoming, outgoing) = (channels[incoming].clone(), channels[outgoing].clone());
        Arc::new(Pair { env, incoming, outgoing })
    })
}

impl<E: Environment> Pair<E> {
    /// Receives what is there.
    ///
    /// # Errors
    /// `EAGAIN`.
    pub fn receive(&self, into: &mut [u8], waits: bool, is_peek: bool) -> Result<usize> {
        self.incoming.read(self.env.waits(), into, waits, is_peek)
    }

    /// Ends the directions.
    pub fn shut_down(&self, read: bool, write: bool) {
        if read {
            self.incoming.close_reader();
        }
        if write {
            self.outgoing.close_writer();
        }
    }
}

impl<E: Environment> OpenObject for Pair<E> {
    fn kind(&self) -> ObjectKind {
        ObjectKind::Socket
    }

    fn keeps_boundaries(&self) -> bool {
        false
    }

    fn read(&self, into: &mut [u8], waits: bool) -> Result<usize> {
        self.receive(into, waits, false)
    }

    fn write(&self, from: &[u8], waits: bool) -> Result<usize> {
        self.outgoing.write(self.env.waits(), from, waits)
    }

    fn poll_ready(&self, _interest: Interest, context: &mut Context<'_>) -> Readiness {
        let (count, ended) = self.incoming.readable(context);
        let (has_room, is_broken) = self.outgoing.writable(context);
        Readiness {
            read: count > 0 || ended,
            write: has_room || is_broken,
            ended,
            hung_up: ended && is_broken,
            failed: false,
        }
    }

    fn available(&self) -> Result<usize> {
        Ok(self.incoming.readable(&Context::from_waker(Waker::noop())).0)
    }

    fn close(&self) {
        self.shut_down(true, true);
    }
}
