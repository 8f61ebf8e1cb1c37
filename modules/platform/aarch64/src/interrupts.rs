//! The interrupts that the CPU takes: it has one input for them all, the IRQ.

use core::arch::asm;
use core::cell::UnsafeCell;
use oscomp_interfaces::InterruptHandler;

/// DAIF.I.
const MASKED: u64 = 1 << 7;

struct Handler(UnsafeCell<Option<&'static dyn InterruptHandler>>);

// SAFETY: one CPU runs, and who looks inside has interrupts masked.
unsafe impl Sync for Handler {}

static HANDLER: Handler = Handler(UnsafeCell::new(None));

/// Calls `handler` each time that the CPU takes an IRQ. False if `cause` is not 0 or it has a handler.
pub fn handle(cause: usize, handler: &'static dyn InterruptHandler) -> bool {
    let unmasked = are_unmasked();
    mask();
    // SAFETY: interrupts are masked, and nothing called from here comes back.
    let place = unsafe { &mut *HANDLER.0.get() };
    let free = cause == 0 && place.is_none();
    if free {
        *place = Some(handler);
    }
    if unmasked {
        unmask();
    }
    free
}

/// Whether interrupts are taken at any time.
#[must_use]
pub fn are_unmasked() -> bool {
    let masks: u64;
    // SAFETY: reads a register.
    unsafe { asm!("mrs {}, daif", out(reg) masks, options(nomem, nostack, preserves_flags)) };
    masks & MASKED == 0
}

/// Lets interrupts be taken at any time.
pub fn unmask() {
    // SAFETY: controllers let through only what has a handler; the handlers leave no trace in what they
    // interrupt. Whatever is written before is there for them.
    unsafe { asm!("msr daifclr, #2", "isb", options(nostack)) };
}

/// Lets interrupts be taken only in [`wait`].
pub fn mask() {
    // SAFETY: as for `unmask`.
    unsafe { asm!("msr daifset, #2", options(nostack)) };
}

/// Takes what is pending, and halts until an interrupt has been taken unless `ready` says that there is
/// something to do.
pub fn wait(ready: impl FnOnce() -> bool) {
    let unmasked = are_unmasked();
    mask();
    if !ready() {
        // SAFETY: waits for an interrupt, masked or not, so that none gets lost between the answer and the
        // wait (D1.7.2 of the manual).
        unsafe { asm!("dsb sy", "wfi", options(nostack)) };
    }
    unmask();
    if !unmasked {
        mask();
    }
}

/// Calls the handler.
pub fn dispatch() {
    // SAFETY: interrupts are masked in exceptions.
    if let Some(handler) = unsafe { *HANDLER.0.get() } {
        handler.interrupt(0);
    }
}
