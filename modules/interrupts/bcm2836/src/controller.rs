//! The two controllers as one.

use core::task::{Context, Poll};
use oscomp_interfaces::InterruptHandler;
use oscomp_interrupt_lines::Lines;
use oscomp_registers::Registers;

/// How many lines the controller of the peripherals has: two words that it shares, and the basic ones.
const COUNT: usize = 72;

/// Registers of the controller of the cores: which core takes those of the peripherals, which timers of core 0
/// interrupt it, and what does.
mod cores {
    pub const ROUTE: usize = 0x0c;
    pub const TIMERS: usize = 0x40;
    pub const SOURCE: usize = 0x60;
}

/// Bytes of the registers of core 0.
pub const LOCAL_LENGTH: usize = cores::SOURCE + 4;
/// Of the timers and of the source: the virtual timer. Of the source: the peripherals.
const VIRTUAL_TIMER: u32 = 1 << 3;
const PERIPHERALS: u32 = 1 << 8;

/// Registers of the controller of the peripherals, each for the first word of lines, the second, and the basic ones.
const PENDING: [usize; 3] = [0x04, 0x08, 0x00];
const ENABLE: [usize; 3] = [0x10, 0x14, 0x18];
const DISABLE: [usize; 3] = [0x1c, 0x20, 0x24];
/// Bytes of them.
pub const PERIPHERALS_LENGTH: usize = 0x28;
/// Which bits of a word are lines: the other basic ones repeat those of the other words.
const LINES: [u32; 3] = [u32::MAX, u32::MAX, 0xff];

/// Both controllers, and how the core's timer is stopped.
pub struct Controller<R> {
    cores: R,
    peripherals: R,
    stop_timer: fn(),
    lines: Lines<COUNT>,
}

impl<R: Registers> Controller<R> {
    pub const fn new(cores: R, peripherals: R, stop_timer: fn()) -> Self {
        Self { cores, peripherals, stop_timer, lines: Lines::new() }
    }

    /// Masks all lines of the peripherals, and lets the virtual timer through.
    pub fn set_up(&self) {
        for register in DISABLE {
            self.peripherals.write(register, u32::MAX);
        }
        self.cores.write(cores::ROUTE, 0);
        self.cores.write(cores::TIMERS, VIRTUAL_TIMER);
    }

    pub fn open(&self, line: u32) -> bool {
        (line as usize) < COUNT
    }

    pub fn poll_raised(&self, line: u32, context: &Context<'_>) -> Poll<()> {
        self.lines.poll(line as usize, context, |line| self.set(ENABLE, line))
    }

    /// Writes the bit of a line; zeroes change nothing.
    fn set(&self, registers: [usize; 3], line: usize) {
        self.peripherals.write(registers[line / 32], 1 << (line % 32));
    }
}

impl<R: Registers + Sync> InterruptHandler for Controller<R> {
    fn interrupt(&self, _cause: usize) {
        let source = self.cores.read(cores::SOURCE);
        if source & VIRTUAL_TIMER != 0 {
            (self.stop_timer)();
        }
        if source & PERIPHERALS != 0 {
            for (word, (register, lines)) in PENDING.into_iter().zip(LINES).enumerate() {
                let mut pending = self.peripherals.read(register) & lines;
                while pending != 0 {
                    let line = 32 * word + pending.trailing_zeros() as usize;
                    self.set(DISABLE, line);
                    self.lines.raise(line);
                    pending &= pending - 1;
                }
            }
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
    use std::sync::atomic::{AtomicU32, Ordering};

    /// Registers of which those of `ENABLE` and `DISABLE` are one, and `PENDING` what of the raised is enabled.
    #[derive(Default)]
    struct Fake {
        plain: Mutex<BTreeMap<usize, u32>>,
        enabled: Mutex<[u32; 3]>,
        raised: Mutex<[u32; 3]>,
        is_peripherals: bool,
    }

    impl Registers for Fake {
        fn read(&self, offset: usize) -> u32 {
            let pending = PENDING.iter().position(|register| self.is_peripherals && *register == offset);
            match pending {
                // The upper bits say that the other words have something.
                Some(word) => {
                    let also = if word == 2 { 0x300 } else { 0 };
                    self.enabled.lock().unwrap()[word] & self.raised.lock().unwrap()[word] | also
                }
                None => self.plain.lock().unwrap().get(&offset).copied().unwrap_or(0),
            }
        }

        fn write(&self, offset: usize, value: u32) {
            let mut enabled = self.enabled.lock().unwrap();
            if let Some(word) = ENABLE.iter().position(|register| *register == offset) {
                enabled[word] |= value;
            } else if let Some(word) = DISABLE.iter().position(|register| *register == offset) {
                enabled[word] &= !value;
            }
            self.plain.lock().unwrap().insert(offset, value);
        }
    }

    static STOPS: AtomicU32 = AtomicU32::new(0);

    fn controller() -> Controller<Fake> {
        let peripherals = Fake { is_peripherals: true, ..Fake::default() };
        *peripherals.enabled.lock().unwrap() = [7; 3];
        let stop = || {
            STOPS.fetch_add(1, Ordering::Relaxed);
        };
        let controller = Controller::new(Fake::default(), peripherals, stop);
        controller.set_up();
        controller
    }

    #[test]
    fn all_lines_begin_masked() {
        let controller = controller();
        assert_eq!(*controller.peripherals.enabled.lock().unwrap(), [0; 3]);
        assert_eq!(controller.cores.read(cores::TIMERS), VIRTUAL_TIMER);
        assert!(controller.open(71) && !controller.open(72));
    }

    #[test]
    fn a_line_is_masked_while_it_is_served() {
        let controller = controller();
        let context = Context::from_waker(Waker::noop());
        controller.cores.write(cores::SOURCE, PERIPHERALS);
        for line in [29, 57, 66] {
            assert!(controller.poll_raised(line, &context).is_pending());
            *controller.peripherals.raised.lock().unwrap() = [1 << 29 | 1, 1 << 25, 1 << 2];
            controller.interrupt(0);
            assert_eq!(*controller.peripherals.enabled.lock().unwrap(), [0; 3], "{line}");
            assert!(controller.poll_raised(line, &context).is_ready());
            assert!(controller.poll_raised(line, &context).is_pending());
            controller.interrupt(0);
            assert!(controller.poll_raised(line, &context).is_ready(), "it was still raised");
        }
        assert!(controller.poll_raised(0, &context).is_pending(), "nobody waited for it");
    }

    #[test]
    fn the_timer_is_stopped_when_it_has_rung() {
        let controller = controller();
        let before = STOPS.load(Ordering::Relaxed);
        controller.interrupt(0);
        assert_eq!(STOPS.load(Ordering::Relaxed), before);
        controller.cores.write(cores::SOURCE, VIRTUAL_TIMER);
        controller.interrupt(0);
        assert_eq!(STOPS.load(Ordering::Relaxed), before + 1);
    }
}
