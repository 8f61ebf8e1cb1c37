//! Threads that give way to nobody by themselves: nothing of this ends without time slices.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt::Write;
use core::hint::spin_loop;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use oscomp_abi::StartError;
use oscomp_interfaces::{App, Console, Heap, NewThread, Priority, Status, Text, Threads, TimeSlices};
use oscomp_macros::module;
use oscomp_sync::{Semaphore, spawn};

/// Starts threads that do not wait.
#[module(provides(App), ambient(Heap))]
pub struct Test<
    /// Where the report goes.
    Output: Console,
    /// What is tested.
    Runner: Threads + TimeSlices,
> {
    output: Output,
    threads: Runner,
}

const THREAD: NewThread = NewThread::named("worker").stack(16 << 10);

/// A logistic map: each step depends on all bits of the one before.
fn chaos(seed: f64, steps: usize) -> f64 {
    (0..steps).fold(seed, |value, _| 3.9 * value * (1.0 - value))
}

impl<Output: Console, Runner: Threads + TimeSlices + 'static> Test<Output, Runner> {
    /// Keeps both for later.
    ///
    /// # Errors
    /// None.
    pub fn start(output: Output, threads: Runner) -> Result<Self, StartError> {
        Ok(Self { output, threads })
    }

    /// Threads that each wait for the next by spinning, the last of which was started last.
    fn spinners(&self) -> usize {
        let reached = Arc::new(AtomicUsize::new(0));
        let handles: Vec<_> = (0..5)
            .rev()
            .map(|number| {
                let reached = reached.clone();
                let spin = move || {
                    while reached.load(Ordering::Acquire) != number {
                        spin_loop();
                    }
                    reached.fetch_add(1, Ordering::Release);
                };
                spawn(self.threads, THREAD, spin).expect("there is room")
            })
            .collect();
        handles.into_iter().for_each(|handle| handle.join());
        reached.load(Ordering::Acquire)
    }

    /// Sums that are computed beside each other in registers, until each was interrupted many times: how many
    /// differ from those that were not.
    fn floats(&self) -> usize {
        const STEPS: usize = 400_000;
        let seeds = [0.1, 0.2, 0.3, 0.4];
        let handles = seeds
            .map(|seed| spawn(self.threads, THREAD, move || chaos(seed, STEPS)).expect("there is room"));
        let results = handles.map(|handle| handle.join());
        seeds.into_iter().zip(results).filter(|(seed, result)| chaos(*seed, STEPS).to_bits() != result.to_bits()).count()
    }

    /// Whether a thread of high priority gets a lock by spinning that one of low priority has when it is preempted.
    fn inversion(&self) -> bool {
        let shared = Arc::new((AtomicBool::new(false), Semaphore::new(self.threads, 0)));
        let (low, high) = (shared.clone(), shared.clone());
        let holder = spawn(self.threads, THREAD.priority(Priority::LOW), move || {
            low.0.store(true, Ordering::Release);
            // The other one is more important, and spins from here on.
            low.1.release();
            low.0.store(false, Ordering::Release);
        });
        let spinner = spawn(self.threads, THREAD.priority(Priority::HIGH), move || {
            high.1.acquire();
            while high.0.swap(true, Ordering::Acquire) {
                spin_loop();
            }
            true
        });
        let result = spinner.expect("there is room").join();
        holder.expect("there is room").join();
        result
    }

    /// Allocations from many threads that are preempted anywhere: how many bytes were another's.
    fn heap(&self) -> usize {
        let handles: Vec<_> = (0..6_u8)
            .map(|number| {
                let fill = move || {
                    let mut wrong = 0;
                    let mut kept: Vec<Vec<u8>> = Vec::new();
                    for round in 0..1500 {
                        kept.push(alloc::vec![number; 16 + round % 200]);
                        if kept.len() > 20 {
                            let old = kept.swap_remove(round % 20);
                            wrong += old.into_iter().filter(|byte| *byte != number).count();
                        }
                    }
                    wrong
                };
                let priority = if number % 3 == 0 { Priority::LOW } else { Priority::NORMAL };
                spawn(self.threads, THREAD.priority(priority), fill).expect("there is room")
            })
            .collect();
        handles.into_iter().map(|handle| handle.join()).sum()
    }

    fn report(&self, out: &mut impl Write) -> core::fmt::Result {
        writeln!(out, "{} spinners ended", self.spinners())?;
        writeln!(out, "4 sums, {} wrong", self.floats())?;
        writeln!(out, "the lock changed hands: {}", self.inversion())?;
        writeln!(out, "{} bytes of the heap were another's", self.heap())
    }
}

impl<Output: Console, Runner: Threads + TimeSlices + 'static> App for &'static Test<Output, Runner> {
    fn run(self) -> Status {
        match self.report(&mut Text(self.output)) {
            Ok(()) => Status::SUCCESS,
            Err(_) => Status::FAILURE,
        }
    }
}
