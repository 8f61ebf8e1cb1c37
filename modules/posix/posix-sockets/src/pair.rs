//! Pairs of sockets that are connected to each other (`socketpair`), of the family `AF_UNIX`.

use crate::Result;
use crate::environment::Environment;
use alloc::sync::Arc;
use core::task::{Context, Poll, Waker};
use oscomp_c_abi::numbers::EAGAIN;
use oscomp_c_channel::Channel;
use oscomp_objects::{Interest, ObjectKind, OpenObject, Readiness, Waits, attempt};

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
    fn until<R: Send>(
        &self,
        waits: bool,
        mut poll: impl FnMut(&mut Context<'_>) -> Poll<Result<R>> + Send,
    ) -> Result<R> {
        let waiting = self.env.waits();
        if waits { waiting.wait(poll) } else { attempt(waiting, &mut poll).unwrap_or(Err(EAGAIN)) }
    }

    /// Receives what is there.
    ///
    /// # Errors
    /// `EAGAIN`.
    pub fn receive(&self, into: &mut [u8], waits: bool, is_peek: bool) -> Result<usize> {
        self.until(waits, |context| self.incoming.poll_read(context, into, is_peek).map(Ok))
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
        let mut count = 0;
        let written = self.until(waits, |context| {
            while count < from.len() {
                match self.outgoing.poll_write(context, &from[count..]) {
                    Poll::Ready(more) => count += more?,
                    Poll::Pending if count > 0 && !waits => break,
                    Poll::Pending => return Poll::Pending,
                }
            }
            Poll::Ready(Ok(()))
        });
        written.map_or_else(|number| if count > 0 { Ok(count) } else { Err(number) }, |()| Ok(count))
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
