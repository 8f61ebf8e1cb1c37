//! System V ABI, AMD64 supplement, 3.2.1: rbx, rbp, r12 to r15, and the control bits of MXCSR and the x87.

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
        "push rbp",
        "push rbx",
        "push r12",
        "push r13",
        "push r14",
        "push r15",
        "sub rsp, 8",
        "stmxcsr [rsp]",
        "fnstcw [rsp + 4]",
        "mov [rdx], rsp",
        "mov rax, rdi",
        "mov rdi, rsi",
        "call rax",
        "ud2",
    )
}

/// Returns `status` from the [`enter`] that made `frame`.
///
/// # Safety
/// That has not returned, this is its thread, and nothing between needs to be dropped.
#[unsafe(naked)]
pub unsafe extern "C" fn leave(frame: *mut c_void, status: c_int) -> ! {
    naked_asm!(
        "mov rsp, rdi",
        "mov eax, esi",
        "ldmxcsr [rsp]",
        "fldcw [rsp + 4]",
        "add rsp, 8",
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop rbx",
        "pop rbp",
        "ret",
    )
}
