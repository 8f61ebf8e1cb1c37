//! Procedure Call Standard for the Arm 64-bit Architecture, 6.1: x19 to x30, the lower halves of v8 to v15, and FPCR.

use core::arch::naked_asm;

/// What [`switch`] finds on a stack that has not run, from the lowest address on.
pub fn beginning(entry: usize, argument: usize) -> [usize; 22] {
    let mut words = [0; 22];
    // x19 and x20, which `begin` uses; the link register last but one of its group.
    [words[0], words[1]] = [entry, argument];
    words[11] = begin as *const () as usize;
    words
}

/// Calls the entry with its argument; the frame pointer is 0, which ends walks of the stack.
#[unsafe(naked)]
extern "C" fn begin() {
    naked_asm!("mov x0, x20", "blr x19", "udf #0")
}

/// Saves what a call keeps on this stack, whose address goes to `from`, and goes on where `to` was left.
///
/// # Safety
/// `to` is the address of a stack that this left, or of a [`beginning`].
#[unsafe(naked)]
pub unsafe extern "C" fn switch(from: *mut usize, to: usize) {
    naked_asm!(
        "sub sp, sp, #176",
        "stp x19, x20, [sp]",
        "stp x21, x22, [sp, #16]",
        "stp x23, x24, [sp, #32]",
        "stp x25, x26, [sp, #48]",
        "stp x27, x28, [sp, #64]",
        "stp x29, x30, [sp, #80]",
        "stp d8, d9, [sp, #96]",
        "stp d10, d11, [sp, #112]",
        "stp d12, d13, [sp, #128]",
        "stp d14, d15, [sp, #144]",
        "mrs x9, fpcr",
        "str x9, [sp, #160]",
        "mov x9, sp",
        "str x9, [x0]",
        "mov sp, x1",
        "ldr x9, [sp, #160]",
        "msr fpcr, x9",
        "ldp x19, x20, [sp]",
        "ldp x21, x22, [sp, #16]",
        "ldp x23, x24, [sp, #32]",
        "ldp x25, x26, [sp, #48]",
        "ldp x27, x28, [sp, #64]",
        "ldp x29, x30, [sp, #80]",
        "ldp d8, d9, [sp, #96]",
        "ldp d10, d11, [sp, #112]",
        "ldp d12, d13, [sp, #128]",
        "ldp d14, d15, [sp, #144]",
        "add sp, sp, #176",
        "ret",
    )
}
