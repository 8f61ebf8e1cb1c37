//! The interrupts of timers and devices: vectors 32 to 255, Intel SDM volume 3, chapter 6.
//!
//! An image in which nothing handles interrupts has none of this. They are taken on the upper half of the
//! exceptions' stack, since code in the prebuilt libraries may have data under its stack pointer; an
//! exception meanwhile has the lower half.

use crate::exceptions;
use core::arch::{asm, naked_asm};
use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicU64, Ordering};
use oscomp_interfaces::{InterruptHandler, Upcall};

/// The vectors that the CPU itself uses.
const FIRST: usize = exceptions::VECTORS;
const VECTORS: usize = 256;
/// Bytes of one stub: a near call.
const STUB: usize = 5;
/// RFLAGS.IF.
const INTERRUPTS: u64 = 1 << 9;

type Handlers = [Option<&'static dyn InterruptHandler>; VECTORS - FIRST];

struct Inputs {
    gates: UnsafeCell<[[u64; 2]; VECTORS]>,
    handlers: UnsafeCell<Handlers>,
    upcall: UnsafeCell<Option<&'static dyn Upcall>>,
}

// SAFETY: there is one CPU, and who looks inside has interrupts masked.
unsafe impl Sync for Inputs {}

static INPUTS: Inputs = Inputs {
    gates: UnsafeCell::new([[0; 2]; VECTORS]),
    handlers: UnsafeCell::new([const { None }; VECTORS - FIRST]),
    upcall: UnsafeCell::new(None),
};

/// Where what was interrupted goes on, from the end of the interrupt until the upcall has begun.
static INTERRUPTED: AtomicU64 = AtomicU64::new(0);

/// Calls `handler` each time the CPU takes the interrupt of that vector. False if it cannot be one of a
/// device or has a handler.
pub fn handle(vector: usize, handler: &'static dyn InterruptHandler) -> bool {
    let Some(index) = vector.checked_sub(FIRST) else { return false };
    let unmasked = are_unmasked();
    mask();
    // SAFETY: interrupts are masked, and nothing called from here comes back.
    let (gates, handlers) = unsafe { (&mut *INPUTS.gates.get(), &mut *INPUTS.handlers.get()) };
    let free = handlers.get(index).is_some_and(Option::is_none);
    if free {
        handlers[index] = Some(handler);
        gates[vector] = exceptions::gate(stubs as *const () as u64 + (index * STUB) as u64);
        // SAFETY: the gates lead to the stubs here and to those of the exceptions, and are static.
        unsafe { exceptions::load(gates) };
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
    let place = unsafe { &mut *INPUTS.upcall.get() };
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
    let flags: u64;
    // SAFETY: reads the flags by way of the stack.
    unsafe { asm!("pushfq", "pop {}", out(reg) flags, options(preserves_flags)) };
    flags & INTERRUPTS != 0
}

/// Lets interrupts be taken at any time.
pub fn unmask() {
    // SAFETY: each interrupt that anybody lets through has a handler; the handlers leave no trace in
    // what they interrupt. Whatever is written before is there for them.
    unsafe { asm!("sti", options(nostack)) };
}

/// Lets interrupts be taken only in [`wait`].
pub fn mask() {
    // SAFETY: as for `unmask`.
    unsafe { asm!("cli", options(nostack)) };
}

/// Takes what is pending, and halts until an interrupt has been taken unless `ready` says that there is
/// something to do.
pub fn wait(ready: impl FnOnce() -> bool) {
    let unmasked = are_unmasked();
    mask();
    // SAFETY: as for `unmask`. `sti` has its effect one instruction later: what is raised before the halt
    // is taken after it, and what is pending after the `nop`.
    unsafe {
        if ready() {
            asm!("sti", "nop", "cli", options(nostack));
        } else {
            asm!("sti", "hlt", "cli", options(nostack));
        }
    }
    if unmasked {
        unmask();
    }
}

/// One call for each vector, then what saves the registers that Rust code may change.
#[unsafe(naked)]
extern "C" fn stubs() {
    naked_asm!(
        ".rept {count}",
        "call 2f",
        ".endr",
        "2:",
        "push rax",
        "push rcx",
        "push rdx",
        "push rsi",
        "push rdi",
        "push r8",
        "push r9",
        "push r10",
        "push r11",
        // The CPU aligns the stack to 16 bytes and pushes five words; with the call and the registers
        // fifteen: here is room for the state of x87 and SSE, aligned.
        "sub rsp, 520",
        "fxsave64 [rsp]",
        "cld",
        "mov rdi, [rsp + 592]",
        "lea rsi, [rsp + 600]",
        "call {dispatch}",
        "fxrstor64 [rsp]",
        "add rsp, 520",
        "pop r11",
        "pop r10",
        "pop r9",
        "pop r8",
        "pop rdi",
        "pop rsi",
        "pop rdx",
        "pop rcx",
        "pop rax",
        "add rsp, 8",
        "iretq",
        count = const VECTORS - FIRST,
        dispatch = sym dispatch,
    )
}

/// What the CPU pushes when it takes an interrupt, from the lowest address on.
#[repr(C)]
struct Frame {
    rip: u64,
    cs: u64,
    flags: u64,
    rsp: u64,
    ss: u64,
}

/// Calls the handler of the vector whose stub returns to `stub`.
extern "C" fn dispatch(stub: usize, frame: &mut Frame) {
    let index = (stub - stubs as *const () as usize) / STUB - 1;
    exceptions::lower_stack();
    // SAFETY: interrupts are masked here.
    if let Some(handler) = unsafe { (*INPUTS.handlers.get())[index] } {
        handler.interrupt(index + FIRST);
    }
    exceptions::raise_stack();
    // SAFETY: interrupts are masked here.
    if unsafe { (*INPUTS.upcall.get()).is_some() } && frame.flags & INTERRUPTS != 0 {
        // It goes on there, on its own stack and with interrupts masked, until the upcall is done.
        INTERRUPTED.store(frame.rip, Ordering::Relaxed);
        frame.rip = before_going_on as *const () as u64;
        frame.flags &= !INTERRUPTS;
    }
}

/// Calls [`call_up`] as if what was interrupted had called it, all its registers kept, and unmasks interrupts.
#[unsafe(naked)]
extern "C" fn before_going_on() {
    naked_asm!(
        // What may lie under the stack pointer.
        "lea rsp, [rsp - 128]",
        "push qword ptr [rip + {interrupted}]",
        "pushfq",
        "or qword ptr [rsp], {interrupts}",
        "push rax",
        "push rcx",
        "push rdx",
        "push rsi",
        "push rdi",
        "push r8",
        "push r9",
        "push r10",
        "push r11",
        "push rbp",
        "mov rbp, rsp",
        "sub rsp, 512",
        "and rsp, -16",
        "fxsave64 [rsp]",
        "cld",
        "call {call_up}",
        "fxrstor64 [rsp]",
        "mov rsp, rbp",
        "pop rbp",
        "pop r11",
        "pop r10",
        "pop r9",
        "pop r8",
        "pop rdi",
        "pop rsi",
        "pop rdx",
        "pop rcx",
        "pop rax",
        "popfq",
        "ret 128",
        interrupted = sym INTERRUPTED,
        interrupts = const INTERRUPTS,
        call_up = sym call_up,
    )
}

extern "C" fn call_up() {
    // SAFETY: interrupts are masked here.
    if let Some(upcall) = unsafe { *INPUTS.upcall.get() } {
        upcall.upcall();
    }
}
