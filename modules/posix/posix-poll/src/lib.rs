//! Waiting for several descriptors at once in C programs: `poll`, `select` and Linux's `epoll`.
//!
//! Each call lets the tasks behind sockets go on before it looks, also if it finds something at once. Signals come from
//! the program itself alone, so nothing interrupts a wait, and the sets of signals of `ppoll` and the like are ignored.
//! What arrives at the console is looked for every 10 ms.
#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod bits;
mod epoll;
mod events;
mod poll;
mod select;

#[cfg(test)]
mod tests;

pub use epoll::Event;
pub use poll::PollDescriptor;
pub use select::Descriptors;

use core::ffi::c_int;
use core::task::{Context, Poll};
use core::time::Duration;
use oscomp_abi::StartError;
use oscomp_c_abi::TimeSpec;
use oscomp_c_abi::numbers::EINVAL;
use oscomp_interfaces::{Errno, ErrorNumber, Heap, Timers, or_errno};
use oscomp_macros::module;
use oscomp_objects::{DescriptorTable, Waits, attempt};

/// What was asked for, or the number of an error.
type Result<T> = core::result::Result<T, ErrorNumber>;

/// How often the console is asked whether something has arrived.
const CONSOLE: Duration = Duration::from_millis(10);

/// Waiting for descriptors.
#[module(ambient(Heap), exports)]
pub struct PosixPoll<
    /// Where the descriptors are.
    Table: DescriptorTable,
    /// What waits.
    Waiting: Waits,
    /// What ends a wait.
    Time: Timers,
    /// Where the numbers of errors go.
    Numbers: Errno,
> {
    table: Table,
    waiting: Waiting,
    time: Time,
    numbers: Numbers,
}

impl<Table: DescriptorTable, Waiting: Waits, Time: Timers, Numbers: Errno>
    PosixPoll<Table, Waiting, Time, Numbers>
{
    /// Takes what it goes by.
    ///
    /// # Errors
    /// None.
    pub const fn start(
        table: Table,
        waiting: Waiting,
        time: Time,
        numbers: Numbers,
    ) -> core::result::Result<Self, StartError> {
        Ok(Self { table, waiting, time, numbers })
    }

    fn answer(&self, result: Result<c_int>) -> c_int {
        or_errno(self.numbers, result, -1)
    }

    /// Looks until something is found, for as long as it may take; what was found at last.
    fn until(
        &self,
        patience: Option<Duration>,
        mut look: impl FnMut(&mut Context<'_>) -> Result<c_int> + Send,
    ) -> Result<c_int> {
        let mut found = |context: &mut Context<'_>| match look(context) {
            Ok(0) => Poll::Pending,
            found => Poll::Ready(found),
        };
        if patience == Some(Duration::ZERO) {
            return attempt(self.waiting, found).unwrap_or(Ok(0));
        }
        let end = patience.map(|patience| self.time.time().saturating_add(patience));
        // Others have their turn, even if there is always something to be found.
        self.waiting.turn();
        self.waiting.wait(|context| {
            if let Poll::Ready(found) = found(context) {
                return Poll::Ready(found);
            }
            match end {
                Some(end) => self.time.poll_at(end, context).map(|()| Ok(0)),
                None => Poll::Pending,
            }
        })
    }
}

/// A duration in milliseconds; less than none is for ever.
fn milliseconds(count: c_int) -> Option<Duration> {
    u64::try_from(count).ok().map(Duration::from_millis)
}

/// A duration of C's; null is for ever.
///
/// # Safety
/// It is null or can be read.
unsafe fn duration(time: *const TimeSpec) -> Result<Option<Duration>> {
    // SAFETY: by the contract.
    match unsafe { time.as_ref() } {
        Some(time) => time.duration().map(Some).ok_or(EINVAL),
        None => Ok(None),
    }
}
