//! Threads that wait for each other in every way, on whichever threads are composed. Each line of the output
//! says what was expected and how often it was otherwise.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt::Write;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use oscomp_abi::StartError;
use oscomp_interfaces::{App, Console, Heap, NewThread, Priority, Status, Text, Threads};
use oscomp_macros::module;
use oscomp_sync::{Channel, Condvar, Mutex, Semaphore, ThreadLocal, sleep, spawn};

/// Starts threads that need each other.
#[module(provides(App), ambient(Heap))]
pub struct Test<
    /// Where the report goes.
    Output: Console,
    /// What is tested.
    Runner: Threads,
> {
    output: Output,
    threads: Runner,
}

const THREAD: NewThread = NewThread::named("worker").stack(16 << 10);

impl<Output: Console, Runner: Threads + 'static> Test<Output, Runner> {
    /// Keeps both for later.
    ///
    /// # Errors
    /// None.
    pub fn start(output: Output, threads: Runner) -> Result<Self, StartError> {
        Ok(Self { output, threads })
    }

    /// Threads that return something, far more than there are at a time.
    fn results(&self) -> usize {
        let mut wrong = 0;
        for round in 0..40_u64 {
            let handles: Vec<_> = (0..20)
                .map(|number| spawn(self.threads, THREAD, move || round * number).expect("there is room"))
                .collect();
            let results: Vec<u64> = handles.into_iter().map(|handle| handle.join()).collect();
            wrong += (0..20).zip(results).filter(|(number, result)| round * number != *result).count();
        }
        wrong
    }

    /// Producers and consumers of a short queue.
    fn channel(&self) -> (u64, usize) {
        let channel = Arc::new(Channel::new(self.threads, 4));
        let producers: Vec<_> = (0..3_u64)
            .map(|number| {
                let channel = channel.clone();
                let produce = move || (0..1000).for_each(|value| channel.send(number * 1000 + value).expect("open"));
                spawn(self.threads, THREAD, produce).expect("there is room")
            })
            .collect();
        let consumers: Vec<_> = (0..2)
            .map(|_| {
                let channel = channel.clone();
                let consume = move || core::iter::from_fn(|| channel.receive()).fold((0, 0), |(sum, count), value| {
                    (sum + value, count + 1)
                });
                spawn(self.threads, THREAD, consume).expect("there is room")
            })
            .collect();
        producers.into_iter().for_each(|producer| producer.join());
        channel.close();
        consumers.into_iter().map(|consumer| consumer.join()).fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1))
    }

    /// The most threads that had one of three permits at a time, of how many entries.
    fn permits(&self) -> (usize, usize) {
        let (inside, most, entries) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
        let shared = Arc::new((Semaphore::new(self.threads, 3), inside, most, entries));
        let handles: Vec<_> = (0..8)
            .map(|_| {
                let (shared, threads) = (shared.clone(), self.threads);
                let enter = move || {
                    let (semaphore, inside, most, entries) = &*shared;
                    for _ in 0..50 {
                        semaphore.acquire();
                        most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        threads.give_way();
                        entries.fetch_add(1, Ordering::SeqCst);
                        inside.fetch_sub(1, Ordering::SeqCst);
                        semaphore.release();
                    }
                };
                spawn(self.threads, THREAD, enter).expect("there is room")
            })
            .collect();
        handles.into_iter().for_each(|handle| handle.join());
        (shared.2.load(Ordering::SeqCst), shared.3.load(Ordering::SeqCst))
    }

    /// A ring of threads that hand on a turn, under a mutex that each gives back while it waits.
    fn ring(&self) -> usize {
        const RING: usize = 7;
        let shared = Arc::new((Mutex::new(self.threads, 0_usize), Condvar::new(self.threads)));
        let handles: Vec<_> = (0..RING)
            .map(|number| {
                let shared = shared.clone();
                let turn = move || {
                    let (turn, changed) = &*shared;
                    for _ in 0..200 {
                        let mut turn = changed.wait_until(turn.lock(), |turn| *turn % RING == number);
                        *turn += 1;
                        drop(turn);
                        changed.notify_all();
                    }
                };
                spawn(self.threads, THREAD, turn).expect("there is room")
            })
            .collect();
        handles.into_iter().for_each(|handle| handle.join());
        *shared.0.lock()
    }

    /// The order in which sleepers wake, who sleep the longer the sooner they begin.
    fn sleepers(&self) -> Vec<u64> {
        let order = Arc::new(Mutex::new(self.threads, Vec::new()));
        let handles: Vec<_> = (1..=5_u64)
            .rev()
            .map(|number| {
                let (order, threads) = (order.clone(), self.threads);
                let doze = move || {
                    sleep(threads, Duration::from_millis(number * 20));
                    order.lock().push(number);
                };
                spawn(self.threads, THREAD, doze).expect("there is room")
            })
            .collect();
        handles.into_iter().for_each(|handle| handle.join());
        order.lock().clone()
    }

    /// The order in which threads of different priorities run.
    fn priorities(&self) -> Vec<&'static str> {
        let order = Arc::new(Mutex::new(self.threads, Vec::new()));
        let all = [("low", Priority::LOW), ("normal", Priority::NORMAL), ("high", Priority::HIGH)];
        let handles: Vec<_> = all
            .into_iter()
            .map(|(name, priority)| {
                let order = order.clone();
                let thread = NewThread::named(name).priority(priority).stack(16 << 10);
                spawn(self.threads, thread, move || order.lock().push(name)).expect("there is room")
            })
            .collect();
        handles.into_iter().for_each(|handle| handle.join());
        order.lock().clone()
    }

    /// Values of the threads' own: how many were another's, and how many there are once their threads have ended.
    fn locals(&self) -> usize {
        let local = Arc::new(ThreadLocal::new(self.threads, || 0_u32));
        let handles: Vec<_> = (0..10)
            .map(|_| {
                let (local, threads) = (local.clone(), self.threads);
                let count = move || {
                    for _ in 0..20 {
                        local.with(|value| *value += 1);
                        threads.give_way();
                    }
                    local.with(|value| *value)
                };
                spawn(self.threads, THREAD, count).expect("there is room")
            })
            .collect();
        handles.into_iter().map(|handle| handle.join()).filter(|value| *value != 20).count()
    }

    fn report(&self, out: &mut impl Write) -> core::fmt::Result {
        writeln!(out, "800 results, {} wrong", self.results())?;
        let (sum, count) = self.channel();
        writeln!(out, "{count} values, sum {sum}")?;
        let (most, entries) = self.permits();
        writeln!(out, "{entries} entries, at most {most} at a time")?;
        writeln!(out, "{} turns around the ring", self.ring())?;
        writeln!(out, "sleepers: {:?}", self.sleepers())?;
        writeln!(out, "priorities: {:?}", self.priorities())?;
        writeln!(out, "10 locals, {} wrong", self.locals())?;
        let refused = (0..70).filter(|_| spawn(self.threads, THREAD, || ()).is_err()).count();
        writeln!(out, "{refused} of 70 refused, {:?}", self.threads.name(self.threads.current()))
    }
}

impl<Output: Console, Runner: Threads + 'static> App for &'static Test<Output, Runner> {
    fn run(self) -> Status {
        match self.report(&mut Text(self.output)) {
            Ok(()) => Status::SUCCESS,
            Err(_) => Status::FAILURE,
        }
    }
}
