//! The two controllers as one: lines become vectors.

use core::ops::Range;
use core::sync::atomic::{AtomicU64, Ordering};
use core::task::{Context, Poll};
use oscomp_abi::Line;
use oscomp_interfaces::{CpuInterrupts, InterruptHandler, Message, masked};
use oscomp_interrupt_lines::Lines;
use oscomp_registers::Registers;

/// The vector of the timer.
const TIMER: usize = 32;
/// The vector of line 0; the others follow.
const LINE: usize = 33;
/// More lines than an I/O APIC has.
const COUNT: usize = 64;
/// The vector of message 0; the others follow.
const MESSAGE: usize = LINE + COUNT;
/// How many messages there are.
const MESSAGES: usize = 16;
/// The vector of interrupts that were withdrawn; its low bits are ones.
const SPURIOUS: usize = 255;

/// Registers of the local APIC: offsets in bytes.
mod local {
    pub const ID: usize = 0x20;
    pub const PRIORITY: usize = 0x80;
    pub const END: usize = 0xb0;
    pub const SPURIOUS: usize = 0xf0;
    pub const TIMER: usize = 0x320;
    /// The pin that the PC's first interrupt controller, an 8259, leads to.
    pub const PIN_0: usize = 0x350;
    pub const INITIAL: usize = 0x380;
    pub const CURRENT: usize = 0x390;
    pub const DIVISION: usize = 0x3e0;
}

/// Registers of the I/O APIC: the selector, what it selects, and numbers of those.
mod io {
    pub const SELECT: usize = 0x00;
    pub const WINDOW: usize = 0x10;
    pub const VERSION: u32 = 0x01;
    /// Of line 0; each line has two.
    pub const REDIRECTION: u32 = 0x10;
}

/// Of a redirection's low half, and of the timer's vector.
const MASKED: u32 = 1 << 16;
const LEVEL: u32 = 1 << 15;
/// Where messages to the local APIC of that number go, from bit 12 on.
const MESSAGE_ADDRESS: u64 = 0xfee0_0000;
/// Of the spurious vector: the local APIC is on.
const ENABLED: u32 = 1 << 8;
/// The timer's clock is divided by 16.
const BY_16: u32 = 0b0011;
/// By how much the timer's clock is divided.
pub const DIVISION: u64 = 16;

/// Both controllers.
pub struct Controller<R> {
    local: R,
    io: R,
    /// The lines, then the messages.
    lines: Lines<{ COUNT + MESSAGES }>,
    /// Which lines are edges.
    edges: AtomicU64,
}

/// The vector of a line that is a message.
pub fn message_vector(line: Line) -> Option<usize> {
    match line {
        Line::Message(message) if (message as usize) < MESSAGES => Some(MESSAGE + message as usize),
        _ => None,
    }
}

impl<R: Registers> Controller<R> {
    pub fn new(local: R, io: R) -> Self {
        Self { local, io, lines: Lines::new(), edges: AtomicU64::new(0) }
    }

    /// The vectors that it has.
    pub fn vectors(&self) -> impl Iterator<Item = usize> {
        let lines: Range<usize> = LINE..LINE + self.count() as usize;
        core::iter::once(TIMER).chain(lines).chain(core::iter::once(SPURIOUS))
    }

    /// Masks every line and whatever the 8259 raises, stops the timer, and turns the local APIC on.
    pub fn set_up(&self) {
        for line in 0..self.count() {
            self.mask(line);
        }
        self.local.write(local::PIN_0, MASKED);
        self.local.write(local::PRIORITY, 0);
        self.local.write(local::DIVISION, BY_16);
        self.local.write(local::TIMER, TIMER as u32);
        self.local.write(local::INITIAL, 0);
        self.local.write(local::SPURIOUS, ENABLED | SPURIOUS as u32);
    }

    /// Prepares a line; false if there is none. An edge is not masked from here on.
    pub fn open(&self, line: Line) -> bool {
        match line {
            Line::Level(line) => line < self.count(),
            Line::Edge(line) => {
                let exists = line < self.count();
                if exists {
                    self.edges.fetch_or(1 << line, Ordering::Relaxed);
                    self.redirect(line, LINE as u32 + line);
                }
                exists
            }
            Line::Message(_) => message_vector(line).is_some(),
        }
    }

    /// How a device sends a message to this CPU.
    pub fn message(&self, line: Line) -> Option<Message> {
        let vector = message_vector(line)?;
        let to = u64::from(self.local.read(local::ID) >> 24);
        Some(Message { address: MESSAGE_ADDRESS | to << 12, data: vector as u32 })
    }

    /// See `Interrupts::poll_raised`.
    pub fn poll_raised(&self, cpu: impl CpuInterrupts, line: Line, context: &Context<'_>) -> Poll<()> {
        match line {
            // The I/O APIC is told a register and then its value, by the handler too.
            Line::Level(line) => self.lines.poll(line as usize, context, |_| {
                masked(cpu, |_| self.redirect(line, LEVEL | (LINE as u32 + line)));
            }),
            Line::Edge(line) => self.lines.poll(line as usize, context, |_| {}),
            Line::Message(message) => self.lines.poll(COUNT + message as usize, context, |_| {}),
        }
    }

    /// Has the timer run down from `count`; 0 stops it.
    pub fn set_timer(&self, count: u32) {
        self.local.write(local::INITIAL, count);
    }

    /// What is left of the timer's count.
    pub fn timer(&self) -> u32 {
        self.local.read(local::CURRENT)
    }

    /// How many lines there are.
    fn count(&self) -> u32 {
        ((self.read_io(io::VERSION) >> 16 & 0xff) + 1).min(COUNT as u32)
    }

    /// Masks a line, which stays level-triggered: what is raised at an edge would be remembered when the
    /// device no longer raises it.
    fn mask(&self, line: u32) {
        self.redirect(line, MASKED | LEVEL | (LINE as u32 + line));
    }

    fn redirect(&self, line: u32, low: u32) {
        let register = io::REDIRECTION + 2 * line;
        // To this CPU, before it is unmasked.
        self.write_io(register + 1, self.local.read(local::ID) & 0xff00_0000);
        self.write_io(register, low);
    }

    fn read_io(&self, register: u32) -> u32 {
        self.io.write(io::SELECT, register);
        self.io.read(io::WINDOW)
    }

    fn write_io(&self, register: u32, value: u32) {
        self.io.write(io::SELECT, register);
        self.io.write(io::WINDOW, value);
    }
}

impl<R: Registers + Sync> InterruptHandler for Controller<R> {
    fn interrupt(&self, vector: usize) {
        if vector == SPURIOUS {
            return;
        }
        if let Some(line) = vector.checked_sub(LINE) {
            if line < COUNT && self.edges.load(Ordering::Relaxed) >> line & 1 == 0 {
                self.mask(line as u32);
            }
            self.lines.raise(line);
        }
        self.local.write(local::END, 0);
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::collections::BTreeMap;
    use std::sync::Mutex;
    use std::sync::atomic::AtomicBool;
    use std::task::Waker;

    /// A CPU on which nothing happens by itself; whether it takes interrupts at any time.
    #[derive(Default)]
    struct Cpu(AtomicBool);

    impl CpuInterrupts for &Cpu {
        fn handle(self, _cause: usize, _handler: &'static dyn InterruptHandler) -> bool {
            false
        }

        fn are_unmasked(self) -> bool {
            self.0.load(Ordering::Relaxed)
        }

        fn unmask(self) {
            self.0.store(true, Ordering::Relaxed);
        }

        fn mask(self) {
            self.0.store(false, Ordering::Relaxed);
        }
    }

    /// Registers that hold what was written, and the I/O APIC's behind the selector.
    #[derive(Default)]
    struct Fake {
        plain: Mutex<BTreeMap<usize, u32>>,
        selected: Mutex<BTreeMap<u32, u32>>,
        selects: bool,
        /// What may interrupt between a register's number and its value.
        cpu: Cpu,
    }

    impl Registers for Fake {
        fn read(&self, offset: usize) -> u32 {
            let plain = self.plain.lock().unwrap();
            if self.selects && offset == io::WINDOW {
                return *self.selected.lock().unwrap().get(&plain[&io::SELECT]).unwrap_or(&0);
            }
            *plain.get(&offset).unwrap_or(&0)
        }

        fn write(&self, offset: usize, value: u32) {
            assert!(!self.cpu.are_unmasked(), "the handler might write in between");
            let mut plain = self.plain.lock().unwrap();
            if self.selects && offset == io::WINDOW {
                self.selected.lock().unwrap().insert(plain[&io::SELECT], value);
            } else {
                plain.insert(offset, value);
            }
        }
    }

    fn controller() -> Controller<Fake> {
        let io = Fake { selects: true, ..Fake::default() };
        io.selected.lock().unwrap().insert(io::VERSION, 23 << 16 | 0x20);
        let local = Fake::default();
        local.write(local::ID, 3 << 24);
        Controller::new(local, io)
    }

    fn redirection(controller: &Controller<Fake>, line: u32) -> (u32, u32) {
        let selected = controller.io.selected.lock().unwrap();
        let register = io::REDIRECTION + 2 * line;
        (selected[&register], selected[&(register + 1)])
    }

    #[test]
    fn all_lines_begin_masked() {
        let controller = controller();
        controller.set_up();
        for line in 0..24 {
            assert_eq!(redirection(&controller, line).0, MASKED | LEVEL | (33 + line));
        }
        assert!(controller.open(Line::Level(23)) && !controller.open(Line::Level(24)));
        assert_eq!(controller.vectors().count(), 26);
        assert_eq!(controller.local.read(local::SPURIOUS), 0x1ff);
        assert_eq!(controller.local.read(local::PIN_0), MASKED, "an 8259 raises vectors of exceptions");
    }

    #[test]
    fn a_line_is_unmasked_while_somebody_waits() {
        let controller = controller();
        controller.set_up();
        let context = Context::from_waker(Waker::noop());
        assert!(controller.poll_raised(&Cpu::default(), Line::Level(5), &context).is_pending());
        assert_eq!(redirection(&controller, 5), (LEVEL | 38, 3 << 24));
        controller.interrupt(38);
        assert_eq!(redirection(&controller, 5).0, MASKED | LEVEL | 38);
        assert_eq!(controller.local.read(local::END), 0);
        assert!(controller.poll_raised(&Cpu::default(), Line::Level(5), &context).is_ready());
        assert_eq!(redirection(&controller, 5).0, MASKED | LEVEL | 38, "not before somebody waits again");
    }

    #[test]
    fn nothing_interrupts_while_a_line_is_unmasked() {
        let controller = controller();
        controller.set_up();
        let cpu = &controller.io.cpu;
        let context = Context::from_waker(Waker::noop());
        for unmasked in [true, false] {
            cpu.0.store(unmasked, Ordering::Relaxed);
            assert!(controller.poll_raised(cpu, Line::Level(5), &context).is_pending());
            assert_eq!(cpu.are_unmasked(), unmasked, "as it was before");
        }
        assert_eq!(redirection(&controller, 5), (LEVEL | 38, 3 << 24));
    }

    #[test]
    fn an_edge_is_never_masked() {
        let controller = controller();
        controller.set_up();
        assert!(controller.open(Line::Edge(5)) && !controller.open(Line::Edge(24)));
        assert_eq!(redirection(&controller, 5), (38, 3 << 24));
        let context = Context::from_waker(Waker::noop());
        assert!(controller.poll_raised(&Cpu::default(), Line::Edge(5), &context).is_pending());
        controller.interrupt(38);
        assert_eq!(redirection(&controller, 5).0, 38, "what is raised now is not lost");
        assert!(controller.poll_raised(&Cpu::default(), Line::Edge(5), &context).is_ready());
    }

    #[test]
    fn a_message_is_a_vector_of_this_cpu() {
        let controller = controller();
        controller.set_up();
        assert_eq!(
            controller.message(Line::Message(1)),
            Some(Message { address: 0xfee0_3000, data: MESSAGE as u32 + 1 })
        );
        assert_eq!((controller.message(Line::Level(1)), controller.message(Line::Message(16))), (None, None));
        assert!(controller.open(Line::Message(15)) && !controller.open(Line::Message(16)));
        let context = Context::from_waker(Waker::noop());
        assert!(controller.poll_raised(&Cpu::default(), Line::Message(1), &context).is_pending());
        controller.interrupt(MESSAGE + 1);
        assert!(controller.poll_raised(&Cpu::default(), Line::Message(0), &context).is_pending());
        assert!(controller.poll_raised(&Cpu::default(), Line::Message(1), &context).is_ready());
    }

    #[test]
    fn what_was_withdrawn_is_not_ended() {
        let controller = controller();
        controller.local.write(local::END, 99);
        controller.interrupt(SPURIOUS);
        assert_eq!(controller.local.read(local::END), 99);
        controller.interrupt(TIMER);
        assert_eq!(controller.local.read(local::END), 0);
    }
}
