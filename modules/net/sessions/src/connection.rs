//! One connection, from when it is accepted to its end.

use crate::Session;
use crate::gate::Place;
use crate::patience::Patience;
use core::task::{Context, Poll};
use oscomp_interfaces::{NetError, TcpStack, TcpStream, Timers};

/// Steps that a connection takes before the others have their turn.
const TURN: usize = 16;

/// Bytes that are discarded of a peer that still sends when our side has ended. Were none taken, the
/// connection would be reset, and the peer might not see the last answer (RFC 9112, section 9.6).
const LINGER: usize = 256 * 1024;

/// A session with the stream that it talks over.
pub struct Connection<T: TcpStack, S, C> {
    stream: TcpStream<T>,
    session: S,
    patience: Patience<C>,
    phase: Phase,
    _place: Place,
}

#[derive(Clone, Copy)]
enum Phase {
    Open,
    /// Our side has ended; what the peer still sends is discarded, so many bytes of it.
    Ended(usize),
}

/// What a step came to.
enum Step {
    Done,
    /// The connection is at its end.
    Last,
}

impl<T: TcpStack, S: Session, C: Timers> Connection<T, S, C> {
    pub fn new(stream: TcpStream<T>, session: S, patience: Patience<C>, place: Place) -> Self {
        Self { stream, session, patience, phase: Phase::Open, _place: place }
    }

    /// Goes on as far as it can; ready at the end.
    pub fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        for _ in 0..TURN {
            match self.step(context) {
                Poll::Ready(Ok(Step::Done)) => {}
                Poll::Ready(Ok(Step::Last) | Err(_)) => return Poll::Ready(()),
                Poll::Pending => {
                    let late = self.patience.poll(context);
                    if late.is_ready() && self.session.has_output() {
                        // Who takes nothing would not take the end of the stream either.
                        self.stream.abort();
                    }
                    return late;
                }
            }
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }

    fn step(&mut self, context: &mut Context<'_>) -> Poll<Result<Step, NetError>> {
        let (stack, connection) = (self.stream.stack(), self.stream.connection());
        let session = &mut self.session;
        match self.phase {
            Phase::Open if session.has_output() => {
                let sent = stack.poll_write(connection, context, |room| (session.send(room), ()));
                sent.map_ok(|()| {
                    self.patience.renew();
                    Step::Done
                })
            }
            Phase::Open if session.has_ended() => {
                self.stream.close();
                self.phase = Phase::Ended(LINGER);
                Poll::Ready(Ok(Step::Done))
            }
            Phase::Open => stack.poll_read(connection, context, |bytes| {
                if bytes.is_empty() { (0, Step::Last) } else { (session.receive(bytes), Step::Done) }
            }),
            Phase::Ended(left) => {
                let read = stack.poll_read(connection, context, |bytes| (bytes.len(), bytes.len()));
                read.map_ok(|count| {
                    let left = left.checked_sub(count).filter(|_| count > 0);
                    left.map_or(Step::Last, |left| {
                        self.phase = Phase::Ended(left);
                        Step::Done
                    })
                })
            }
        }
    }
}
