//! The set of descriptors behind an `epoll` descriptor: a wait looks at those alone to which something may have happened.

use crate::Result;
use crate::bits::{bits, interest};
use crate::epoll::Event;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::sync::{Arc, Weak};
use alloc::task::Wake;
use alloc::vec::Vec;
use core::ffi::c_int;
use core::ptr;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::{Context, Waker};
use oscomp_c_abi::numbers::{EBADF, EEXIST, EINVAL, ENOENT, ENOTTY};
use oscomp_objects::{Interest, ObjectKind, OpenObject, Readiness, Watchers};
use spin::Mutex;

/// A change counts, not a state (`EPOLLET`).
const EDGE: u32 = 1 << 31;
/// It is told once, until it is changed (`EPOLLONESHOT`).
const ONCE: u32 = 1 << 30;

/// The numbers of those to which something may have happened, and who waits for that.
#[derive(Default)]
struct Queue {
    numbers: Mutex<VecDeque<u64>>,
    watchers: Watchers,
}

impl Queue {
    fn next(&self) -> Option<u64> {
        self.numbers.lock().pop_front()
    }

    fn len(&self) -> usize {
        self.numbers.lock().len()
    }
}

/// What is woken when something may have happened to one of them.
struct Signal {
    queue: Arc<Queue>,
    number: u64,
    is_queued: AtomicBool,
}

impl Signal {
    fn queue(&self) {
        if !self.is_queued.swap(true, Ordering::AcqRel) {
            self.queue.numbers.lock().push_back(self.number);
        }
    }
}

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.queue();
        self.queue.watchers.wake_all();
    }
}

/// One of them.
struct Item {
    /// Gone when the last descriptor of it was closed.
    object: Weak<dyn OpenObject>,
    event: Event,
    signal: Arc<Signal>,
    waker: Waker,
    is_silent: bool,
}

impl Item {
    fn is_of(&self, object: &Arc<dyn OpenObject>) -> bool {
        ptr::addr_eq(self.object.as_ptr(), Arc::as_ptr(object))
    }
}

#[derive(Default)]
struct Items {
    by_number: BTreeMap<u64, Item>,
    by_descriptor: BTreeMap<c_int, u64>,
    /// The last number.
    last: u64,
    /// Those that are to be looked at again.
    again: Vec<u64>,
    is_closed: bool,
}

/// A set.
#[derive(Default)]
pub struct EventSet {
    items: Mutex<Items>,
    queue: Arc<Queue>,
}

impl EventSet {
    /// Adds what a descriptor is open on.
    ///
    /// # Errors
    /// `EEXIST`.
    pub fn add(&self, descriptor: c_int, object: &Arc<dyn OpenObject>, event: Event) -> Result<()> {
        let mut items = self.items.lock();
        if let Some(number) = items.by_descriptor.get(&descriptor).copied() {
            if items.by_number.get(&number).is_some_and(|item| item.is_of(object)) {
                return Err(EEXIST);
            }
            // The descriptor was closed, and is another one by now.
            items.by_number.remove(&number);
        }
        items.last += 1;
        let number = items.last;
        let signal =
            Arc::new(Signal { queue: self.queue.clone(), number, is_queued: AtomicBool::new(false) });
        let waker = Waker::from(signal.clone());
        let item =
            Item { object: Arc::downgrade(object), event, signal: signal.clone(), waker, is_silent: false };
        items.by_number.insert(number, item);
        items.by_descriptor.insert(descriptor, number);
        drop(items);
        signal.wake();
        Ok(())
    }

    /// Changes what is asked for.
    ///
    /// # Errors
    /// `ENOENT`.
    pub fn change(&self, descriptor: c_int, object: &Arc<dyn OpenObject>, event: Event) -> Result<()> {
        let mut items = self.items.lock();
        let number = items.by_descriptor.get(&descriptor).copied().ok_or(ENOENT)?;
        let item = items.by_number.get_mut(&number).filter(|item| item.is_of(object)).ok_or(ENOENT)?;
        (item.event, item.is_silent) = (event, false);
        let signal = item.signal.clone();
        drop(items);
        signal.wake();
        Ok(())
    }

    /// Removes what a descriptor is open on.
    ///
    /// # Errors
    /// `ENOENT`.
    pub fn remove(&self, descriptor: c_int, object: &Arc<dyn OpenObject>) -> Result<()> {
        let mut items = self.items.lock();
        let number = items.by_descriptor.get(&descriptor).copied().ok_or(ENOENT)?;
        items.by_number.get(&number).filter(|item| item.is_of(object)).ok_or(ENOENT)?;
        items.by_number.remove(&number);
        items.by_descriptor.remove(&descriptor);
        Ok(())
    }

    /// Tells what has happened, each of them once at the most; to how many. Has the task of `context` woken when there
    /// may be more.
    ///
    /// # Errors
    /// `EBADF` when the set was closed.
    pub fn collect(&self, into: &mut [Event], context: &Context<'_>) -> Result<usize> {
        self.queue.watchers.add(context);
        let mut items = self.items.lock();
        let Items { by_number, by_descriptor, again, is_closed, .. } = &mut *items;
        if *is_closed {
            return Err(EBADF);
        }
        let mut count = 0;
        for _ in 0..self.queue.len() {
            if count == into.len() {
                break;
            }
            let Some(number) = self.queue.next() else { break };
            let Some(item) = by_number.get_mut(&number) else { continue };
            item.signal.is_queued.store(false, Ordering::Release);
            let Some(object) = item.object.upgrade() else {
                by_number.remove(&number);
                by_descriptor.retain(|_, known| *known != number);
                continue;
            };
            if item.is_silent {
                continue;
            }
            let events = item.event.events;
            let ready = object.poll_ready(interest(events), &mut Context::from_waker(&item.waker));
            let happened = bits(ready, events);
            if happened == 0 {
                continue;
            }
            into[count] = Event { events: happened, data: item.event.data };
            count += 1;
            if events & ONCE != 0 {
                item.is_silent = true;
            } else if events & EDGE == 0 {
                again.push(number);
            }
        }
        // What stays as it is is told the next time too, after the others.
        for number in again.drain(..) {
            if let Some(item) = by_number.get(&number) {
                item.signal.queue();
            }
        }
        Ok(count)
    }
}

impl OpenObject for EventSet {
    fn kind(&self) -> ObjectKind {
        ObjectKind::Other
    }

    fn keeps_boundaries(&self) -> bool {
        false
    }

    fn read(&self, _into: &mut [u8], _waits: bool) -> Result<usize> {
        Err(EINVAL)
    }

    fn write(&self, _from: &[u8], _waits: bool) -> Result<usize> {
        Err(EINVAL)
    }

    /// Whether something may have happened: a wait may find that it has not.
    fn poll_ready(&self, _interest: Interest, context: &mut Context<'_>) -> Readiness {
        self.queue.watchers.add(context);
        Readiness { read: self.queue.len() > 0, ..Readiness::default() }
    }

    fn available(&self) -> Result<usize> {
        Err(ENOTTY)
    }

    fn close(&self) {
        let mut items = self.items.lock();
        items.is_closed = true;
        items.by_number.clear();
        items.by_descriptor.clear();
        drop(items);
        self.queue.watchers.wake_all();
    }
}
