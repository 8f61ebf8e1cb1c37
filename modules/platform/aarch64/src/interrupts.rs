//! The interrupts that the CPU takes: it has one input for them all, the IRQ.

use core::arch::asm;
use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicU64, Ordering};
use oscomp_interfaces::{InterruptHandler, Upcall};

/// DAIF.I.
const MASKED: u64 = 1 << 7;

struct Handler(UnsafeCell<Option<&'static dyn InterruptHandler>>);

// SAFETY: one CPU runs, and who looks inside has interrupts masked.
unsafe impl Sync for Handler {}

struct Called(UnsafeCell<Option<&'static dyn Upcall>>);

// SAFETY: as for the handler.
unsafe impl Sync for Called {}

static UPCALL: Called = Called(UnsafeCell::new(None));

/// Where what was interrupted goes on, and with which state, from the end of the interrupt until the upcall has
/// begun.
static INTERRUPTED: [AtomicU64; 2] = [AtomicU64::new(0), AtomicU64::new(0)];

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

/// Has what is interrupted while interrupts are unmasked call `upcall` before it goes on. False if it calls
/// something already.
pub fn upcall(upcall: &'static dyn Upcall) -> bool {
    let unmasked = are_unmasked();
    mask();
    // SAFETY: interrupts are masked, and nothing called from here comes back.
    let place = unsafe { &mut *UPCALL.0.get() };
    let free = place.is_none();
    if free {
        *place = Some(upcall);
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

/// Calls the handler; `pc` and `state` are what was interrupted goes on with.
#[cfg_attr(not(target_arch = "aarch64"), expect(dead_code, reason = "of its own architecture"))]
pub(crate) fn dispatch(pc: &mut u64, state: &mut u64) {
    // SAFETY: interrupts are masked in exceptions.
    if let Some(handler) = unsafe { *HANDLER.0.get() } {
        handler.interrupt(0);
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: interrupts are masked in exceptions.
    if unsafe { (*UPCALL.0.get()).is_some() } && *state & MASKED == 0 {
        // It goes on there, on its own stack and with interrupts masked, until the upcall is done.
        INTERRUPTED[0].store(*pc, Ordering::Relaxed);
        INTERRUPTED[1].store(*state, Ordering::Relaxed);
        *pc = before_going_on as *const () as u64;
        *state |= MASKED;
    }
}

#[cfg(target_arch = "aarch64")]
extern "C" fn call_up() {
    // SAFETY: interrupts are masked here.
    if let Some(upcall) = unsafe { *UPCALL.0.get() } {
        upcall.upcall();
    }
}

/// Calls [`call_up`] as if what was interrupted had called it, all its registers kept, and unmasks interrupts.
#[cfg(target_arch = "aarch64")]
#[unsafe(naked)]
extern "C" fn before_going_on() {
    core::arch::naked_asm!(
        "sub sp, sp, #720",
        "stp x0, x1, [sp, #0]",
        "stp x2, x3, [sp, #16]",
        "stp x4, x5, [sp, #32]",
        "stp x6, x7, [sp, #48]",
        "stp x8, x9, [sp, #64]",
        "stp x10, x11, [sp, #80]",
        "stp x12, x13, [sp, #96]",
        "stp x14, x15, [sp, #112]",
        "stp x16, x17, [sp, #128]",
        "stp x18, x29, [sp, #144]",
        "str x30, [sp, #160]",
        "stp q0, q1, [sp, #176]",
        "stp q2, q3, [sp, #208]",
        "stp q4, q5, [sp, #240]",
        "stp q6, q7, [sp, #272]",
        "stp q8, q9, [sp, #304]",
        "stp q10, q11, [sp, #336]",
        "stp q12, q13, [sp, #368]",
        "stp q14, q15, [sp, #400]",
        "stp q16, q17, [sp, #432]",
        "stp q18, q19, [sp, #464]",
        "stp q20, q21, [sp, #496]",
        "stp q22, q23, [sp, #528]",
        "stp q24, q25, [sp, #560]",
        "stp q26, q27, [sp, #592]",
        "stp q28, q29, [sp, #624]",
        "stp q30, q31, [sp, #656]",
        "mrs x0, fpcr",
        "mrs x1, fpsr",
        "str x0, [sp, #688]",
        "str x1, [sp, #696]",
        "adrp x2, {interrupted}",
        "add x2, x2, :lo12:{interrupted}",
        "ldp x0, x1, [x2]",
        "str x0, [sp, #704]",
        "str x1, [sp, #712]",
        "bl {call_up}",
        "ldr x0, [sp, #704]",
        "ldr x1, [sp, #712]",
        "msr elr_el1, x0",
        "msr spsr_el1, x1",
        "ldr x0, [sp, #688]",
        "ldr x1, [sp, #696]",
        "msr fpcr, x0",
        "msr fpsr, x1",
        "ldp x0, x1, [sp, #0]",
        "ldp x2, x3, [sp, #16]",
        "ldp x4, x5, [sp, #32]",
        "ldp x6, x7, [sp, #48]",
        "ldp x8, x9, [sp, #64]",
        "ldp x10, x11, [sp, #80]",
        "ldp x12, x13, [sp, #96]",
        "ldp x14, x15, [sp, #112]",
        "ldp x16, x17, [sp, #128]",
        "ldp x18, x29, [sp, #144]",
        "ldr x30, [sp, #160]",
        "ldp q0, q1, [sp, #176]",
        "ldp q2, q3, [sp, #208]",
        "ldp q4, q5, [sp, #240]",
        "ldp q6, q7, [sp, #272]",
        "ldp q8, q9, [sp, #304]",
        "ldp q10, q11, [sp, #336]",
        "ldp q12, q13, [sp, #368]",
        "ldp q14, q15, [sp, #400]",
        "ldp q16, q17, [sp, #432]",
        "ldp q18, q19, [sp, #464]",
        "ldp q20, q21, [sp, #496]",
        "ldp q22, q23, [sp, #528]",
        "ldp q24, q25, [sp, #560]",
        "ldp q26, q27, [sp, #592]",
        "ldp q28, q29, [sp, #624]",
        "ldp q30, q31, [sp, #656]",
        "add sp, sp, #720",
        "eret",
        interrupted = sym INTERRUPTED,
        call_up = sym call_up,
    )
}
