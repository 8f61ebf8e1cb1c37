//! Interrupts: from the inputs of the processor to the lines of devices.
//!
//! A driver does nothing in interrupt context. A controller's handler notes which line was raised,
//! masks it and wakes the task that waits for it; the task polls the device and, when there is nothing
//! left to do, waits for the line again, which unmasks it. Under load a line stays masked and its
//! device is polled. What is raised for a moment only, an edge or a message, is never masked: it would be lost.
//!
//! An image starts with interrupts masked at the processor. They are taken while it waits
//! ([`Idle::wait`]), and at any time only from when something calls [`CpuInterrupts::unmask`], as a
//! scheduler that preempts does.

use core::task::{Context, Poll};
use oscomp_abi::Line;
use oscomp_macros::interface;

/// What is called when the processor takes an interrupt.
pub trait InterruptHandler: Sync {
    /// Handles the interrupt of that cause.
    ///
    /// Called in interrupt context, with interrupts masked: it does not wait, allocate or take a lock
    /// that is held anywhere with interrupts unmasked.
    fn interrupt(&self, cause: usize);
}

/// The inputs of the processor that interrupt it.
#[interface]
pub trait CpuInterrupts {
    /// Calls `handler` with `cause` each time the processor takes that interrupt, for ever.
    ///
    /// Causes are the architecture's: on x86-64 the vectors 32 to 255, on RISC-V the exception codes of
    /// `scause` (1 software, 5 timer, 9 external), on AArch64 0, the IRQ. False, and nothing changes, if
    /// there is no such cause or it has a handler.
    fn handle(self, cause: usize, handler: &'static dyn InterruptHandler) -> bool;

    /// Whether interrupts are taken at any time.
    fn are_unmasked(self) -> bool;

    /// Lets interrupts be taken at any time.
    fn unmask(self);

    /// Lets interrupts be taken only in [`Idle::wait`].
    fn mask(self);
}

/// Does something while nothing interrupts; whether interrupts were taken at any time before is what it is told.
/// They are afterwards as they were.
pub fn masked<R>(cpu: impl CpuInterrupts, act: impl FnOnce(bool) -> R) -> R {
    let unmasked = cpu.are_unmasked();
    cpu.mask();
    let result = act(unmasked);
    if unmasked {
        cpu.unmask();
    }
    result
}

/// What interrupted code calls before it goes on.
pub trait Upcall: Sync {
    /// Called with interrupts masked, in no interrupt context: on the stack of what was interrupted, which goes on
    /// when this returns. May switch to another stack meanwhile.
    fn upcall(&self);
}

/// Interrupting for longer than a handler may: what preempts threads.
#[interface]
pub trait Upcalls {
    /// Has whatever is interrupted while interrupts are unmasked call `upcall` before it goes on, once the handler
    /// is done, for ever. False, and nothing changes, if it calls something else already.
    fn upcall(self, upcall: &'static dyn Upcall) -> bool;
}

/// Waiting when there is nothing to do.
#[interface]
pub trait Idle {
    /// Takes the interrupts that are pending, and halts the processor until it has taken one unless `ready`
    /// says that there is something to do.
    ///
    /// An interrupt that is raised after `ready` was asked ends the wait: it is asked with interrupts
    /// masked. May return early. Interrupts are afterwards masked or not as they were before. Who never
    /// halts calls this now and then all the same, so that no interrupt waits for ever.
    fn wait(self, ready: impl FnOnce() -> bool);
}

/// An alarm that ends the processor's wait at a moment.
#[interface]
pub trait Alarm {
    /// Raises an interrupt once the time of the image's clock is `at`, counted from when the clock's
    /// instance started, or as soon as may be if it has passed; never if none is given. Only what was set
    /// last counts.
    fn set(self, at: Option<core::time::Duration>);
}

/// A write to memory by which a device interrupts (PCI Local Bus Specification 3.0, 6.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// Where the device writes.
    pub address: u64,
    /// What it writes.
    pub data: u32,
}

/// The interrupt lines of a machine, numbered as its platform says (`irq` or `message` of a device).
#[interface]
pub trait Interrupts {
    /// Prepares a line. False if the controller has no such line, or none of its kind.
    fn open(self, line: Line) -> bool;

    /// How a device raises a line that is a message; none if it is no message of this controller.
    fn message(self, line: Line) -> Option<Message>;

    /// Ready if the line was raised since this was last ready. Else the line is unmasked, and the task of
    /// `context`, the last that asked, is woken when it is raised.
    fn poll_raised(self, line: Line, context: &mut Context<'_>) -> Poll<()>;
}
