//! One connection: its socket, what was received and not taken, what was written and not sent.

use crate::socket::{Socket, Tried};
use alloc::vec::Vec;
use core::task::{Context, Poll, ready};
use oscomp_interfaces::{Direction, HostEvents, NetError};

/// Bytes that are received and handed out at once, at the most.
const ROOM: usize = 16 * 1024;

pub struct Stream {
    socket: Socket,
    connecting: bool,
    received: Vec<u8>,
    /// How much of it was taken.
    taken: usize,
    ended: bool,
    unsent: Vec<u8>,
    /// To be shut down once all is sent.
    closing: bool,
}

impl Stream {
    pub fn new(socket: Socket, connecting: bool) -> Self {
        let (received, unsent) = (Vec::new(), Vec::new());
        Self { socket, connecting, received, taken: 0, ended: false, unsent, closing: false }
    }

    pub fn socket(&self) -> &Socket {
        &self.socket
    }

    pub fn poll_read<R>(
        &mut self,
        events: impl HostEvents,
        context: &mut Context<'_>,
        take: impl FnOnce(&mut [u8]) -> (usize, R),
    ) -> Poll<Result<R, NetError>> {
        if self.taken == self.received.len() && !self.ended {
            self.taken = 0;
            self.received.resize(ROOM, 0);
            let received = self.socket.receive(&mut self.received);
            self.received.truncate(match &received {
                Ok(Tried::Done(count)) => *count,
                _ => 0,
            });
            match received? {
                Tried::Done(0) => self.ended = true,
                Tried::Done(_) => {}
                Tried::Waits => {
                    events.wake(self.socket.descriptor(), Direction::Read, context);
                    return Poll::Pending;
                }
            }
        }
        let rest = &mut self.received[self.taken..];
        let (count, result) = take(rest);
        self.taken += count.min(rest.len());
        Poll::Ready(Ok(result))
    }

    pub fn poll_write<R>(
        &mut self,
        events: impl HostEvents,
        context: &mut Context<'_>,
        fill: impl FnOnce(&mut [u8]) -> (usize, R),
    ) -> Poll<Result<R, NetError>> {
        if self.closing {
            return Poll::Ready(Err(NetError::NotOpen));
        }
        ready!(self.poll_sent(events, context))?;
        self.unsent.resize(ROOM, 0);
        let (count, result) = fill(&mut self.unsent);
        self.unsent.truncate(count);
        // What does not go out now goes out when somebody writes or flushes, or in `drain`.
        let _ = self.poll_sent(events, context)?;
        Poll::Ready(Ok(result))
    }

    /// Ready once nothing is left here.
    fn poll_sent(
        &mut self,
        events: impl HostEvents,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), NetError>> {
        if self.connecting {
            if let Tried::Waits = self.socket.is_connected()? {
                events.wake(self.socket.descriptor(), Direction::Write, context);
                return Poll::Pending;
            }
            self.connecting = false;
        }
        while !self.unsent.is_empty() {
            match self.socket.send(&self.unsent)? {
                Tried::Done(count) => drop(self.unsent.drain(..count)),
                Tried::Waits => {
                    events.wake(self.socket.descriptor(), Direction::Write, context);
                    return Poll::Pending;
                }
            }
        }
        if self.closing {
            self.socket.shut_down();
        }
        Poll::Ready(Ok(()))
    }

    /// Ready once the host has sent all of it and the peer has acknowledged it.
    pub fn poll_flush(
        &mut self,
        events: impl HostEvents,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), NetError>> {
        ready!(self.poll_sent(events, context))?;
        if self.socket.unacknowledged() == 0 {
            return Poll::Ready(Ok(()));
        }
        // The host does not say when: asked again with the other tasks.
        context.waker().wake_by_ref();
        Poll::Pending
    }

    pub fn close(&mut self) {
        self.closing = true;
        if self.unsent.is_empty() {
            self.socket.shut_down();
        }
    }

    /// Ready once the stream can be dropped: all that was written is the host's.
    pub fn poll_drained(&mut self, events: impl HostEvents, context: &mut Context<'_>) -> Poll<()> {
        self.poll_sent(events, context).map(|_| ())
    }

    /// Whether the host has all that was written.
    pub fn is_drained(&self) -> bool {
        self.unsent.is_empty() || self.connecting
    }
}
