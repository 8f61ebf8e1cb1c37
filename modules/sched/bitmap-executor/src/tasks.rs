//! The tasks, each in a place with a number.

use crate::ready::{Bell, LIMIT, Ready};
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::pin::Pin;
use core::task::{Context, Waker};
use oscomp_interfaces::TooManyTasks;
use spin::Mutex;

/// A task without its type.
pub type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The number of the future that is not spawned but waited for.
pub const MAIN: usize = 0;

/// The spawned tasks.
pub struct Tasks {
    ready: Arc<Ready>,
    /// What wakes the future that is waited for: one for all of them, so that its moments are one task's.
    main: Waker,
    places: Mutex<Places>,
    limit: usize,
}

struct Places {
    places: Vec<Option<Place>>,
    free: Vec<usize>,
}

/// A task with what wakes it; out of its place while it runs.
struct Place {
    task: Option<Task>,
    waker: Waker,
}

fn waker(ready: &Arc<Ready>, number: usize) -> Waker {
    Waker::from(Arc::new(Bell { ready: ready.clone(), number }))
}

impl Tasks {
    /// None yet, and at most `limit`.
    pub fn new(limit: usize) -> Self {
        let places = Places { places: Vec::new(), free: Vec::new() };
        let ready = Arc::new(Ready::new());
        let main = waker(&ready, MAIN);
        Self { ready, main, places: Mutex::new(places), limit: limit.min(LIMIT - 1) }
    }

    /// What wakes the future that is waited for.
    pub fn main(&self) -> &Waker {
        &self.main
    }

    /// Whether nothing can go on.
    pub fn all_wait(&self) -> bool {
        self.ready.is_empty()
    }

    /// Makes a task ready for the first time.
    pub fn add(&self, task: Task) -> Result<(), TooManyTasks> {
        let mut places = self.places.lock();
        let index = match places.free.pop() {
            Some(index) => index,
            None if places.places.len() < self.limit => {
                let index = places.places.len();
                let waker = waker(&self.ready, index + 1);
                places.places.push(Some(Place { task: None, waker }));
                index
            }
            None => return Err(TooManyTasks),
        };
        if let Some(place) = &mut places.places[index] {
            place.task = Some(task);
        }
        drop(places);
        self.ready.add(index + 1);
        Ok(())
    }

    /// Lets each task that can go on do so, once. Whether the main future can.
    pub fn run(&self) -> bool {
        let mut main = false;
        self.ready.drain(|number| match number {
            MAIN => main = true,
            number => self.run_one(number - 1),
        });
        main
    }

    fn run_one(&self, index: usize) {
        // Out of its place, so that it may spawn others. A waker may outlive its task.
        let Some(mut place) = self.places.lock().places[index].take() else { return };
        if let Some(task) = &mut place.task
            && task.as_mut().poll(&mut Context::from_waker(&place.waker)).is_ready()
        {
            // What it owns may spawn tasks when it is dropped.
            place.task = None;
            let mut places = self.places.lock();
            places.places[index] = Some(place);
            places.free.push(index);
            return;
        }
        self.places.lock().places[index] = Some(place);
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use core::future::poll_fn;
    use core::sync::atomic::{AtomicUsize, Ordering};
    use core::task::Poll;
    use oscomp_interfaces::yield_now;

    #[test]
    fn tasks_take_turns() {
        let tasks = Tasks::new(10);
        let log = Arc::new(Mutex::new(Vec::new()));
        for name in ['a', 'b'] {
            let log = log.clone();
            let task = async move {
                for turn in 0..3 {
                    log.lock().push((name, turn));
                    yield_now().await;
                }
            };
            tasks.add(Box::pin(task)).unwrap();
        }
        while !tasks.all_wait() {
            assert!(!tasks.run());
        }
        assert_eq!(*log.lock(), [('a', 0), ('b', 0), ('a', 1), ('b', 1), ('a', 2), ('b', 2)]);
    }

    #[test]
    fn a_place_is_used_again_and_the_limit_holds() {
        let tasks = Tasks::new(2);
        for _ in 0..1000 {
            tasks.add(Box::pin(async {})).unwrap();
            tasks.add(Box::pin(yield_now())).unwrap();
            assert_eq!(tasks.add(Box::pin(async {})), Err(TooManyTasks));
            tasks.run();
            tasks.add(Box::pin(async {})).unwrap();
            tasks.run();
            tasks.run();
            assert!(tasks.all_wait());
        }
        assert_eq!(tasks.places.lock().places.len(), 2);
    }

    #[test]
    fn a_task_that_waits_is_polled_when_it_is_woken_and_not_otherwise() {
        let tasks = Tasks::new(1);
        let polls = Arc::new(AtomicUsize::new(0));
        let waker = Arc::new(Mutex::new(None));
        let (counted, kept) = (polls.clone(), waker.clone());
        tasks
            .add(Box::pin(poll_fn(move |context| {
                counted.fetch_add(1, Ordering::Relaxed);
                *kept.lock() = Some(context.waker().clone());
                Poll::Pending
            })))
            .unwrap();
        tasks.run();
        tasks.run();
        assert_eq!(polls.load(Ordering::Relaxed), 1);
        let waker: Waker = waker.lock().take().unwrap();
        waker.wake_by_ref();
        waker.wake();
        tasks.run();
        assert_eq!(polls.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn a_late_wake_is_harmless_and_a_task_may_spawn_when_it_ends() {
        struct SpawnsAtTheEnd(Arc<Tasks>, Arc<AtomicUsize>);
        impl Drop for SpawnsAtTheEnd {
            fn drop(&mut self) {
                let count = self.1.clone();
                self.0
                    .add(Box::pin(async move {
                        count.fetch_add(1, Ordering::Relaxed);
                    }))
                    .unwrap();
            }
        }
        let tasks = Arc::new(Tasks::new(2));
        let count = Arc::new(AtomicUsize::new(0));
        let guard = SpawnsAtTheEnd(tasks.clone(), count.clone());
        let late = Arc::new(Mutex::new(None));
        let kept = late.clone();
        tasks
            .add(Box::pin(async move {
                let _guard = guard;
                poll_fn(|context| {
                    *kept.lock() = Some(context.waker().clone());
                    Poll::Ready(())
                })
                .await;
            }))
            .unwrap();
        while !tasks.all_wait() {
            tasks.run();
        }
        assert_eq!(count.load(Ordering::Relaxed), 1);
        let waker: Waker = late.lock().take().unwrap();
        waker.wake();
        assert!(!tasks.run());
    }
}
