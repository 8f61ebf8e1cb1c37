//! The host's side: `epoll(7)`.

use core::ffi::c_int;
use core::time::Duration;
use oscomp_interfaces::Direction;

/// An epoll descriptor, open as long as the process runs.
pub struct Epoll(c_int);

/// How many events are taken at once.
const EVENTS: usize = 64;

impl Epoll {
    pub fn new() -> Option<Self> {
        // SAFETY: takes no pointers.
        let descriptor = unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) };
        (descriptor >= 0).then_some(Self(descriptor))
    }

    /// Watches for both directions, each time that one becomes ready.
    pub fn add(&self, descriptor: c_int) -> bool {
        let events = libc::EPOLLIN | libc::EPOLLOUT | libc::EPOLLRDHUP | libc::EPOLLET;
        let mut event = libc::epoll_event { events: events as u32, u64: descriptor as u64 };
        // SAFETY: one live event, which the call only reads.
        unsafe { libc::epoll_ctl(self.0, libc::EPOLL_CTL_ADD, descriptor, &raw mut event) == 0 }
    }

    pub fn remove(&self, descriptor: c_int) {
        // SAFETY: removing takes no event. That it is not there is no matter.
        unsafe { libc::epoll_ctl(self.0, libc::EPOLL_CTL_DEL, descriptor, core::ptr::null_mut()) };
    }

    /// Waits until something is ready or `timeout` has passed, rounded up to milliseconds.
    pub fn wait(&self, timeout: Option<Duration>, mut each: impl FnMut(c_int, Direction)) {
        let timeout = timeout.map_or(-1, |timeout| {
            c_int::try_from(timeout.as_nanos().div_ceil(1_000_000)).unwrap_or(c_int::MAX)
        });
        let mut events = [libc::epoll_event { events: 0, u64: 0 }; EVENTS];
        // SAFETY: room for as many events as it is told.
        let count = unsafe { libc::epoll_wait(self.0, events.as_mut_ptr(), EVENTS as c_int, timeout) };
        // A signal ends the wait early, which the caller is used to.
        let count = usize::try_from(count).unwrap_or(0);
        for event in events.iter().take(count) {
            let (events, descriptor) = (event.events as c_int, event.u64 as c_int);
            let ended = libc::EPOLLERR | libc::EPOLLHUP;
            if events & (libc::EPOLLIN | libc::EPOLLRDHUP | ended) != 0 {
                each(descriptor, Direction::Read);
            }
            if events & (libc::EPOLLOUT | ended) != 0 {
                each(descriptor, Direction::Write);
            }
        }
    }
}
