//! `<sys/select.h>` (POSIX.1-2024).

use crate::bits::{ERR, HUP, IN, OUT};
use crate::{PosixPoll, Result, duration};
use core::ffi::{c_int, c_void};
use core::time::Duration;
use oscomp_c_abi::numbers::EINVAL;
use oscomp_c_abi::{TimeSpec, TimeVal};
use oscomp_interfaces::{Errno, Timers};
use oscomp_macros::exports;
use oscomp_objects::{DescriptorTable, Waits};

/// The most descriptors of a set (`FD_SETSIZE`).
const MOST: usize = 1024;
/// The words of a set.
const WORDS: usize = MOST / 64;

/// C's `fd_set`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Descriptors([u64; WORDS]);

impl Descriptors {
    /// Whether a descriptor is in it.
    #[must_use]
    pub const fn contains(&self, descriptor: usize) -> bool {
        self.0[descriptor / 64] >> (descriptor % 64) & 1 != 0
    }

    /// Adds a descriptor.
    pub const fn insert(&mut self, descriptor: usize) {
        self.0[descriptor / 64] |= 1 << (descriptor % 64);
    }
}

/// The sets of one call: to read, to write, and what has happened besides.
type Sets = [Descriptors; 3];

impl<Table: DescriptorTable, Waiting: Waits, Time: Timers, Numbers: Errno>
    PosixPoll<Table, Waiting, Time, Numbers>
{
    /// # Safety
    /// Each pointer is null or is to words for `count` descriptors, which nobody else uses.
    unsafe fn selected(
        &self,
        count: c_int,
        pointers: [*mut Descriptors; 3],
        patience: Option<Duration>,
    ) -> Result<c_int> {
        let count = usize::try_from(count).ok().filter(|count| *count <= MOST).ok_or(EINVAL)?;
        let words = count.div_ceil(64);
        let asked: Sets = pointers.map(|pointer| {
            let mut set = Descriptors::default();
            if !pointer.is_null() {
                for (index, word) in set.0[..words].iter_mut().enumerate() {
                    // SAFETY: by the contract; a set has as many words, not more.
                    *word = unsafe { pointer.cast::<u64>().add(index).read() };
                }
            }
            set
        });
        let mut found = Sets::default();
        let sum = self.until(patience, |context| {
            found = Sets::default();
            let mut sum = 0;
            for descriptor in 0..count {
                let [reads, writes, others] = asked.each_ref().map(|set| set.contains(descriptor));
                if !reads && !writes && !others {
                    continue;
                }
                let events = if reads { IN } else { 0 } | if writes { OUT } else { 0 };
                let happened = self.happened(descriptor as c_int, events, context)?;
                // Nothing happens besides: there is no data out of band.
                if reads && happened & (IN | HUP | ERR) != 0 {
                    found[0].insert(descriptor);
                    sum += 1;
                }
                if writes && happened & (OUT | ERR) != 0 {
                    found[1].insert(descriptor);
                    sum += 1;
                }
            }
            Ok(sum)
        })?;
        for (pointer, set) in pointers.into_iter().zip(found) {
            if !pointer.is_null() {
                for (index, word) in set.0[..words].iter().enumerate() {
                    // SAFETY: by the contract.
                    unsafe { pointer.cast::<u64>().add(index).write(*word) };
                }
            }
        }
        Ok(sum)
    }
}

#[exports]
impl<Table: DescriptorTable, Waiting: Waits, Time: Timers, Numbers: Errno>
    PosixPoll<Table, Waiting, Time, Numbers>
{
    /// Waits until descriptors below `count` can be read or written, for so long, for ever if the time is null; the time
    /// is what is left then, as on Linux. How many bits are set in the sets.
    ///
    /// # Safety
    /// The sets and the time are null or nobody else uses them.
    pub unsafe fn select(
        &self,
        count: c_int,
        reads: *mut Descriptors,
        writes: *mut Descriptors,
        others: *mut Descriptors,
        timeout: *mut TimeVal,
    ) -> c_int {
        // SAFETY: the caller's.
        let mut timeout = unsafe { timeout.as_mut() };
        let patience = match &timeout {
            None => Ok(None),
            Some(time) => {
                let seconds = u64::try_from(time.tv_sec).map_err(|_| EINVAL);
                let microseconds = u64::try_from(time.tv_usec).map_err(|_| EINVAL);
                seconds.and_then(|seconds| {
                    microseconds.map(|microseconds| {
                        let time = Duration::from_secs(seconds);
                        Some(time.saturating_add(Duration::from_micros(microseconds)))
                    })
                })
            }
        };
        let begin = self.time.time();
        let found = patience.and_then(|patience| {
            // SAFETY: the caller's.
            let found = unsafe { self.selected(count, [reads, writes, others], patience) };
            if let (Some(time), Some(patience)) = (timeout.as_mut(), patience) {
                **time = TimeVal::new(patience.saturating_sub(self.time.time().saturating_sub(begin)));
            }
            found
        });
        self.answer(found)
    }

    /// The same; the time stays.
    ///
    /// # Safety
    /// As [`select`](Self::select).
    pub unsafe fn pselect(
        &self,
        count: c_int,
        reads: *mut Descriptors,
        writes: *mut Descriptors,
        others: *mut Descriptors,
        timeout: *const TimeSpec,
        _signals: *const c_void,
    ) -> c_int {
        // SAFETY: the caller's.
        let patience = unsafe { duration(timeout) };
        let sets = [reads, writes, others];
        // SAFETY: the caller's.
        self.answer(patience.and_then(|patience| unsafe { self.selected(count, sets, patience) }))
    }
}
