//! RISC-V ELF psABI, 1.1 and 1.2: s0 to s11, fs0 to fs11, and the rounding mode in fcsr.

use core::arch::naked_asm;

/// What [`switch`] finds on a stack that has not run, from the lowest address on.
pub fn beginning(entry: usize, argument: usize) -> [usize; 26] {
    let mut words = [0; 26];
    // ra, then s0 to s11: `begin` uses s1 and s2; s0, the frame pointer, is 0, which ends walks of the stack.
    [words[0], words[2], words[3]] = [begin as *const () as usize, entry, argument];
    words
}

/// Calls the entry with its argument.
#[unsafe(naked)]
extern "C" fn begin() {
    naked_asm!("mv a0, s2", "jalr s1", "unimp")
}

/// Saves what a call keeps on this stack, whose address goes to `from`, and goes on where `to` was left.
///
/// # Safety
/// `to` is the address of a stack that this left, or of a [`beginning`].
#[unsafe(naked)]
pub unsafe extern "C" fn switch(from: *mut usize, to: usize) {
    naked_asm!(
        // The compiler does not tell the assembler that there is a floating-point unit.
        ".option push",
        ".option arch, +d",
        "addi sp, sp, -208",
        "sd ra, 0(sp)",
        "sd s0, 8(sp)",
        "sd s1, 16(sp)",
        "sd s2, 24(sp)",
        "sd s3, 32(sp)",
        "sd s4, 40(sp)",
        "sd s5, 48(sp)",
        "sd s6, 56(sp)",
        "sd s7, 64(sp)",
        "sd s8, 72(sp)",
        "sd s9, 80(sp)",
        "sd s10, 88(sp)",
        "sd s11, 96(sp)",
        "fsd fs0, 104(sp)",
        "fsd fs1, 112(sp)",
        "fsd fs2, 120(sp)",
        "fsd fs3, 128(sp)",
        "fsd fs4, 136(sp)",
        "fsd fs5, 144(sp)",
        "fsd fs6, 152(sp)",
        "fsd fs7, 160(sp)",
        "fsd fs8, 168(sp)",
        "fsd fs9, 176(sp)",
        "fsd fs10, 184(sp)",
        "fsd fs11, 192(sp)",
        "frcsr t0",
        "sd t0, 200(sp)",
        "sd sp, 0(a0)",
        "mv sp, a1",
        "ld t0, 200(sp)",
        "fscsr t0",
        "ld ra, 0(sp)",
        "ld s0, 8(sp)",
        "ld s1, 16(sp)",
        "ld s2, 24(sp)",
        "ld s3, 32(sp)",
        "ld s4, 40(sp)",
        "ld s5, 48(sp)",
        "ld s6, 56(sp)",
        "ld s7, 64(sp)",
        "ld s8, 72(sp)",
        "ld s9, 80(sp)",
        "ld s10, 88(sp)",
        "ld s11, 96(sp)",
        "fld fs0, 104(sp)",
        "fld fs1, 112(sp)",
        "fld fs2, 120(sp)",
        "fld fs3, 128(sp)",
        "fld fs4, 136(sp)",
        "fld fs5, 144(sp)",
        "fld fs6, 152(sp)",
        "fld fs7, 160(sp)",
        "fld fs8, 168(sp)",
        "fld fs9, 176(sp)",
        "fld fs10, 184(sp)",
        "fld fs11, 192(sp)",
        "addi sp, sp, 208",
        "ret",
        ".option pop",
    )
}
