//! Several tasks that wait for the same.

use alloc::sync::Arc;
use alloc::task::Wake;
use alloc::vec::Vec;
use core::task::{Context, Waker};
use spin::Mutex;

/// Those who are to be woken when something changes.
#[derive(Debug, Default)]
pub struct Watchers(Mutex<Vec<Waker>>);

impl Watchers {
    /// Has the task of `context` woken at the next change, once.
    pub fn add(&self, context: &Context<'_>) {
        let waker = context.waker();
        // Who asks without waiting is not woken.
        if waker.will_wake(Waker::noop()) {
            return;
        }
        let mut list = self.0.lock();
        if !list.iter().any(|known| known.will_wake(waker)) {
            list.push(waker.clone());
        }
    }

    /// Wakes them.
    pub fn wake_all(&self) {
        self.0.lock().drain(..).for_each(Waker::wake);
    }
}

impl Wake for Watchers {
    fn wake(self: Arc<Self>) {
        self.wake_all();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.wake_all();
    }
}

/// Watchers of something that remembers one task only, the last that has asked: all ask by this one's waker.
#[derive(Debug)]
pub struct Watch {
    watchers: Arc<Watchers>,
    waker: Waker,
}

impl Default for Watch {
    fn default() -> Self {
        let watchers = Arc::new(Watchers::default());
        Self { waker: Waker::from(watchers.clone()), watchers }
    }
}

impl Watch {
    /// Has the task of `context` woken at the next change, and asks for that with `poll`.
    pub fn poll<R>(&self, context: &Context<'_>, poll: impl FnOnce(&mut Context<'_>) -> R) -> R {
        self.watchers.add(context);
        poll(&mut Context::from_waker(&self.waker))
    }

    /// Wakes those who watch.
    pub fn wake_all(&self) {
        self.watchers.wake_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::sync::atomic::{AtomicUsize, Ordering};

    #[derive(Default)]
    struct Bell(AtomicUsize);

    impl Wake for Bell {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn each_watcher_is_woken_once() {
        let (one, two) = (Arc::new(Bell::default()), Arc::new(Bell::default()));
        let wakers = [Waker::from(one.clone()), Waker::from(two.clone())];
        let watch = Watch::default();
        let mut asked = None;
        for waker in [&wakers[0], &wakers[1], &wakers[0], Waker::noop()] {
            watch.poll(&Context::from_waker(waker), |context| asked = Some(context.waker().clone()));
        }
        let asked = asked.unwrap();
        asked.wake_by_ref();
        asked.wake();
        watch.wake_all();
        assert_eq!([one, two].map(|bell| bell.0.load(Ordering::Relaxed)), [1, 1]);
    }
}
