//! `<poll.h>` (POSIX.1-2024; `ppoll` with it).

use crate::bits::NVAL;
use crate::{PosixPoll, Result, duration, milliseconds};
use core::ffi::{c_int, c_ulong, c_void};
use core::slice;
use core::time::Duration;
use oscomp_c_abi::TimeSpec;
use oscomp_c_abi::numbers::{EFAULT, EINVAL};
use oscomp_interfaces::{Errno, Timers};
use oscomp_macros::exports;
use oscomp_objects::{DescriptorTable, Waits};

/// The most descriptors of one call: as many as a table can have.
const MOST: c_ulong = 1024;

/// C's `struct pollfd`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PollDescriptor {
    /// The descriptor; one below 0 is passed over.
    pub descriptor: c_int,
    /// What is asked for.
    pub events: i16,
    /// What has happened.
    pub happened: i16,
}

impl<Table: DescriptorTable, Waiting: Waits, Time: Timers, Numbers: Errno>
    PosixPoll<Table, Waiting, Time, Numbers>
{
    /// # Safety
    /// There are `count` of them, which nobody else uses.
    unsafe fn polled(
        &self,
        list: *mut PollDescriptor,
        count: c_ulong,
        patience: Option<Duration>,
    ) -> Result<c_int> {
        let list = match usize::try_from(count) {
            Ok(0) => &mut [],
            Ok(_) if count > MOST => return Err(EINVAL),
            Ok(_) if list.is_null() => return Err(EFAULT),
            // SAFETY: by the contract.
            Ok(count) => unsafe { slice::from_raw_parts_mut(list, count) },
            Err(_) => return Err(EINVAL),
        };
        self.until(patience, |context| {
            let mut found = 0;
            for entry in list.iter_mut() {
                let happened = match entry.descriptor {
                    ..0 => 0,
                    descriptor => {
                        let events = u32::from(entry.events.cast_unsigned());
                        self.happened(descriptor, events, context).unwrap_or(NVAL)
                    }
                };
                entry.happened = happened as i16;
                found += c_int::from(happened != 0);
            }
            Ok(found)
        })
    }
}

#[exports]
impl<Table: DescriptorTable, Waiting: Waits, Time: Timers, Numbers: Errno>
    PosixPoll<Table, Waiting, Time, Numbers>
{
    /// Waits for what is asked for of descriptors, for so many milliseconds, for ever if it is less than none. For how
    /// many of them something has happened.
    ///
    /// # Safety
    /// There are `count` of them.
    pub unsafe fn poll(&self, list: *mut PollDescriptor, count: c_ulong, timeout: c_int) -> c_int {
        // SAFETY: the caller's.
        self.answer(unsafe { self.polled(list, count, milliseconds(timeout)) })
    }

    /// The same for a time, for ever if it is null.
    ///
    /// # Safety
    /// There are `count` descriptors, and the time is null or can be read.
    pub unsafe fn ppoll(
        &self,
        list: *mut PollDescriptor,
        count: c_ulong,
        timeout: *const TimeSpec,
        _signals: *const c_void,
    ) -> c_int {
        // SAFETY: the caller's.
        let patience = unsafe { duration(timeout) };
        // SAFETY: the caller's.
        self.answer(patience.and_then(|patience| unsafe { self.polled(list, count, patience) }))
    }
}
