//! Tasks that sleep and tasks that take turns, a thousand of them.
#![no_std]
#![forbid(unsafe_code)]

use core::sync::atomic::{AtomicU32, Ordering};
use core::time::Duration;
use oscomp_abi::StartError;
use oscomp_interfaces::{App, Console, Executor, Heap, Status, Text, Timers, sleep, yield_now};
use oscomp_macros::module;

/// A thousand tasks.
#[module(provides(App), ambient(Heap))]
pub struct Tasks<
    /// Where it says what happened.
    Output: Console,
    /// What runs the tasks.
    Runner: Executor,
    /// What wakes them.
    Time: Timers,
> {
    output: Output,
    runner: Runner,
    time: Time,
    turns: AtomicU32,
    awake: AtomicU32,
    early: AtomicU32,
}

impl<Output: Console, Runner: Executor, Time: Timers> Tasks<Output, Runner, Time> {
    /// Keeps what it is given.
    ///
    /// # Errors
    /// None.
    pub fn start(output: Output, runner: Runner, time: Time) -> Result<Self, StartError> {
        let none = || AtomicU32::new(0);
        Ok(Self { output, runner, time, turns: none(), awake: none(), early: none() })
    }
}

impl<Output: Console, Runner: Executor, Time: Timers> App for &'static Tasks<Output, Runner, Time> {
    fn run(self) -> Status {
        use core::fmt::Write;
        let mut refused = 0;
        for number in 0..500 {
            let turns = self.runner.spawn(async move {
                for _ in 0..10 {
                    yield_now().await;
                    self.turns.fetch_add(1, Ordering::Relaxed);
                }
            });
            let sleeps = self.runner.spawn(async move {
                let at = self.time.time() + Duration::from_millis(number % 50);
                sleep(self.time, Duration::from_millis(number % 50)).await;
                self.awake.fetch_add(1, Ordering::Relaxed);
                // Early would be wrong; how late depends on the host.
                self.early.fetch_add(u32::from(self.time.time() < at), Ordering::Relaxed);
            });
            refused += u32::from(turns.is_err()) + u32::from(sleeps.is_err());
        }
        self.runner.block_on(async {
            while self.awake.load(Ordering::Relaxed) < 500 {
                sleep(self.time, Duration::from_millis(1)).await;
            }
        });
        let [turns, awake, early] =
            [&self.turns, &self.awake, &self.early].map(|count| count.load(Ordering::Relaxed));
        let _ = writeln!(
            Text(self.output),
            "{turns} turns, {awake} sleepers woke, {early} too early, {refused} refused"
        );
        Status(u8::from(early + refused > 0 || turns != 5000))
    }
}
