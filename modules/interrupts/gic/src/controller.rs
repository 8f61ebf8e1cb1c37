//! What the registers mean, and the lines behind them.

use crate::version_3::GicRegisters;
use core::task::{Context, Poll};
use oscomp_interfaces::InterruptHandler;
use oscomp_interrupt_lines::Lines;

/// Lines that are served, of the 1020 that the architecture has room for.
const COUNT: usize = 128;
/// The lines below are raised by software; those up to the next belong to the CPU.
const FIRST_OF_CPU: usize = 16;
const FIRST_OF_DEVICES: usize = 32;
/// The line of the CPU's virtual timer (Arm Base System Architecture, 4.1.5).
const TIMER: usize = 27;
/// From here on an acknowledged line is none.
const NONE: u32 = 1020;

/// Offsets in the distributor.
const CONTROL: usize = 0x000;
const KIND: usize = 0x004;
const GROUPS: usize = 0x080;
const ENABLE: usize = 0x100;
const DISABLE: usize = 0x180;
const PRIORITIES: usize = 0x400;
const TARGETS: usize = 0x800;
const ROUTES: usize = 0x6000;
/// Of its control: group 0 (all of version 2's), group 1, routing by affinity.
const GROUP_0: u32 = 1;
const GROUP_1: u32 = 1 << 1;
const AFFINITY: u32 = 1 << 4;
/// Of the control of version 3: a write to it has not reached everything yet.
const PENDING: u32 = 1 << 31;

/// Offsets in the CPU's interface of version 2.
const CPU_CONTROL: usize = 0x00;
const CPU_PRIORITY: usize = 0x04;
const CPU_ACKNOWLEDGE: usize = 0x0c;
const CPU_END: usize = 0x10;

/// Offsets in the redistributor of version 3: who wakes it, and the frame of the CPU's own lines.
const WAKER: usize = 0x14;
const OWN_LINES: usize = 0x1_0000;
/// Of the waker: asked to sleep, and sleeping.
const SLEEP: u32 = 1 << 1;
const ASLEEP: u32 = 1 << 2;

/// The priority of every line, in the middle, for each of the four in a word.
const PRIORITY: u32 = 0x8080_8080;

/// How the CPU speaks with the controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// By an interface in memory, at that offset.
    Two {
        /// In bytes.
        cpu: usize,
    },
    /// By registers of its own; its own lines have a redistributor at that offset.
    Three {
        /// In bytes.
        redistributor: usize,
    },
}

impl Version {
    /// Bytes of registers that are needed.
    pub const fn length(self) -> usize {
        match self {
            Self::Two { cpu } => cpu + CPU_END + 4,
            Self::Three { redistributor } => redistributor + 2 * OWN_LINES,
        }
    }
}

/// The controller.
pub struct Controller<R> {
    registers: R,
    version: Version,
    lines: Lines<COUNT>,
}

impl<R: GicRegisters> Controller<R> {
    pub const fn new(registers: R, version: Version) -> Self {
        Self { registers, version, lines: Lines::new() }
    }

    /// Where the registers of a line begin: those of the CPU's own lines are apart in version 3.
    const fn frame(&self, line: usize) -> usize {
        match self.version {
            Version::Three { redistributor } if line < FIRST_OF_DEVICES => redistributor + OWN_LINES,
            _ => 0,
        }
    }

    /// Sets the bit of a line in an array of them, where zeroes change nothing.
    fn set(&self, array: usize, line: usize) {
        self.registers.write(self.frame(line) + array + line / 32 * 4, 1 << (line % 32));
    }

    /// Masks all lines but the timer's, and has the CPU take what is let through.
    pub fn set_up(&self) {
        let registers = &self.registers;
        registers.write(CONTROL, 0);
        self.wait_for_control();
        for line in (FIRST_OF_DEVICES..self.count()).step_by(32) {
            registers.write(DISABLE + line / 8, u32::MAX);
        }
        match self.version {
            Version::Two { cpu } => {
                registers.write(DISABLE, u32::MAX);
                registers.write(CONTROL, GROUP_0);
                registers.write(cpu + CPU_PRIORITY, 0xff);
                registers.write(cpu + CPU_CONTROL, 1);
            }
            Version::Three { redistributor } => {
                let waker = redistributor + WAKER;
                registers.write(waker, registers.read(waker) & !SLEEP);
                while registers.read(waker) & ASLEEP != 0 {}
                registers.write(self.frame(0) + DISABLE, u32::MAX);
                registers.write(CONTROL, AFFINITY);
                self.wait_for_control();
                registers.write(CONTROL, AFFINITY | GROUP_1);
                self.wait_for_control();
                registers.set_up_cpu();
            }
        }
        self.prepare(TIMER);
        self.set(ENABLE, TIMER);
    }

    fn wait_for_control(&self) {
        if matches!(self.version, Version::Three { .. }) {
            while self.registers.read(CONTROL) & PENDING != 0 {}
        }
    }

    /// How many lines there are, of those that are served.
    fn count(&self) -> usize {
        (32 * (self.registers.read(KIND) as usize % 32 + 1)).min(COUNT)
    }

    /// Has a line lead to this CPU, of a priority that it takes.
    fn prepare(&self, line: usize) {
        let registers = &self.registers;
        let frame = self.frame(line);
        registers.write(frame + PRIORITIES + line / 4 * 4, PRIORITY);
        match self.version {
            Version::Two { .. } => {
                if line >= FIRST_OF_DEVICES {
                    let word = TARGETS + line / 4 * 4;
                    registers.write(word, registers.read(word) | 1 << (line % 4 * 8));
                }
            }
            Version::Three { .. } => {
                let word = frame + GROUPS + line / 32 * 4;
                registers.write(word, registers.read(word) | 1 << (line % 32));
                if line >= FIRST_OF_DEVICES {
                    // The CPU whose affinity is 0.
                    registers.write(ROUTES + 8 * line, 0);
                    registers.write(ROUTES + 8 * line + 4, 0);
                }
            }
        }
    }

    /// Prepares a line, masked. False if there is no such line, or if it is the timer's.
    pub fn open(&self, line: u32) -> bool {
        let line = line as usize;
        if line == TIMER || !(FIRST_OF_CPU..self.count()).contains(&line) {
            return false;
        }
        self.set(DISABLE, line);
        self.prepare(line);
        true
    }

    pub fn poll_raised(&self, line: u32, context: &Context<'_>) -> Poll<()> {
        self.lines.poll(line as usize, context, |line| self.set(ENABLE, line))
    }

    fn acknowledge(&self) -> u32 {
        match self.version {
            Version::Two { cpu } => self.registers.read(cpu + CPU_ACKNOWLEDGE),
            Version::Three { .. } => self.registers.acknowledge(),
        }
    }

    fn end(&self, interrupt: u32) {
        match self.version {
            Version::Two { cpu } => self.registers.write(cpu + CPU_END, interrupt),
            Version::Three { .. } => self.registers.end(interrupt),
        }
    }
}

impl<R: GicRegisters + Sync> InterruptHandler for Controller<R> {
    fn interrupt(&self, _cause: usize) {
        loop {
            let interrupt = self.acknowledge();
            // Version 2 has the CPU that raised it above, if software did.
            let line = interrupt % 1024;
            if line >= NONE {
                return;
            }
            if line as usize == TIMER {
                self.registers.stop_timer();
            } else {
                // Before it has ended, from when on the line can be raised again.
                self.set(DISABLE, line as usize);
            }
            self.end(interrupt);
            self.lines.raise(line as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use core::task::Waker;
    use oscomp_registers::Registers;
    use std::collections::{BTreeMap, BTreeSet};
    use std::sync::Mutex;
    use std::vec::Vec;

    const TWO: Version = Version::Two { cpu: 0x1_0000 };
    const THREE: Version = Version::Three { redistributor: 0xa_0000 };
    /// How many lines the fake has.
    const LINES: usize = 96;

    /// A controller whose lines are held up until they are let go.
    struct Fake {
        version: Version,
        state: Mutex<State>,
    }

    #[derive(Default)]
    struct State {
        registers: BTreeMap<usize, u32>,
        enabled: BTreeSet<u32>,
        raised: BTreeSet<u32>,
        active: BTreeSet<u32>,
        cpu_on: bool,
    }

    impl Fake {
        fn new(version: Version) -> Self {
            Self { version, state: Mutex::default() }
        }

        fn raise(&self, line: u32) {
            self.state.lock().unwrap().raised.insert(line);
        }

        fn release(&self, line: u32) {
            self.state.lock().unwrap().raised.remove(&line);
        }

        /// The line that interrupts the CPU.
        fn pending(&self) -> Option<u32> {
            let state = self.state.lock().unwrap();
            let get = |offset: usize| state.registers.get(&offset).copied().unwrap_or(0);
            let on = match self.version {
                Version::Two { cpu } => get(CONTROL) & GROUP_0 != 0 && get(cpu) == 1 && get(cpu + 4) == 0xff,
                Version::Three { .. } => get(CONTROL) == AFFINITY | GROUP_1 && state.cpu_on,
            };
            let leads_here = |line: u32| {
                let at = line as usize;
                match self.version {
                    Version::Two { .. } => {
                        at < FIRST_OF_DEVICES || get(TARGETS + at / 4 * 4) >> (at % 4 * 8) & 1 != 0
                    }
                    Version::Three { redistributor } => {
                        let frame = if at < 32 { redistributor + OWN_LINES } else { 0 };
                        get(frame + GROUPS + at / 32 * 4) >> (at % 32) & 1 != 0
                    }
                }
            };
            state.raised.iter().copied().find(|line| {
                on && state.enabled.contains(line) && !state.active.contains(line) && leads_here(*line)
            })
        }

        /// Which lines a write to an array of bits is about.
        fn bits(&self, offset: usize, array: usize, value: u32) -> Option<Vec<u32>> {
            let frame = match self.version {
                Version::Three { redistributor } if offset >= redistributor => redistributor + OWN_LINES,
                _ => 0,
            };
            let first = offset.checked_sub(frame + array).filter(|byte| *byte < LINES / 8)? as u32 * 8;
            Some((0..32).filter(|bit| value >> bit & 1 != 0).map(|bit| first + bit).collect())
        }

        fn take(&self) -> u32 {
            let line = self.pending();
            if let Some(line) = line {
                self.state.lock().unwrap().active.insert(line);
            }
            line.unwrap_or(1023)
        }

        fn finish(&self, line: u32) {
            assert!(self.state.lock().unwrap().active.remove(&line), "line {line} was not acknowledged");
        }
    }

    impl Registers for &Fake {
        fn read(&self, offset: usize) -> u32 {
            match (self.version, offset) {
                (_, KIND) => LINES as u32 / 32 - 1,
                (Version::Two { cpu }, _) if offset == cpu + CPU_ACKNOWLEDGE => self.take(),
                _ => self.state.lock().unwrap().registers.get(&offset).copied().unwrap_or(0),
            }
        }

        fn write(&self, offset: usize, value: u32) {
            if let Version::Two { cpu } = self.version
                && offset == cpu + CPU_END
            {
                return self.finish(value);
            }
            let (on, off) = (self.bits(offset, ENABLE, value), self.bits(offset, DISABLE, value));
            let mut state = self.state.lock().unwrap();
            state.enabled.extend(on.into_iter().flatten());
            for line in off.into_iter().flatten() {
                state.enabled.remove(&line);
            }
            state.registers.insert(offset, value);
        }
    }

    impl GicRegisters for &Fake {
        fn set_up_cpu(&self) {
            self.state.lock().unwrap().cpu_on = true;
        }

        fn acknowledge(&self) -> u32 {
            assert_eq!(self.version, THREE);
            self.take()
        }

        fn end(&self, interrupt: u32) {
            self.finish(interrupt);
        }

        fn stop_timer(&self) {
            self.release(TIMER as u32);
        }
    }

    fn both(test: impl Fn(&Fake, Controller<&Fake>)) {
        for version in [TWO, THREE] {
            let fake = Fake::new(version);
            // What firmware may have left.
            fake.state.lock().unwrap().enabled.extend([1, 20, 40, 90]);
            let controller = Controller::new(&fake, version);
            controller.set_up();
            test(&fake, controller);
        }
    }

    #[test]
    fn a_line_is_masked_from_when_it_is_raised_until_somebody_waits_for_it() {
        both(|fake, controller| {
            let context = Context::from_waker(Waker::noop());
            for line in [33, 48, 20] {
                assert!(controller.open(line));
                fake.raise(line);
                assert_eq!(fake.pending(), None, "an open line is masked");
                assert_eq!(controller.poll_raised(line, &context), Poll::Pending);
                assert_eq!(fake.pending(), Some(line));
                controller.interrupt(0);
                assert_eq!(fake.pending(), None, "its device still holds it up");
                assert_eq!(controller.poll_raised(line, &context), Poll::Ready(()));
                fake.release(line);
                assert_eq!(controller.poll_raised(line, &context), Poll::Pending);
                assert_eq!(fake.pending(), None);
            }
        });
    }

    #[test]
    fn all_that_is_raised_is_served_at_once_and_nothing_stays_active() {
        both(|fake, controller| {
            let context = Context::from_waker(Waker::noop());
            for line in [17, 32, 63, 64, 95] {
                assert!(controller.open(line));
                assert_eq!(controller.poll_raised(line, &context), Poll::Pending);
                fake.raise(line);
            }
            controller.interrupt(0);
            assert!(fake.state.lock().unwrap().active.is_empty());
            for line in [17, 32, 63, 64, 95] {
                assert_eq!(controller.poll_raised(line, &context), Poll::Ready(()), "{line}");
            }
        });
    }

    #[test]
    fn the_timer_is_stopped_and_stays_let_through() {
        both(|fake, controller| {
            for _ in 0..2 {
                fake.raise(TIMER as u32);
                assert_eq!(fake.pending(), Some(TIMER as u32));
                controller.interrupt(0);
                assert!(fake.state.lock().unwrap().raised.is_empty());
            }
        });
    }

    #[test]
    fn lines_that_there_are_not_are_refused_and_so_is_the_timers() {
        both(|_, controller| {
            for line in [0, 15, 27, 96, 127, 128, 1023, u32::MAX] {
                assert!(!controller.open(line), "{line}");
            }
        });
    }

    #[test]
    fn what_firmware_let_through_is_masked() {
        both(|fake, _| {
            assert_eq!(fake.state.lock().unwrap().enabled, BTreeSet::from([TIMER as u32]));
        });
    }
}
