//! Pipes for C programs, and Linux's counters of events, `eventfd`.
//!
//! A pipe has room for 64 KiB. Nobody is sent `SIGPIPE`: the error is `EPIPE`.
#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod events;
mod pipe;

#[cfg(test)]
mod tests;

use alloc::sync::Arc;
use core::ffi::{c_int, c_uint};
use events::Counter;
use oscomp_abi::StartError;
use oscomp_c_abi::numbers::{EFAULT, EINVAL};
use oscomp_interfaces::{Errno, ErrorNumber, Heap, or_errno};
use oscomp_macros::{exports, module};
use oscomp_objects::{
    DescriptorTable, OpenObject, Opened, READ_ONLY, READ_WRITE, WRITE_ONLY, Waits, insert_both,
};
use pipe::pair;

/// What was asked for, or the number of an error.
type Result<T> = core::result::Result<T, ErrorNumber>;

const O_NONBLOCK: c_int = 0o4000;
const O_CLOEXEC: c_int = 0o2_000_000;
/// Reading takes one off the counter, not all (`EFD_SEMAPHORE`).
const EFD_SEMAPHORE: c_int = 1;

/// Pipes.
#[module(ambient(Heap), exports)]
pub struct PosixPipes<
    /// Where the descriptors are.
    Table: DescriptorTable,
    /// What waits.
    Waiting: Waits,
    /// Where the numbers of errors go.
    Numbers: Errno,
> {
    table: Table,
    waiting: Waiting,
    numbers: Numbers,
}

impl<Table: DescriptorTable, Waiting: Waits + 'static, Numbers: Errno> PosixPipes<Table, Waiting, Numbers> {
    /// Takes what it goes by.
    ///
    /// # Errors
    /// None.
    pub const fn start(
        table: Table,
        waiting: Waiting,
        numbers: Numbers,
    ) -> core::result::Result<Self, StartError> {
        Ok(Self { table, waiting, numbers })
    }

    fn answer(&self, result: Result<c_int>) -> c_int {
        or_errno(self.numbers, result, -1)
    }

    /// The descriptors of a new pipe: to read, and to write.
    fn made(&self, flags: c_int) -> Result<[c_int; 2]> {
        if flags & !(O_NONBLOCK | O_CLOEXEC) != 0 {
            return Err(EINVAL);
        }
        let (reader, writer) = pair(self.waiting);
        insert_both(self.table, [(reader, READ_ONLY | flags), (writer, WRITE_ONLY | flags)])
    }

    /// # Safety
    /// There is room for two descriptors.
    unsafe fn piped(&self, into: *mut [c_int; 2], flags: c_int) -> c_int {
        // SAFETY: by the contract.
        let into = unsafe { into.as_mut() };
        self.answer(into.ok_or(EFAULT).and_then(|into| {
            *into = self.made(flags)?;
            Ok(0)
        }))
    }

    fn counter(&self, first: c_uint, flags: c_int) -> Result<c_int> {
        if flags & !(O_NONBLOCK | O_CLOEXEC | EFD_SEMAPHORE) != 0 {
            return Err(EINVAL);
        }
        let counter = Counter::new(self.waiting, first.into(), flags & EFD_SEMAPHORE != 0);
        self.table.insert(Arc::new(counter), READ_WRITE | flags & !EFD_SEMAPHORE)
    }

    fn object(&self, descriptor: c_int) -> Result<(Arc<dyn OpenObject>, bool)> {
        match self.table.find(descriptor)? {
            Opened::Object { object, flags } => Ok((object, flags & O_NONBLOCK == 0)),
            Opened::File | Opened::Console { .. } => Err(EINVAL),
        }
    }
}

#[exports]
impl<Table: DescriptorTable, Waiting: Waits + 'static, Numbers: Errno> PosixPipes<Table, Waiting, Numbers> {
    /// A pipe: what is written to the second descriptor is read from the first.
    ///
    /// # Safety
    /// There is room for two descriptors.
    pub unsafe fn pipe(&self, into: *mut [c_int; 2]) -> c_int {
        // SAFETY: the caller's.
        unsafe { self.piped(into, 0) }
    }

    /// The same with `O_NONBLOCK` and `O_CLOEXEC` if asked for.
    ///
    /// # Safety
    /// There is room for two descriptors.
    pub unsafe fn pipe2(&self, into: *mut [c_int; 2], flags: c_int) -> c_int {
        // SAFETY: the caller's.
        unsafe { self.piped(into, flags) }
    }

    /// A counter of events, as Linux has it.
    pub fn eventfd(&self, first: c_uint, flags: c_int) -> c_int {
        self.answer(self.counter(first, flags))
    }

    /// What a counter has counted.
    ///
    /// # Safety
    /// There is room for the count.
    pub unsafe fn eventfd_read(&self, descriptor: c_int, into: *mut u64) -> c_int {
        let read = self.object(descriptor).and_then(|(object, waits)| {
            let mut bytes = [0; 8];
            object.read(&mut bytes, waits)?;
            // SAFETY: the caller's.
            unsafe { into.write(u64::from_ne_bytes(bytes)) };
            Ok(0)
        });
        self.answer(read)
    }

    /// Counts so many more.
    pub fn eventfd_write(&self, descriptor: c_int, count: u64) -> c_int {
        let written =
            self.object(descriptor).and_then(|(object, waits)| object.write(&count.to_ne_bytes(), waits));
        self.answer(written.map(|_| 0))
    }
}
