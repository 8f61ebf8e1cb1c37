//! What the registers mean, and the lines behind them.

use core::task::{Context, Poll};
use oscomp_interfaces::InterruptHandler;
use oscomp_interrupt_lines::Lines;
use oscomp_registers::Registers;

/// Lines that are served, of the 1024 that the specification has room for; 0 is none.
const COUNT: usize = 128;
/// The priority of a line that is not masked.
const UNMASKED: u32 = 1;
const MASKED: u32 = 0;

/// Offset of a line's priority, in bytes.
const fn priority(line: usize) -> usize {
    4 * line
}

/// Offset of the word that lets a line through to a context.
const fn enable(context: usize, line: usize) -> usize {
    0x2000 + 0x80 * context + line / 32 * 4
}

/// Offset of the priority that a line has to exceed.
const fn threshold(context: usize) -> usize {
    0x20_0000 + 0x1000 * context
}

/// Offset of the line that was raised when read, and that has been served when written.
const fn claim(context: usize) -> usize {
    threshold(context) + 4
}

/// Bytes of registers that a context needs.
pub const fn length(context: usize) -> usize {
    claim(context) + 4
}

/// The controller, seen from one context.
pub struct Controller<R> {
    registers: R,
    context: usize,
    lines: Lines<COUNT>,
}

impl<R: Registers> Controller<R> {
    pub fn new(registers: R, context: usize) -> Self {
        Self { registers, context, lines: Lines::new() }
    }

    /// Lets no line through yet.
    pub fn set_up(&self) {
        for line in (0..COUNT).step_by(32) {
            self.registers.write(enable(self.context, line), 0);
        }
        self.registers.write(threshold(self.context), 0);
    }

    /// Lets a line through, masked. False if there is no such line.
    pub fn open(&self, line: u32) -> bool {
        let line = line as usize;
        if !(1..COUNT).contains(&line) {
            return false;
        }
        // A controller without that line ignores what is written.
        self.registers.write(priority(line), UNMASKED);
        let exists = self.registers.read(priority(line)) == UNMASKED;
        self.registers.write(priority(line), MASKED);
        if exists {
            let word = enable(self.context, line);
            self.registers.write(word, self.registers.read(word) | 1 << (line % 32));
        }
        exists
    }

    pub fn poll_raised(&self, line: u32, context: &Context<'_>) -> Poll<()> {
        self.lines.poll(line as usize, context, |line| self.registers.write(priority(line), UNMASKED))
    }
}

impl<R: Registers + Sync> InterruptHandler for Controller<R> {
    fn interrupt(&self, _cause: usize) {
        loop {
            let line = self.registers.read(claim(self.context));
            if line == 0 {
                return;
            }
            // Before it is complete, from when on the line can be raised again.
            self.registers.write(priority(line as usize), MASKED);
            self.registers.write(claim(self.context), line);
            self.lines.raise(line as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use core::task::Waker;
    use std::collections::BTreeMap;
    use std::sync::Mutex;

    /// How many lines the fake has.
    const LINES: usize = 96;
    const CONTEXT: usize = 1;

    /// A controller whose lines are held up until they are let go.
    #[derive(Default)]
    struct Fake(Mutex<State>);

    #[derive(Default)]
    struct State {
        registers: BTreeMap<usize, u32>,
        raised: std::collections::BTreeSet<u32>,
        claimed: std::collections::BTreeSet<u32>,
    }

    impl State {
        fn get(&self, offset: usize) -> u32 {
            self.registers.get(&offset).copied().unwrap_or(0)
        }

        /// The line that interrupts the hart.
        fn pending(&self) -> Option<u32> {
            self.raised.difference(&self.claimed).copied().find(|line| {
                let at = *line as usize;
                self.get(priority(at)) > self.get(threshold(CONTEXT))
                    && self.get(enable(CONTEXT, at)) >> (at % 32) & 1 != 0
            })
        }
    }

    impl Registers for &Fake {
        fn read(&self, offset: usize) -> u32 {
            let mut state = self.0.lock().unwrap();
            if offset != claim(CONTEXT) {
                return state.get(offset);
            }
            let line = state.pending().unwrap_or(0);
            if line != 0 {
                state.claimed.insert(line);
            }
            line
        }

        fn write(&self, offset: usize, value: u32) {
            let mut state = self.0.lock().unwrap();
            if offset == claim(CONTEXT) {
                assert!(state.claimed.remove(&value), "line {value} was not claimed");
            } else if !(priority(LINES)..enable(0, 0)).contains(&offset) {
                state.registers.insert(offset, value);
            }
        }
    }

    fn controller(fake: &Fake) -> Controller<&Fake> {
        let controller = Controller::new(fake, CONTEXT);
        controller.set_up();
        controller
    }

    #[test]
    fn a_line_is_masked_from_when_it_is_raised_until_somebody_waits_for_it() {
        let fake = Fake::default();
        let controller = controller(&fake);
        let context = Context::from_waker(Waker::noop());
        assert!(controller.open(10) && controller.open(33));
        fake.0.lock().unwrap().raised.insert(10);
        assert_eq!(fake.0.lock().unwrap().pending(), None, "an open line is masked");
        assert_eq!(controller.poll_raised(10, &context), Poll::Pending);
        assert_eq!(fake.0.lock().unwrap().pending(), Some(10));
        controller.interrupt(9);
        assert_eq!(fake.0.lock().unwrap().pending(), None, "its device still holds it up");
        assert_eq!(controller.poll_raised(10, &context), Poll::Ready(()));
        assert_eq!(controller.poll_raised(33, &context), Poll::Pending);
        fake.0.lock().unwrap().raised.remove(&10);
        assert_eq!(controller.poll_raised(10, &context), Poll::Pending);
        assert_eq!(fake.0.lock().unwrap().pending(), None);
    }

    #[test]
    fn all_that_is_raised_is_served_at_once() {
        let fake = Fake::default();
        let controller = controller(&fake);
        let context = Context::from_waker(Waker::noop());
        for line in [1, 31, 32, 95] {
            assert!(controller.open(line));
            assert_eq!(controller.poll_raised(line, &context), Poll::Pending);
            fake.0.lock().unwrap().raised.insert(line);
        }
        controller.interrupt(9);
        for line in [1, 31, 32, 95] {
            assert_eq!(controller.poll_raised(line, &context), Poll::Ready(()), "{line}");
        }
    }

    #[test]
    fn lines_that_the_controller_does_not_have_are_refused() {
        let fake = Fake::default();
        let controller = controller(&fake);
        for line in [0, 96, 127, 128, u32::MAX] {
            assert!(!controller.open(line), "{line}");
        }
    }
}
