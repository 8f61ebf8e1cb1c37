//! What an image begins with. It is a macro because it can only be linked into an image.

/// Makes the crate an image: the entry point, which ends in `$run`, and the way into traps.
///
/// `$stack` is the size of the main stack in bytes, whole pages; `$windows` an array of the bases and
/// lengths of the registers that are reached as memory. For the `entry!` of a platform.
#[macro_export]
macro_rules! entry {
    ($run:path, $stack:expr, $windows:expr) => {
        mod oscomp_entry {
            use super::*;

            const STACK: usize = $stack;
            type Ground = $crate::Ground<STACK>;

            static GROUND: Ground = Ground::new();

            // The SBI's hand-over: supervisor mode, no translation, the hart's number in `a0`, the address of
            // the device tree in `a1` (RISC-V boot flow, as Linux and OpenSBI have it).
            ::core::arch::global_asm!(
                ".pushsection .text.oscomp_entry, \"ax\", @progbits",
                ".option push",
                // Who reads assembly for its symbols alone is not told that there is a floating-point unit.
                ".option arch, +d",
                ".option norelax",
                ".globl oscomp_entry",
                "oscomp_entry:",
                "csrw sie, zero",
                "lla t0, {ground}",
                "li t1, {stack_end}",
                "add sp, t0, t1",
                "li t1, {traps_end}",
                "add t1, t0, t1",
                "csrw sscratch, t1",
                "lla t1, oscomp_trap",
                "csrw stvec, t1",
                // Floating point, in its initial state; user memory stays out of reach.
                "li t1, 0x2000",
                "csrw sstatus, t1",
                "csrw fcsr, zero",
                // The outermost frame.
                "li s0, 0",
                "mv ra, zero",
                "mv a0, a1",
                "call {enter}",
                "",
                ".balign 4",
                "oscomp_trap:",
                "csrrw sp, sscratch, sp",
                "addi sp, sp, -{trap}",
                "sd x1, 16(sp)",
                "sd x3, 32(sp)",
                "sd x4, 40(sp)",
                "sd x5, 48(sp)",
                "sd x6, 56(sp)",
                "sd x7, 64(sp)",
                "sd x8, 72(sp)",
                "sd x9, 80(sp)",
                "sd x10, 88(sp)",
                "sd x11, 96(sp)",
                "sd x12, 104(sp)",
                "sd x13, 112(sp)",
                "sd x14, 120(sp)",
                "sd x15, 128(sp)",
                "sd x16, 136(sp)",
                "sd x17, 144(sp)",
                "sd x18, 152(sp)",
                "sd x19, 160(sp)",
                "sd x20, 168(sp)",
                "sd x21, 176(sp)",
                "sd x22, 184(sp)",
                "sd x23, 192(sp)",
                "sd x24, 200(sp)",
                "sd x25, 208(sp)",
                "sd x26, 216(sp)",
                "sd x27, 224(sp)",
                "sd x28, 232(sp)",
                "sd x29, 240(sp)",
                "sd x30, 248(sp)",
                "sd x31, 256(sp)",
                "csrr t0, sscratch",
                "sd t0, 24(sp)",
                "csrr a1, scause",
                "sd a1, 264(sp)",
                "csrr t1, sepc",
                "sd t1, 272(sp)",
                "csrr t0, stval",
                "sd t0, 280(sp)",
                "csrr t0, sstatus",
                "sd t0, 288(sp)",
                // A frame for whoever walks the stack: it returns to where the trap was taken.
                "sd s0, 0(sp)",
                "sd t1, 8(sp)",
                "addi s0, sp, 16",
                // A trap within this one has the lower part of the stack.
                "lla t0, {ground}",
                "li t1, {traps_end} - {share}",
                "add t0, t0, t1",
                "csrw sscratch, t0",
                "mv a0, sp",
                "bltz a1, 2f",
                "call {fault}",
                "",
                "2:",
                "addi sp, sp, -176",
                "fsd ft0, 0(sp)",
                "fsd ft1, 8(sp)",
                "fsd ft2, 16(sp)",
                "fsd ft3, 24(sp)",
                "fsd ft4, 32(sp)",
                "fsd ft5, 40(sp)",
                "fsd ft6, 48(sp)",
                "fsd ft7, 56(sp)",
                "fsd ft8, 64(sp)",
                "fsd ft9, 72(sp)",
                "fsd ft10, 80(sp)",
                "fsd ft11, 88(sp)",
                "fsd fa0, 96(sp)",
                "fsd fa1, 104(sp)",
                "fsd fa2, 112(sp)",
                "fsd fa3, 120(sp)",
                "fsd fa4, 128(sp)",
                "fsd fa5, 136(sp)",
                "fsd fa6, 144(sp)",
                "fsd fa7, 152(sp)",
                "frcsr t0",
                "sd t0, 160(sp)",
                "call {interrupt}",
                "fld ft0, 0(sp)",
                "fld ft1, 8(sp)",
                "fld ft2, 16(sp)",
                "fld ft3, 24(sp)",
                "fld ft4, 32(sp)",
                "fld ft5, 40(sp)",
                "fld ft6, 48(sp)",
                "fld ft7, 56(sp)",
                "fld ft8, 64(sp)",
                "fld ft9, 72(sp)",
                "fld ft10, 80(sp)",
                "fld ft11, 88(sp)",
                "fld fa0, 96(sp)",
                "fld fa1, 104(sp)",
                "fld fa2, 112(sp)",
                "fld fa3, 120(sp)",
                "fld fa4, 128(sp)",
                "fld fa5, 136(sp)",
                "fld fa6, 144(sp)",
                "fld fa7, 152(sp)",
                "ld t0, 160(sp)",
                "fscsr t0",
                "addi sp, sp, 176",
                "addi t0, sp, {trap}",
                "csrw sscratch, t0",
                "ld x1, 16(sp)",
                "ld x5, 48(sp)",
                "ld x6, 56(sp)",
                "ld x7, 64(sp)",
                "ld x8, 72(sp)",
                "ld x10, 88(sp)",
                "ld x11, 96(sp)",
                "ld x12, 104(sp)",
                "ld x13, 112(sp)",
                "ld x14, 120(sp)",
                "ld x15, 128(sp)",
                "ld x16, 136(sp)",
                "ld x17, 144(sp)",
                "ld x28, 232(sp)",
                "ld x29, 240(sp)",
                "ld x30, 248(sp)",
                "ld x31, 256(sp)",
                "ld sp, 24(sp)",
                "sret",
                ".option pop",
                ".popsection",
                "",
                // A table, because addresses of symbols that the compiler knows are never equal to it.
                ".pushsection .rodata.oscomp_layout, \"a\", @progbits",
                ".balign 8",
                "oscomp_layout:",
                ".quad oscomp_text, oscomp_rodata, oscomp_data, oscomp_end",
                ".quad oscomp_symbols, oscomp_symbols_end",
                ".popsection",
                ground = sym GROUND,
                stack_end = const Ground::STACK_END,
                traps_end = const Ground::EXCEPTIONS_END,
                share = const $crate::SHARE,
                trap = const ::core::mem::size_of::<$crate::Trap>(),
                enter = sym enter,
                fault = sym $crate::fault,
                interrupt = sym $crate::interrupt,
            );

            unsafe extern "C" {
                static oscomp_layout: $crate::boot::Layout;
            }

            /// The first Rust code that runs.
            extern "C" fn enter(tree: usize) -> ! {
                // SAFETY: the entry code calls this once, on the ground's main stack, with what the SBI handed
                // over; the layout is the linker script's and the entry code's.
                unsafe { $crate::boot::boot(&oscomp_layout, &GROUND.places(), tree, &$windows, $run) }
            }
        }
    };
}
