//! Bytes from one end to another within a program: what pipes and pairs of sockets share. A library, not a module.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

use alloc::collections::VecDeque;
use core::task::{Context, Poll};
use oscomp_c_abi::c_int;
use oscomp_c_abi::numbers::{EAGAIN, EPIPE};
use oscomp_objects::{Waits, Watchers, attempt};
use spin::Mutex;

/// The most bytes that wait to be read, as on Linux.
pub const CAPACITY: usize = 65_536;
/// The most bytes that are written as one (`PIPE_BUF`).
pub const AT_ONCE: usize = 4096;

/// Asks until it is ready, or once if it is not to wait; then the error is `EAGAIN`.
///
/// # Errors
/// `EAGAIN`, and those of what is asked.
pub fn until<R: Send>(
    waiting: impl Waits,
    waits: bool,
    mut poll: impl FnMut(&mut Context<'_>) -> Poll<Result<R, c_int>> + Send,
) -> Result<R, c_int> {
    if waits { waiting.wait(poll) } else { attempt(waiting, &mut poll).unwrap_or(Err(EAGAIN)) }
}

/// A direction: bytes that were written and are not read yet.
#[derive(Debug, Default)]
pub struct Channel {
    state: Mutex<State>,
    readers: Watchers,
    writers: Watchers,
}

#[derive(Debug, Default)]
struct State {
    bytes: VecDeque<u8>,
    has_no_reader: bool,
    has_no_writer: bool,
}

impl Channel {
    /// Takes bytes out; how many, 0 at the end.
    pub fn poll_read(&self, context: &Context<'_>, into: &mut [u8], is_peek: bool) -> Poll<usize> {
        self.readers.add(context);
        let mut state = self.state.lock();
        let count = into.len().min(state.bytes.len());
        if count == 0 {
            let is_over = state.has_no_writer || state.has_no_reader || into.is_empty();
            return if is_over { Poll::Ready(0) } else { Poll::Pending };
        }
        let (front, back) = state.bytes.as_slices();
        let first = front.len().min(count);
        into[..first].copy_from_slice(&front[..first]);
        into[first..count].copy_from_slice(&back[..count - first]);
        if !is_peek {
            // With more room than that nobody waits.
            let was_full = CAPACITY - state.bytes.len() < AT_ONCE;
            state.bytes.drain(..count);
            drop(state);
            if was_full {
                self.writers.wake_all();
            }
        }
        Poll::Ready(count)
    }

    /// Puts bytes in, those that there is room for; up to [`AT_ONCE`] all of them or none.
    ///
    /// The error is `EPIPE` if nobody reads any more.
    pub fn poll_write(&self, context: &Context<'_>, from: &[u8]) -> Poll<Result<usize, c_int>> {
        self.writers.add(context);
        let mut state = self.state.lock();
        if state.has_no_reader || state.has_no_writer {
            return Poll::Ready(Err(EPIPE));
        }
        let room = CAPACITY - state.bytes.len();
        if room < from.len().min(AT_ONCE) {
            return Poll::Pending;
        }
        let count = room.min(from.len());
        state.bytes.extend(&from[..count]);
        drop(state);
        self.readers.wake_all();
        Poll::Ready(Ok(count))
    }

    /// Takes bytes out; how many, 0 at the end.
    ///
    /// # Errors
    /// `EAGAIN` if it is not to wait.
    pub fn read(
        &self,
        waiting: impl Waits,
        into: &mut [u8],
        waits: bool,
        is_peek: bool,
    ) -> Result<usize, c_int> {
        until(waiting, waits, |context| self.poll_read(context, into, is_peek).map(Ok))
    }

    /// Puts bytes in; how many: all of them if it waits, unless there was an error in between.
    ///
    /// # Errors
    /// `EPIPE`, and `EAGAIN` if it is not to wait.
    pub fn write(&self, waiting: impl Waits, from: &[u8], waits: bool) -> Result<usize, c_int> {
        let mut count = 0;
        let written = until(waiting, waits, |context| {
            while count < from.len() {
                match self.poll_write(context, &from[count..]) {
                    Poll::Ready(more) => count += more?,
                    Poll::Pending if count > 0 && !waits => break,
                    Poll::Pending => return Poll::Pending,
                }
            }
            Poll::Ready(Ok(()))
        });
        written.map_or_else(|number| if count > 0 { Ok(count) } else { Err(number) }, |()| Ok(count))
    }

    /// How many bytes can be read, and whether no more will come; has the task of `context` woken when that changes.
    pub fn readable(&self, context: &Context<'_>) -> (usize, bool) {
        self.readers.add(context);
        let state = self.state.lock();
        (state.bytes.len(), state.has_no_writer || state.has_no_reader)
    }

    /// Whether there is room to write, and whether nobody reads any more; has the task of `context` woken when that
    /// changes.
    pub fn writable(&self, context: &Context<'_>) -> (bool, bool) {
        self.writers.add(context);
        let state = self.state.lock();
        (CAPACITY - state.bytes.len() >= AT_ONCE, state.has_no_reader)
    }

    /// Nobody reads any more, but for what was written.
    pub fn close_reader(&self) {
        self.state.lock().has_no_reader = true;
        self.wake();
    }

    /// Nobody writes any more.
    pub fn close_writer(&self) {
        self.state.lock().has_no_writer = true;
        self.wake();
    }

    fn wake(&self) {
        self.readers.wake_all();
        self.writers.wake_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use core::task::Waker;

    fn context() -> Context<'static> {
        Context::from_waker(Waker::noop())
    }

    #[test]
    fn bytes_come_out_as_they_went_in() {
        let channel = Channel::default();
        let mut into = [0; 8];
        assert_eq!(channel.poll_read(&context(), &mut into, false), Poll::Pending);
        for round in 0..50_000_u32 {
            let bytes = round.to_le_bytes();
            assert_eq!(channel.poll_write(&context(), &bytes), Poll::Ready(Ok(4)));
            assert_eq!(channel.poll_read(&context(), &mut into[..3], true), Poll::Ready(3));
            assert_eq!(channel.poll_read(&context(), &mut into, false), Poll::Ready(4));
            assert_eq!(into[..4], bytes);
        }
        channel.close_writer();
        assert_eq!(channel.poll_read(&context(), &mut into, false), Poll::Ready(0));
        assert_eq!(channel.poll_write(&context(), b"x"), Poll::Ready(Err(EPIPE)));
    }

    #[test]
    fn short_writes_are_whole_and_long_ones_what_fits() {
        let channel = Channel::default();
        let long = vec![7; CAPACITY + 10];
        assert_eq!(channel.poll_write(&context(), &long[..CAPACITY - 10]), Poll::Ready(Ok(CAPACITY - 10)));
        assert_eq!(channel.poll_write(&context(), &long[..11]), Poll::Pending);
        assert_eq!(channel.writable(&context()), (false, false));
        assert_eq!(channel.poll_write(&context(), &long[..10]), Poll::Ready(Ok(10)));
        let mut into = vec![0; AT_ONCE];
        assert_eq!(channel.poll_read(&context(), &mut into, false), Poll::Ready(AT_ONCE));
        assert_eq!(channel.poll_write(&context(), &long), Poll::Ready(Ok(AT_ONCE)));
        assert_eq!(channel.readable(&context()), (CAPACITY, false));
        channel.close_reader();
        assert_eq!(channel.poll_write(&context(), b"x"), Poll::Ready(Err(EPIPE)));
        assert_eq!(channel.readable(&context()), (CAPACITY, true));
    }
}
