//! Which lines were raised, and which tasks wait for them: what the drivers of interrupt controllers
//! share. A library, not a module.
#![no_std]
#![forbid(unsafe_code)]

use atomic_waker::AtomicWaker;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::{Context, Poll};

/// `COUNT` lines, numbered from 0.
#[derive(Debug)]
pub struct Lines<const COUNT: usize> {
    lines: [Line; COUNT],
}

#[derive(Debug)]
struct Line {
    raised: AtomicBool,
    waker: AtomicWaker,
}

impl<const COUNT: usize> Lines<COUNT> {
    /// None raised, nobody waiting.
    #[must_use]
    pub const fn new() -> Self {
        Self { lines: [const { Line { raised: AtomicBool::new(false), waker: AtomicWaker::new() } }; COUNT] }
    }

    /// Notes that a line was raised, and wakes the task that waits for it. The controller has masked it.
    /// False if there is no such line.
    pub fn raise(&self, line: usize) -> bool {
        let Some(line) = self.lines.get(line) else { return false };
        line.raised.store(true, Ordering::Release);
        line.waker.wake();
        true
    }

    /// Ready if the line was raised since this was last ready; else calls `unmask` with the line.
    ///
    /// # Panics
    /// When there is no such line: whoever waits has opened it.
    pub fn poll(&self, line: usize, context: &Context<'_>, unmask: impl FnOnce(usize)) -> Poll<()> {
        let place = &self.lines[line];
        // Before it is looked at: what is raised from here on wakes the task.
        place.waker.register(context.waker());
        if place.raised.swap(false, Ordering::AcqRel) {
            return Poll::Ready(());
        }
        unmask(line);
        Poll::Pending
    }
}

impl<const COUNT: usize> Default for Lines<COUNT> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;
    use std::task::{Wake, Waker};

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn a_task_is_woken_once_for_each_time_that_it_asked() {
        let count = Arc::new(Count::default());
        let waker = Waker::from(count.clone());
        let context = Context::from_waker(&waker);
        let lines = Lines::<4>::new();
        let mut unmasked = 0;
        assert_eq!(lines.poll(2, &context, |line| unmasked += line), Poll::Pending);
        assert_eq!(unmasked, 2, "who waits for a line has it unmasked");
        assert!(lines.raise(2) && lines.raise(2));
        assert_eq!(count.0.load(Ordering::Relaxed), 1);
        assert_eq!(lines.poll(2, &context, |_| panic!("it was raised")), Poll::Ready(()));
        assert_eq!(lines.poll(2, &context, |_| {}), Poll::Pending, "twice raised is once ready");
    }

    #[test]
    fn what_was_raised_before_anybody_asked_is_not_lost() {
        let lines = Lines::<1>::new();
        lines.raise(0);
        let context = Context::from_waker(Waker::noop());
        assert_eq!(lines.poll(0, &context, |_| panic!("it was raised")), Poll::Ready(()));
        assert!(!lines.raise(1), "there is no such line");
    }
}
