//! Waits for alarms, halted, and says whether they came when they should.
#![no_std]
#![forbid(unsafe_code)]

use core::time::Duration;
use oscomp_abi::StartError;
use oscomp_interfaces::{Alarm, App, Clock, Console, Idle, Status, Text};
use oscomp_macros::module;

/// Ten alarms, one after the other.
#[module(provides(App))]
pub struct Alarms<
    /// Where it says what happened.
    Output: Console,
    /// What the alarms go by.
    Time: Clock,
    /// What rings.
    Bell: Alarm,
    /// What waits.
    Cpu: Idle,
> {
    output: Output,
    time: Time,
    bell: Bell,
    cpu: Cpu,
}

impl<Output: Console, Time: Clock, Bell: Alarm, Cpu: Idle> Alarms<Output, Time, Bell, Cpu> {
    /// Keeps what it is given.
    ///
    /// # Errors
    /// None.
    pub fn start(output: Output, time: Time, bell: Bell, cpu: Cpu) -> Result<Self, StartError> {
        Ok(Self { output, time, bell, cpu })
    }

    /// Waits until the clock has reached `at`; how often the processor was halted for that.
    fn sleep_until(&self, at: Duration) -> u32 {
        let mut halts = 0;
        while self.time.now() < at {
            self.bell.set(Some(at));
            self.cpu.wait(|| self.time.now() >= at);
            halts += 1;
        }
        halts
    }
}

impl<Output: Console, Time: Clock, Bell: Alarm, Cpu: Idle> App for &Alarms<Output, Time, Bell, Cpu> {
    fn run(self) -> Status {
        use core::fmt::Write;
        let mut text = Text(self.output);
        for _ in 0..10 {
            // From now, not from the last one: a host that is busy may have been late with that.
            let halts = self.sleep_until(self.time.now() + Duration::from_millis(10));
            // A timer may be a little early, never much: then the wait would be a loop that is busy.
            if !(1..=4).contains(&halts) {
                let _ = writeln!(text, "halted {halts} times for one alarm");
                return Status(1);
            }
        }
        // One that has passed rings at once.
        self.bell.set(Some(Duration::ZERO));
        self.cpu.wait(|| false);
        // And one that is taken back does not.
        self.bell.set(Some(self.time.now() + Duration::from_millis(5)));
        self.bell.set(None);
        let halts = self.sleep_until(self.time.now() + Duration::from_millis(20));
        let _ = writeln!(text, "ten alarms rang; then {halts} for one that stayed");
        Status::SUCCESS
    }
}
