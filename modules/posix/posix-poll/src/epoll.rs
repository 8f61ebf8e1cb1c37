//! `<sys/epoll.h>`: `epoll(7)` of Linux.

use crate::events::EventSet;
use crate::{PosixPoll, Result, milliseconds};
use alloc::sync::Arc;
use core::any::Any;
use core::ffi::{c_int, c_void};
use core::slice;
use oscomp_c_abi::numbers::{EFAULT, EINVAL, ELOOP, EPERM};
use oscomp_interfaces::{Errno, Timers};
use oscomp_macros::exports;
use oscomp_objects::{DescriptorTable, OpenObject, Opened, READ_WRITE, Waits};

const EPOLL_CLOEXEC: c_int = 0o2_000_000;
const ADD: c_int = 1;
const REMOVE: c_int = 2;
const CHANGE: c_int = 3;
/// The most events of one call.
const MOST: usize = 65_536;

/// C's `struct epoll_event`, as Linux has it on x86-64.
#[repr(C, packed)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// What is asked for, or has happened.
    pub events: u32,
    /// What the program knows it by.
    pub data: u64,
}

const _: () = assert!(size_of::<Event>() == 12);

impl<Table: DescriptorTable, Waiting: Waits, Time: Timers, Numbers: Errno>
    PosixPoll<Table, Waiting, Time, Numbers>
{
    fn object(&self, descriptor: c_int) -> Result<Option<Arc<dyn OpenObject>>> {
        Ok(match self.table.find(descriptor)? {
            Opened::Object { object, .. } => Some(object),
            Opened::File | Opened::Console { .. } => None,
        })
    }

    fn on_set<R>(&self, descriptor: c_int, act: impl FnOnce(&EventSet) -> Result<R>) -> Result<R> {
        let object = self.object(descriptor)?.ok_or(EINVAL)?;
        let any: &dyn Any = &*object;
        act(any.downcast_ref().ok_or(EINVAL)?)
    }

    fn created(&self, flags: c_int) -> Result<c_int> {
        self.table.insert(Arc::new(EventSet::default()), READ_WRITE | flags)
    }

    /// # Safety
    /// There are `most` events, which nobody else uses.
    unsafe fn awaited(
        &self,
        descriptor: c_int,
        events: *mut Event,
        most: c_int,
        timeout: c_int,
    ) -> Result<c_int> {
        let most = usize::try_from(most).ok().filter(|most| *most > 0).ok_or(EINVAL)?;
        if events.is_null() {
            return Err(EFAULT);
        }
        // SAFETY: by the contract. What C calls uninitialised has values too once its address has come here.
        let events = unsafe { slice::from_raw_parts_mut(events, most.min(MOST)) };
        self.on_set(descriptor, |set| {
            self.until(milliseconds(timeout), |context| {
                set.collect(events, context).map(|count| count as c_int)
            })
        })
    }
}

#[exports]
impl<Table: DescriptorTable, Waiting: Waits, Time: Timers, Numbers: Errno>
    PosixPoll<Table, Waiting, Time, Numbers>
{
    /// A new set of descriptors; how many there will be says nothing, but has to be more than none.
    pub fn epoll_create(&self, size: c_int) -> c_int {
        self.answer(if size > 0 { self.created(0) } else { Err(EINVAL) })
    }

    /// A new set of descriptors, with `EPOLL_CLOEXEC` if asked for.
    pub fn epoll_create1(&self, flags: c_int) -> c_int {
        self.answer(if flags & !EPOLL_CLOEXEC == 0 { self.created(flags) } else { Err(EINVAL) })
    }

    /// Adds a descriptor to a set, changes what is asked for, or removes it. `EPERM` for files and the console, `ELOOP`
    /// for another set.
    ///
    /// # Safety
    /// The event is null, where it is not needed, or can be read.
    pub unsafe fn epoll_ctl(
        &self,
        set: c_int,
        operation: c_int,
        descriptor: c_int,
        event: *const Event,
    ) -> c_int {
        let done = self.object(descriptor).and_then(|object| {
            self.object(set)?;
            let object = object.ok_or(EPERM)?;
            self.on_set(set, |events| {
                if set == descriptor {
                    return Err(EINVAL);
                }
                // SAFETY: by the contract.
                let event = || unsafe { event.as_ref() }.copied().ok_or(EFAULT);
                let any: &dyn Any = &*object;
                match operation {
                    ADD if any.is::<EventSet>() => Err(ELOOP),
                    ADD => events.add(descriptor, &object, event()?),
                    CHANGE => events.change(descriptor, &object, event()?),
                    REMOVE => events.remove(descriptor, &object),
                    _ => Err(EINVAL),
                }
            })
        });
        self.answer(done.map(|()| 0))
    }

    /// Waits until something happens to those in a set, for so many milliseconds, for ever if it is less than none; to
    /// how many.
    ///
    /// # Safety
    /// There are `most` events.
    pub unsafe fn epoll_wait(&self, set: c_int, events: *mut Event, most: c_int, timeout: c_int) -> c_int {
        // SAFETY: the caller's.
        self.answer(unsafe { self.awaited(set, events, most, timeout) })
    }

    /// The same.
    ///
    /// # Safety
    /// There are `most` events.
    pub unsafe fn epoll_pwait(
        &self,
        set: c_int,
        events: *mut Event,
        most: c_int,
        timeout: c_int,
        _signals: *const c_void,
    ) -> c_int {
        // SAFETY: the caller's.
        self.answer(unsafe { self.awaited(set, events, most, timeout) })
    }
}
