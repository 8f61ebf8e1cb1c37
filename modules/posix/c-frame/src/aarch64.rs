//! Procedure Call Standard for the Arm 64-bit Architecture, 6.1: x19 to x30, the lower halves of v8 to v15, and FPCR.

use super::Body;
use core::arch::naked_asm;
use core::ffi::{c_int, c_void};

/// Calls `body(argument)`, with the frame that [`leave`] needs at `frame`; returns what that is given.
///
/// # Safety
/// `frame` can be written, and the contract of `body` is kept.
#[unsafe(naked)]
pub unsafe extern "C" fn enter(body: Body, argument: *mut c_void, frame: *mut *mut c_void) -> c_int {
    naked_asm!(
        "sub sp, sp, #176",
        "stp x29, x30, [sp]",
        "stp x19, x20, [sp, #16]",
        "stp x21, x22, [sp, #32]",
        "stp x23, x24, [sp, #48]",
        "stp x25, x26, [sp, #64]",
        "stp x27, x28, [sp, #80]",
        "stp d8, d9, [sp, #96]",
        "stp d10, d11, [sp, #112]",
        "stp d12, d13, [sp, #128]",
        "stp d14, d15, [sp, #144]",
        "mrs x9, fpcr",
        "str x9, [sp, #160]",
        "mov x29, sp",
        "str x29, [x2]",
        "mov x9, x0",
        "mov x0, x1",
        "blr x9",
        "udf #0",
    )
}

/// Returns `status` from the [`enter`] that made `frame`.
///
/// # Safety
/// That has not returned, this is its thread, and nothing between needs to be dropped.
#[unsafe(naked)]
pub unsafe extern "C" fn leave(frame: *mut c_void, status: c_int) -> ! {
    naked_asm!(
        "mov sp, x0",
        "mov w0, w1",
        "ldr x9, [sp, #160]",
        "msr fpcr, x9",
        "ldp x29, x30, [sp]",
        "ldp x19, x20, [sp, #16]",
        "ldp x21, x22, [sp, #32]",
        "ldp x23, x24, [sp, #48]",
        "ldp x25, x26, [sp, #64]",
        "ldp x27, x28, [sp, #80]",
        "ldp d8, d9, [sp, #96]",
        "ldp d10, d11, [sp, #112]",
        "ldp d12, d13, [sp, #128]",
        "ldp d14, d15, [sp, #144]",
        "add sp, sp, #176",
        "ret",
    )
}
