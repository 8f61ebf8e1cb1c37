//! The ends of a pipe.

use crate::Result;
use alloc::sync::Arc;
use core::task::{Context, Waker};
use oscomp_c_abi::numbers::EBADF;
use oscomp_c_channel::Channel;
use oscomp_objects::{Interest, ObjectKind, OpenObject, Readiness, Waits};

/// An end of a pipe.
struct End<Waiting> {
    waiting: Waiting,
    channel: Arc<Channel>,
    reads: bool,
}

/// A new pipe: the end that reads, and the one that writes.
pub fn pair<Waiting: Waits + 'static>(waiting: Waiting) -> (Arc<dyn OpenObject>, Arc<dyn OpenObject>) {
    let channel = Arc::new(Channel::default());
    let end = |reads| Arc::new(End { waiting, channel: channel.clone(), reads });
    (end(true), end(false))
}

impl<Waiting: Waits + 'static> OpenObject for End<Waiting> {
    fn kind(&self) -> ObjectKind {
        ObjectKind::Pipe
    }

    fn keeps_boundaries(&self) -> bool {
        false
    }

    fn read(&self, into: &mut [u8], waits: bool) -> Result<usize> {
        if !self.reads {
            return Err(EBADF);
        }
        self.channel.read(self.waiting, into, waits, false)
    }

    fn write(&self, from: &[u8], waits: bool) -> Result<usize> {
        if self.reads {
            return Err(EBADF);
        }
        self.channel.write(self.waiting, from, waits)
    }

    fn poll_ready(&self, _interest: Interest, context: &mut Context<'_>) -> Readiness {
        if self.reads {
            let (count, is_over) = self.channel.readable(context);
            Readiness { read: count > 0, hung_up: is_over, ..Readiness::default() }
        } else {
            let (write, failed) = self.channel.writable(context);
            Readiness { write, failed, ..Readiness::default() }
        }
    }

    fn available(&self) -> Result<usize> {
        Ok(self.channel.readable(&Context::from_waker(Waker::noop())).0)
    }

    fn close(&self) {
        if self.reads {
            self.channel.close_reader();
        } else {
            self.channel.close_writer();
        }
    }
}
