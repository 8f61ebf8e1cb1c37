//! The interrupts that a hart takes in supervisor mode, by their causes: RISC-V privileged architecture,
//! 12.1.3.

use core::arch::asm;
use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicUsize, Ordering};
use oscomp_interfaces::{InterruptHandler, Upcall};

/// More causes than there are: 1 is the software's, 5 the timer's, 9 the controller's.
const CAUSES: usize = 16;
/// sstatus.SIE.
const INTERRUPTS: usize = 1 << 1;

struct Handlers(UnsafeCell<[Option<&'static dyn InterruptHandler>; CAUSES]>);

// SAFETY: there is one hart, and who looks inside has interrupts masked.
unsafe impl Sync for Handlers {}

struct Called(UnsafeCell<Option<&'static dyn Upcall>>);

// SAFETY: as for the handlers.
unsafe impl Sync for Called {}

static UPCALL: Called = Called(UnsafeCell::new(None));

/// Where what was interrupted goes on, from the end of the interrupt until the upcall has begun.
static INTERRUPTED: AtomicUsize = AtomicUsize::new(0);

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
    call_up_later();
}

/// Has what was interrupted make its upcall before it goes on, if there is one.
#[cfg(target_arch = "riscv64")]
fn call_up_later() {
    /// sstatus.SPIE: whether interrupts were unmasked, and will be.
    const BEFORE: usize = 1 << 5;
    let status: usize;
    // SAFETY: reads a register.
    unsafe { asm!("csrr {}, sstatus", out(reg) status, options(nomem, nostack, preserves_flags)) };
    // SAFETY: interrupts are masked in traps.
    if unsafe { (*UPCALL.0.get()).is_none() } || status & BEFORE == 0 {
        return;
    }
    let pc: usize;
    // SAFETY: it goes on at that code, on its own stack and with interrupts masked, until the upcall is done; then
    // where it was.
    unsafe {
        asm!("csrrw {pc}, sepc, {there}", "csrc sstatus, {before}", pc = out(reg) pc,
             there = in(reg) before_going_on as *const () as usize, before = in(reg) BEFORE, options(nostack));
    }
    INTERRUPTED.store(pc, Ordering::Relaxed);
}

#[cfg(target_arch = "riscv64")]
extern "C" fn call_up() {
    // SAFETY: interrupts are masked here.
    if let Some(upcall) = unsafe { *UPCALL.0.get() } {
        upcall.upcall();
    }
}

/// Calls [`call_up`] as if what was interrupted had called it, all its registers kept, and unmasks interrupts.
#[cfg(target_arch = "riscv64")]
#[unsafe(naked)]
extern "C" fn before_going_on() {
    core::arch::naked_asm!(
        // The compiler does not tell the assembler that there is a floating-point unit.
        ".option push",
        ".option arch, +d",
        "addi sp, sp, -304",
        "sd ra, 0(sp)",
        "sd t0, 8(sp)",
        "sd t1, 16(sp)",
        "sd t2, 24(sp)",
        "sd t3, 32(sp)",
        "sd t4, 40(sp)",
        "sd t5, 48(sp)",
        "sd t6, 56(sp)",
        "sd a0, 64(sp)",
        "sd a1, 72(sp)",
        "sd a2, 80(sp)",
        "sd a3, 88(sp)",
        "sd a4, 96(sp)",
        "sd a5, 104(sp)",
        "sd a6, 112(sp)",
        "sd a7, 120(sp)",
        "fsd ft0, 128(sp)",
        "fsd ft1, 136(sp)",
        "fsd ft2, 144(sp)",
        "fsd ft3, 152(sp)",
        "fsd ft4, 160(sp)",
        "fsd ft5, 168(sp)",
        "fsd ft6, 176(sp)",
        "fsd ft7, 184(sp)",
        "fsd ft8, 192(sp)",
        "fsd ft9, 200(sp)",
        "fsd ft10, 208(sp)",
        "fsd ft11, 216(sp)",
        "fsd fa0, 224(sp)",
        "fsd fa1, 232(sp)",
        "fsd fa2, 240(sp)",
        "fsd fa3, 248(sp)",
        "fsd fa4, 256(sp)",
        "fsd fa5, 264(sp)",
        "fsd fa6, 272(sp)",
        "fsd fa7, 280(sp)",
        "frcsr t0",
        "sd t0, 288(sp)",
        "la t0, {interrupted}",
        "ld t0, 0(t0)",
        "sd t0, 296(sp)",
        "call {call_up}",
        "ld t0, 296(sp)",
        "csrw sepc, t0",
        // SPP and SPIE: `sret` stays in this mode and unmasks.
        "li t0, 0x120",
        "csrs sstatus, t0",
        "ld t0, 288(sp)",
        "fscsr t0",
        "ld ra, 0(sp)",
        "ld t0, 8(sp)",
        "ld t1, 16(sp)",
        "ld t2, 24(sp)",
        "ld t3, 32(sp)",
        "ld t4, 40(sp)",
        "ld t5, 48(sp)",
        "ld t6, 56(sp)",
        "ld a0, 64(sp)",
        "ld a1, 72(sp)",
        "ld a2, 80(sp)",
        "ld a3, 88(sp)",
        "ld a4, 96(sp)",
        "ld a5, 104(sp)",
        "ld a6, 112(sp)",
        "ld a7, 120(sp)",
        "fld ft0, 128(sp)",
        "fld ft1, 136(sp)",
        "fld ft2, 144(sp)",
        "fld ft3, 152(sp)",
        "fld ft4, 160(sp)",
        "fld ft5, 168(sp)",
        "fld ft6, 176(sp)",
        "fld ft7, 184(sp)",
        "fld ft8, 192(sp)",
        "fld ft9, 200(sp)",
        "fld ft10, 208(sp)",
        "fld ft11, 216(sp)",
        "fld fa0, 224(sp)",
        "fld fa1, 232(sp)",
        "fld fa2, 240(sp)",
        "fld fa3, 248(sp)",
        "fld fa4, 256(sp)",
        "fld fa5, 264(sp)",
        "fld fa6, 272(sp)",
        "fld fa7, 280(sp)",
        "addi sp, sp, 304",
        "sret",
        ".option pop",
        interrupted = sym INTERRUPTED,
        call_up = sym call_up,
    )
}
