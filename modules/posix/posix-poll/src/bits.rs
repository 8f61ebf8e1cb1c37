//! What descriptors are asked for and found to be, as the bits of `<poll.h>`; those of `<sys/epoll.h>` are the same.

use crate::{CONSOLE, PosixPoll, Result};
use core::ffi::c_int;
use core::task::Context;
use oscomp_interfaces::{Errno, Timers};
use oscomp_objects::{DescriptorTable, Interest, Opened, Readiness, Waits};

pub const IN: u32 = 0x001;
pub const OUT: u32 = 0x004;
pub const ERR: u32 = 0x008;
pub const HUP: u32 = 0x010;
pub const RDNORM: u32 = 0x040;
pub const WRNORM: u32 = 0x100;
pub const RDHUP: u32 = 0x2000;
/// The descriptor is none; for `poll` alone.
pub const NVAL: u32 = 0x020;

/// What somebody wants to do who asks for these.
pub const fn interest(events: u32) -> Interest {
    Interest { read: events & (IN | RDNORM | RDHUP) != 0, write: events & (OUT | WRNORM) != 0 }
}

/// What has happened of that which was asked for, and what is always told.
pub const fn bits(ready: Readiness, events: u32) -> u32 {
    let mut bits = 0;
    if ready.read {
        bits |= IN | RDNORM;
    }
    if ready.write {
        bits |= OUT | WRNORM;
    }
    if ready.ended {
        bits |= RDHUP;
    }
    if ready.hung_up {
        bits |= HUP;
    }
    if ready.failed {
        bits |= ERR;
    }
    bits & (events | HUP | ERR)
}

impl<Table: DescriptorTable, Waiting: Waits, Time: Timers, Numbers: Errno>
    PosixPoll<Table, Waiting, Time, Numbers>
{
    /// What has happened at a descriptor. Has the task of `context` woken when that may be more.
    ///
    /// # Errors
    /// `EBADF`.
    pub(crate) fn happened(&self, descriptor: c_int, events: u32, context: &mut Context<'_>) -> Result<u32> {
        let ready = match self.table.find(descriptor)? {
            Opened::File => Readiness { read: true, write: true, ..Readiness::default() },
            Opened::Console { has_input } => {
                if interest(events).read && !has_input {
                    let _ = self.time.poll_at(self.time.time() + CONSOLE, context);
                }
                Readiness { read: has_input, write: true, ..Readiness::default() }
            }
            Opened::Object { object, .. } => object.poll_ready(interest(events), context),
        };
        Ok(bits(ready, events))
    }
}
