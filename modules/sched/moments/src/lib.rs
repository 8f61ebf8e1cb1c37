//! Which task is to be woken when: what executors share. A library, not a module.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

use alloc::collections::BinaryHeap;
use core::cmp::Reverse;
use core::task::Waker;
use core::time::Duration;
use hashbrown::HashTable;
use oscomp_interfaces::{Alarm, Clock, Idle};

/// Halts the processor until `duration` has passed; no task goes on meanwhile.
pub fn sleep(cpu: impl Idle, time: impl Clock, bell: impl Alarm, duration: Duration) {
    let until = time.now().saturating_add(duration);
    while time.now() < until {
        bell.set(Some(until));
        cpu.wait(|| time.now() >= until);
    }
    // A task that slept had the tasks' own alarm replaced; it is set anew before they wait.
    bell.set(None);
}

/// For each task the first moment that it waits for.
#[derive(Debug)]
pub struct Moments {
    tasks: HashTable<Entry>,
    /// Moments and tasks. An entry whose task waits for another moment by now counts for nothing.
    order: BinaryHeap<Reverse<(Duration, usize)>>,
    /// The first moment, which is asked for far more often than it changes.
    first: Option<Duration>,
}

#[derive(Debug)]
struct Entry {
    /// The address of what wakes the task, which stays as long as its waker is here.
    task: usize,
    first: Duration,
    waker: Waker,
}

/// Of an address, in which the lowest bits say nothing.
fn hash(task: usize) -> u64 {
    let product = task as u128 * 0x9e37_79b9_7f4a_7c15;
    (product >> 64) as u64 ^ product as u64
}

impl Moments {
    /// Nobody waits.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "a constant, which a default is not")]
    pub const fn new() -> Self {
        Self { tasks: HashTable::new(), order: BinaryHeap::new(), first: None }
    }

    /// Has `waker` woken at `at`, if it is not to be woken before.
    pub fn add(&mut self, at: Duration, waker: &Waker) {
        let task = waker.data().addr();
        match self.tasks.find_mut(hash(task), |entry| entry.task == task) {
            Some(entry) if entry.first <= at => return,
            Some(entry) => entry.first = at,
            None => {
                let entry = Entry { task, first: at, waker: waker.clone() };
                self.tasks.insert_unique(hash(task), entry, |entry| hash(entry.task));
            }
        }
        self.order.push(Reverse((at, task)));
        self.first = self.first.map_or(Some(at), |first| Some(first.min(at)));
    }

    /// The first moment.
    #[must_use]
    pub fn first(&self) -> Option<Duration> {
        self.first
    }

    /// Removes what counts for nothing in front of the first moment.
    fn settle(&mut self) -> Option<Duration> {
        loop {
            let Reverse((at, task)) = *self.order.peek()?;
            let entry = self.tasks.find(hash(task), |entry| entry.task == task);
            if entry.is_some_and(|entry| entry.first == at) {
                return Some(at);
            }
            self.order.pop();
        }
    }

    /// Takes out one whose moment has come.
    pub fn pop(&mut self, now: Duration) -> Option<Waker> {
        if self.first? > now {
            return None;
        }
        let Reverse((_, task)) = self.order.pop()?;
        let entry = self.tasks.find_entry(hash(task), |entry| entry.task == task).ok()?;
        let waker = entry.remove().0.waker;
        self.first = self.settle();
        Some(waker)
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
        // Earlier and earlier: only the last one counts, also for a task that came back meanwhile.
        for at in (1..50).rev() {
            moments.add(ms(at), &wakers[0]);
        }
        assert!(moments.pop(ms(1)).is_some());
        moments.add(ms(60), &wakers[0]);
        assert!(moments.pop(ms(59)).is_none());
        assert_eq!(moments.first(), Some(ms(60)));
        assert!(moments.pop(ms(60)).is_some() && moments.first().is_none());
        assert!(moments.tasks.is_empty() && moments.order.is_empty());
    }
}
