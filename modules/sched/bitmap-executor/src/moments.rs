//! Who is to be woken when.

use alloc::collections::{BTreeMap, BTreeSet};
use core::task::Waker;
use core::time::Duration;

/// For each task the first moment that it waits for.
#[derive(Default)]
pub struct Moments {
    /// By the address of what wakes the task, which stays as long as its waker is here.
    tasks: BTreeMap<usize, (Duration, Waker)>,
    order: BTreeSet<(Duration, usize)>,
}

impl Moments {
    pub const fn new() -> Self {
        Self { tasks: BTreeMap::new(), order: BTreeSet::new() }
    }

    /// Has `waker` woken at `at`, if it is not to be woken before.
    pub fn add(&mut self, at: Duration, waker: &Waker) {
        let task = waker.data().addr();
        match self.tasks.get_mut(&task) {
            Some((first, _)) if *first <= at => return,
            Some((first, _)) => {
                self.order.remove(&(*first, task));
                *first = at;
            }
            None => {
                self.tasks.insert(task, (at, waker.clone()));
            }
        }
        self.order.insert((at, task));
    }

    /// The first moment.
    pub fn first(&self) -> Option<Duration> {
        self.order.first().map(|(at, _)| *at)
    }

    /// Takes out one whose moment has come.
    pub fn pop(&mut self, now: Duration) -> Option<Waker> {
        let (at, task) = *self.order.first()?;
        if at > now {
            return None;
        }
        self.order.pop_first();
        self.tasks.remove(&task).map(|(_, waker)| waker)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::sync::Arc;
    use std::task::Wake;
    use std::vec::Vec;

    struct Nothing;

    impl Wake for Nothing {
        fn wake(self: Arc<Self>) {}
    }

    const fn ms(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    #[test]
    fn the_first_moment_of_each_task_counts() {
        let wakers: Vec<Waker> = (0..3).map(|_| Waker::from(Arc::new(Nothing))).collect();
        let mut moments = Moments::new();
        assert_eq!(moments.first(), None);
        moments.add(ms(30), &wakers[0]);
        moments.add(ms(10), &wakers[1]);
        moments.add(ms(10), &wakers[2]);
        moments.add(ms(40), &wakers[0]);
        moments.add(ms(20), &wakers[0]);
        assert_eq!(moments.first(), Some(ms(10)));
        assert!(moments.pop(ms(9)).is_none());
        let two: Vec<Waker> = core::iter::from_fn(|| moments.pop(ms(10))).collect();
        assert!(two.len() == 2 && two.iter().all(|waker| !waker.will_wake(&wakers[0])));
        assert_eq!(moments.first(), Some(ms(20)));
        assert!(moments.pop(ms(100)).unwrap().will_wake(&wakers[0]));
        assert!(moments.pop(ms(100)).is_none(), "one entry for each task");
        assert!(moments.tasks.is_empty() && moments.order.is_empty());
    }
}
