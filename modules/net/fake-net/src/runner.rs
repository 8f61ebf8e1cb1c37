//! Tasks that run when the test says so, and time that passes when the test says so, or waits for nothing else.

use oscomp_interfaces::{Executor, Timers, TooManyTasks};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

type Future = Pin<Box<dyn core::future::Future<Output = ()> + Send>>;

/// An executor and its timers. It lives as long as the test's process.
#[derive(Clone, Copy)]
pub struct Runner(&'static Shared);

struct Shared {
    tasks: Mutex<Vec<(Arc<Bell>, Option<Future>)>>,
    timers: Mutex<Vec<(Duration, Waker)>>,
    now: Mutex<Duration>,
    live: AtomicUsize,
    limit: usize,
}

struct Bell(AtomicBool);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Runner {
    /// No tasks, and at most `limit` of them; the time is zero.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        let (tasks, timers, now) = (Mutex::default(), Mutex::default(), Mutex::default());
        let shared = Shared { tasks, timers, now, live: AtomicUsize::new(0), limit };
        Self(Box::leak(Box::new(shared)))
    }

    /// Runs the tasks until all of them wait.
    ///
    /// # Panics
    /// When that takes more turns than any test needs: they wake each other for ever.
    pub fn run(self) {
        for _ in 0..1_000_000 {
            let ready = {
                let mut tasks = self.0.tasks.lock().unwrap();
                let ready = tasks.iter().position(|(bell, _)| bell.0.swap(false, Ordering::Relaxed));
                ready.map(|index| (index, tasks[index].0.clone(), tasks[index].1.take()))
            };
            let Some((index, bell, task)) = ready else { return };
            let Some(mut task) = task else { continue };
            if task.as_mut().poll(&mut Context::from_waker(&Waker::from(bell))).is_pending() {
                self.0.tasks.lock().unwrap()[index].1 = Some(task);
            } else {
                self.0.live.fetch_sub(1, Ordering::Relaxed);
            }
        }
        panic!("the tasks do not come to rest");
    }

    /// Lets time pass, in steps of which each timer has its own, and runs the tasks meanwhile.
    ///
    /// # Panics
    /// As [`run`](Self::run).
    pub fn pass(self, duration: Duration) {
        let end = self.time() + duration;
        loop {
            self.run();
            let mut timers = self.0.timers.lock().unwrap();
            timers.sort_by_key(|(at, _)| *at);
            let next = timers.first().map(|(at, _)| *at).filter(|at| *at <= end);
            *self.0.now.lock().unwrap() = next.unwrap_or(end);
            let Some(next) = next else { return };
            let rung = timers.iter().take_while(|(at, _)| *at <= next).count();
            timers.drain(..rung).for_each(|(_, waker)| waker.wake());
        }
    }

    /// Lets time pass until the next timer; false if there is none.
    fn skip(self) -> bool {
        let next = self.0.timers.lock().unwrap().iter().map(|(at, _)| *at).min();
        if let Some(next) = next {
            self.pass(next.saturating_sub(self.time()));
        }
        next.is_some()
    }

    /// How many tasks have not ended.
    #[must_use]
    pub fn tasks(self) -> usize {
        self.0.live.load(Ordering::Relaxed)
    }
}

impl Executor for Runner {
    fn block_on<F: core::future::Future>(self, future: F) -> F::Output {
        let mut future = pin!(future);
        let bell = Arc::new(Bell(AtomicBool::new(true)));
        let waker = Waker::from(bell.clone());
        while bell.0.swap(false, Ordering::Relaxed) || self.skip() {
            if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                return output;
            }
            self.run();
        }
        panic!("it waits for what does not come");
    }

    fn spawn<F: core::future::Future<Output = ()> + Send + 'static>(
        self,
        task: F,
    ) -> Result<(), TooManyTasks> {
        if self.tasks() >= self.0.limit {
            return Err(TooManyTasks);
        }
        self.0.live.fetch_add(1, Ordering::Relaxed);
        let entry = (Arc::new(Bell(AtomicBool::new(true))), Some(Box::pin(task) as Future));
        self.0.tasks.lock().unwrap().push(entry);
        Ok(())
    }
}

impl Timers for Runner {
    fn time(self) -> Duration {
        *self.0.now.lock().unwrap()
    }

    fn poll_at(self, at: Duration, context: &mut Context<'_>) -> Poll<()> {
        if self.time() >= at {
            return Poll::Ready(());
        }
        self.0.timers.lock().unwrap().push((at, context.waker().clone()));
        Poll::Pending
    }
}
