//! Waiting in a process: it sleeps until a descriptor is ready or the alarm rings.
#![no_std]

extern crate alloc;

mod epoll;
mod waiting;

use core::sync::atomic::{AtomicU32, Ordering};
use core::task::Context;
use core::time::Duration;
use epoll::Epoll;
use oscomp_abi::StartError;
use oscomp_interfaces::{Alarm, Clock, Direction, Heap, HostEvents, Idle};
use oscomp_macros::module;
use spin::Mutex;
use waiting::Waiting;

/// How often a process that always has something to do is asked to look at its descriptors, until it does:
/// each look is a system call.
const BUSY: u32 = 16;

/// The host's readiness events, by `epoll(7)`.
#[module(provides(Alarm, HostEvents, Idle), ambient(Heap), environment = "hosted")]
pub struct Events<
    /// What the alarm goes by.
    Time: Clock,
> {
    epoll: Epoll,
    waiting: Mutex<Waiting>,
    alarm: Mutex<Option<Duration>>,
    busy: AtomicU32,
    time: Time,
}

impl<Time: Clock> Events<Time> {
    /// Asks the host for its events.
    ///
    /// # Errors
    /// When the host refuses.
    pub fn start(time: Time) -> Result<Self, StartError> {
        Ok(Self {
            epoll: Epoll::new().ok_or(StartError::new("the host does not give an epoll descriptor"))?,
            waiting: Mutex::new(Waiting::new()),
            alarm: Mutex::new(None),
            busy: AtomicU32::new(0),
            time,
        })
    }
}

impl<Time: Clock> Idle for &Events<Time> {
    fn wait(self, ready: impl FnOnce() -> bool) {
        let timeout = if ready() {
            if !self.busy.fetch_add(1, Ordering::Relaxed).is_multiple_of(BUSY) {
                return;
            }
            Some(Duration::ZERO)
        } else {
            self.alarm.lock().map(|at| at.saturating_sub(self.time.now()))
        };
        self.epoll.wait(timeout, |descriptor, direction| {
            let waker = self.waiting.lock().take(descriptor, direction);
            if let Some(waker) = waker {
                waker.wake();
            }
        });
    }
}

impl<Time: Clock> Alarm for &Events<Time> {
    fn set(self, at: Option<Duration>) {
        *self.alarm.lock() = at;
    }
}

impl<Time: Clock> HostEvents for &Events<Time> {
    fn watch(self, descriptor: i32) -> bool {
        self.epoll.add(descriptor)
    }

    fn wake(self, descriptor: i32, direction: Direction, context: &mut Context<'_>) {
        self.waiting.lock().put(descriptor, direction, context.waker());
    }

    fn forget(self, descriptor: i32) {
        self.epoll.remove(descriptor);
        self.waiting.lock().forget(descriptor);
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::boxed::Box;
    use std::io::Write;
    use std::os::fd::AsRawFd;
    use std::os::unix::net::UnixStream;
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;
    use std::task::{Wake, Waker};

    #[derive(Clone, Copy)]
    struct Now(std::time::Instant);

    impl Clock for Now {
        fn now(self) -> Duration {
            self.0.elapsed()
        }
    }

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn events() -> &'static Events<Now> {
        Box::leak(Box::new(Events::start(Now(std::time::Instant::now())).unwrap()))
    }

    #[test]
    fn an_alarm_ends_the_wait() {
        let events = events();
        events.set(Some(events.time.now() + Duration::from_millis(20)));
        let begin = std::time::Instant::now();
        events.wait(|| false);
        assert!(begin.elapsed() >= Duration::from_millis(20));
    }

    #[test]
    fn a_ready_descriptor_wakes_who_waits_for_it() {
        let events = events();
        let (here, mut there) = UnixStream::pair().unwrap();
        assert!(events.watch(here.as_raw_fd()));
        // A new descriptor is writable.
        events.wait(|| false);
        let count = Arc::new(Count::default());
        let waker = Waker::from(count.clone());
        events.wake(here.as_raw_fd(), Direction::Read, &mut Context::from_waker(&waker));
        there.write_all(b"x").unwrap();
        events.wait(|| false);
        assert_eq!(count.0.load(Ordering::Relaxed), 1);
        events.forget(here.as_raw_fd());
        there.write_all(b"y").unwrap();
        events.set(Some(Duration::ZERO));
        events.wait(|| false);
        assert_eq!(count.0.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn who_has_something_to_do_does_not_wait() {
        let events = events();
        for _ in 0..100 {
            events.wait(|| true);
        }
    }
}
