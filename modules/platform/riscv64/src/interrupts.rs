//! The interrupts that a hart takes in supervisor mode, by their causes: RISC-V privileged architecture,
//! 12.1.3.

use core::arch::asm;
use core::cell::UnsafeCell;
use oscomp_interfaces::InterruptHandler;

/// More causes than there are: 1 is the software's, 5 the timer's, 9 the controller's.
const CAUSES: usize = 16;
/// sstatus.SIE.
const INTERRUPTS: usize = 1 << 1;

struct Handlers(UnsafeCell<[Option<&'static dyn InterruptHandler>; CAUSES]>);

// SAFETY: there is one hart, and who looks inside has interrupts masked.
unsafe impl Sync for Handlers {}

static HANDLERS: Handlers = Handlers(UnsafeCell::new([const { None }; CAUSES]));

/// Calls `handler` each time the hart takes the interrupt of that cause. False if there is no such cause or
/// it has a handler.
pub fn handle(cause: usize, handler: &'static dyn InterruptHandler) -> bool {
    let unmasked = are_unmasked();
    mask();
    // SAFETY: interrupts are masked, and nothing called from here comes back.
    let handlers = unsafe { &mut *HANDLERS.0.get() };
    let free = matches!(cause, 1 | 5 | 9) && handlers[cause].is_none();
    if free {
        handlers[cause] = Some(handler);
        // SAFETY: what is let through has a handler.
        unsafe { asm!("csrs sie, {}", in(reg) 1_usize << cause, options(nostack)) };
    }
    if unmasked {
        unmask();
    }
    free
}

/// Whether interrupts are taken at any time.
#[must_use]
pub fn are_unmasked() -> bool {
    let status: usize;
    // SAFETY: reads a register.
    unsafe { asm!("csrr {}, sstatus", out(reg) status, options(nomem, nostack, preserves_flags)) };
    status & INTERRUPTS != 0
}

/// Lets interrupts be taken at any time.
pub fn unmask() {
    // SAFETY: each interrupt that is let through has a handler; the handlers leave no trace in what they
    // interrupt. Whatever is written before is there for them.
    unsafe { asm!("csrsi sstatus, 2", options(nostack)) };
}

/// Lets interrupts be taken only in [`wait`].
pub fn mask() {
    // SAFETY: as for `unmask`.
    unsafe { asm!("csrci sstatus, 2", options(nostack)) };
}

/// Takes what is pending, and halts until an interrupt has been taken unless `ready` says that there is
/// something to do.
pub fn wait(ready: impl FnOnce() -> bool) {
    let unmasked = are_unmasked();
    mask();
    if !ready() {
        // SAFETY: waits for an interrupt that is let through, masked or not, so that none gets lost between
        // the answer and the wait (12.1.7 of the manual).
        unsafe { asm!("wfi", options(nostack)) };
    }
    unmask();
    if !unmasked {
        mask();
    }
}

/// Calls the handler of a cause.
pub fn dispatch(cause: usize) {
    // SAFETY: interrupts are masked in traps.
    let handlers = unsafe { &*HANDLERS.0.get() };
    if let Some(Some(handler)) = handlers.get(cause) {
        handler.interrupt(cause);
    }
}
