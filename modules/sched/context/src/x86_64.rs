//! System V ABI, AMD64 supplement, 3.2.1: rbx, rbp, r12 to r15, and the control bits of MXCSR and the x87.

use core::arch::naked_asm;

/// The MXCSR and the x87 control word as a process begins with them (3.4.1), in one word.
const MODES: usize = 0x037f_0000_1f80;

/// What [`switch`] finds on a stack that has not run, from the lowest address on.
pub fn beginning(entry: usize, argument: usize) -> [usize; 10] {
    // Modes, r15, r14, r13, r12, rbx, rbp, where it returns to, and two words that end walks of the stack.
    [MODES, 0, 0, 0, argument, entry, 0, begin as *const () as usize, 0, 0]
}

/// Calls the entry with its argument, on an aligned stack.
#[unsafe(naked)]
extern "C" fn begin() {
    naked_asm!("mov rdi, r12", "call rbx", "ud2")
}

/// Saves what a call keeps on this stack, whose address goes to `from`, and goes on where `to` was left.
///
/// # Safety
/// `to` is the address of a stack that this left, or of a [`beginning`].
#[unsafe(naked)]
pub unsafe extern "C" fn switch(from: *mut usize, to: usize) {
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
        "mov [rdi], rsp",
        "mov rsp, rsi",
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
