//! RISC-V ELF psABI, 1.1 and 1.2: s0 to s11, fs0 to fs11, and the rounding mode in fcsr.

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
        // The compiler does not tell the assembler that there is a floating-point unit.
        ".option push",
        ".option arch, +d",
        // What the frame pointer leads to lies below it: the return address, and the caller's.
        "addi sp, sp, -208",
        "sd ra, 200(sp)",
        "sd s0, 192(sp)",
        "sd s1, 0(sp)",
        "sd s2, 8(sp)",
        "sd s3, 16(sp)",
        "sd s4, 24(sp)",
        "sd s5, 32(sp)",
        "sd s6, 40(sp)",
        "sd s7, 48(sp)",
        "sd s8, 56(sp)",
        "sd s9, 64(sp)",
        "sd s10, 72(sp)",
        "sd s11, 80(sp)",
        "fsd fs0, 88(sp)",
        "fsd fs1, 96(sp)",
        "fsd fs2, 104(sp)",
        "fsd fs3, 112(sp)",
        "fsd fs4, 120(sp)",
        "fsd fs5, 128(sp)",
        "fsd fs6, 136(sp)",
        "fsd fs7, 144(sp)",
        "fsd fs8, 152(sp)",
        "fsd fs9, 160(sp)",
        "fsd fs10, 168(sp)",
        "fsd fs11, 176(sp)",
        "frcsr t0",
        "sd t0, 184(sp)",
        "addi s0, sp, 208",
        "sd sp, 0(a2)",
        "mv t0, a0",
        "mv a0, a1",
        "jalr t0",
        "unimp",
        ".option pop",
    )
}

/// Returns `status` from the [`enter`] that made `frame`.
///
/// # Safety
/// That has not returned, this is its thread, and nothing between needs to be dropped.
#[unsafe(naked)]
pub unsafe extern "C" fn leave(frame: *mut c_void, status: c_int) -> ! {
    naked_asm!(
        ".option push",
        ".option arch, +d",
        "mv sp, a0",
        "mv a0, a1",
        "ld t0, 184(sp)",
        "fscsr t0",
        "ld s1, 0(sp)",
        "ld s2, 8(sp)",
        "ld s3, 16(sp)",
        "ld s4, 24(sp)",
        "ld s5, 32(sp)",
        "ld s6, 40(sp)",
        "ld s7, 48(sp)",
        "ld s8, 56(sp)",
        "ld s9, 64(sp)",
        "ld s10, 72(sp)",
        "ld s11, 80(sp)",
        "fld fs0, 88(sp)",
        "fld fs1, 96(sp)",
        "fld fs2, 104(sp)",
        "fld fs3, 112(sp)",
        "fld fs4, 120(sp)",
        "fld fs5, 128(sp)",
        "fld fs6, 136(sp)",
        "fld fs7, 144(sp)",
        "fld fs8, 152(sp)",
        "fld fs9, 160(sp)",
        "fld fs10, 168(sp)",
        "fld fs11, 176(sp)",
        "ld s0, 192(sp)",
        "ld ra, 200(sp)",
        "addi sp, sp, 208",
        "ret",
        ".option pop",
    )
}
