//! What an image begins with. It is a macro because it can only be linked into an image.

/// Makes the crate an image: the entry point, which ends in `$run`, and the exception vectors.
///
/// `$stack` is the size of the main stack in bytes, whole pages; `$ram` a function from what the loader left in
/// `x0` and the layout to the machine's memory; `$windows` an array of the bases and lengths of the registers
/// that are reached as memory. For the `entry!` of a platform.
#[macro_export]
macro_rules! entry {
    ($run:path, $stack:expr, $ram:path, $windows:expr) => {
        mod oscomp_entry {
            use super::*;

            const STACK: usize = $stack;
            type Ground = $crate::Ground<STACK>;

            static GROUND: Ground = Ground::new();

            ::core::arch::global_asm!(
                ".pushsection .text.oscomp_entry, \"ax\"",
                ".globl oscomp_entry",
                "oscomp_entry:",
                "msr daifset, #15",
                // The other CPUs wait for ever.
                "mrs x1, mpidr_el1",
                "and x1, x1, #0xff",
                "cbnz x1, 8f",
                "mrs x1, CurrentEL",
                "lsr x1, x1, #2",
                "cmp x1, #2",
                "b.ne 2f",
                // From level 2 to 1: 64-bit, timers and floating point for us, no traps.
                "mov x1, #1 << 31",
                "msr hcr_el2, x1",
                "mov x1, #3",
                "msr cnthctl_el2, x1",
                "msr cntvoff_el2, xzr",
                "mov x1, #0x33ff",
                "msr cptr_el2, x1",
                "msr hstr_el2, xzr",
                "mov x1, #0x0800",
                "movk x1, #0x30d0, lsl #16",
                "msr sctlr_el1, x1",
                "mov x1, #0x3c4",
                "msr spsr_el2, x1",
                "adr x1, 2f",
                "msr elr_el2, x1",
                "eret",
                "2:",
                // Exceptions have a stack pointer of their own.
                "adrp x1, {ground}",
                "add x1, x1, :lo12:{ground}",
                "ldr x2, ={exceptions_end}",
                "add x2, x1, x2",
                "msr spsel, #1",
                "mov sp, x2",
                "msr spsel, #0",
                "ldr x2, ={stack_end}",
                "add x2, x1, x2",
                "mov sp, x2",
                "adrp x1, oscomp_vectors",
                "add x1, x1, :lo12:oscomp_vectors",
                "msr vbar_el1, x1",
                "mov x1, #3 << 20",
                "msr cpacr_el1, x1",
                "isb",
                "msr fpcr, xzr",
                // The outermost frame.
                "mov x29, xzr",
                "mov x30, xzr",
                "bl {enter}",
                "8:",
                "wfe",
                "b 8b",
                ".ltorg",
                "",
                // Sixteen entries of 128 bytes: on the main stack, and within exceptions; those of other levels
                // do not occur.
                ".balign 2048",
                "oscomp_vectors:",
                ".macro oscomp_vector handler",
                ".balign 128",
                "sub sp, sp, {trap}",
                "stp x0, x1, [sp, #16]",
                "b \\handler",
                ".endm",
                ".rept 4",
                "oscomp_vector 4f",
                "oscomp_vector 5f",
                "oscomp_vector 4f",
                "oscomp_vector 4f",
                ".endr",
                "",
                ".macro oscomp_save",
                "stp x2, x3, [sp, #32]",
                "stp x4, x5, [sp, #48]",
                "stp x6, x7, [sp, #64]",
                "stp x8, x9, [sp, #80]",
                "stp x10, x11, [sp, #96]",
                "stp x12, x13, [sp, #112]",
                "stp x14, x15, [sp, #128]",
                "stp x16, x17, [sp, #144]",
                "stp x18, x19, [sp, #160]",
                "stp x20, x21, [sp, #176]",
                "stp x22, x23, [sp, #192]",
                "stp x24, x25, [sp, #208]",
                "stp x26, x27, [sp, #224]",
                "stp x28, x29, [sp, #240]",
                "mrs x0, sp_el0",
                "stp x30, x0, [sp, #256]",
                "mrs x0, elr_el1",
                "mrs x1, spsr_el1",
                "stp x0, x1, [sp, #272]",
                // A frame for whoever walks the stack: it returns to where the exception was taken.
                "stp x29, x0, [sp]",
                "mrs x0, esr_el1",
                "mrs x1, far_el1",
                "stp x0, x1, [sp, #288]",
                "mov x29, sp",
                "mov x0, sp",
                ".endm",
                "",
                "4:",
                "oscomp_save",
                "bl {fault}",
                "",
                "5:",
                "oscomp_save",
                "sub sp, sp, #528",
                "stp q0, q1, [sp]",
                "stp q2, q3, [sp, #32]",
                "stp q4, q5, [sp, #64]",
                "stp q6, q7, [sp, #96]",
                "stp q16, q17, [sp, #128]",
                "stp q18, q19, [sp, #160]",
                "stp q20, q21, [sp, #192]",
                "stp q22, q23, [sp, #224]",
                "stp q24, q25, [sp, #256]",
                "stp q26, q27, [sp, #288]",
                "stp q28, q29, [sp, #320]",
                "stp q30, q31, [sp, #352]",
                // The callee keeps the lower halves of these only.
                "stp q8, q9, [sp, #384]",
                "stp q10, q11, [sp, #416]",
                "stp q12, q13, [sp, #448]",
                "stp q14, q15, [sp, #480]",
                "mrs x1, fpsr",
                "str x1, [sp, #512]",
                "bl {interrupt}",
                "ldr x1, [sp, #512]",
                "msr fpsr, x1",
                "ldp q0, q1, [sp]",
                "ldp q2, q3, [sp, #32]",
                "ldp q4, q5, [sp, #64]",
                "ldp q6, q7, [sp, #96]",
                "ldp q16, q17, [sp, #128]",
                "ldp q18, q19, [sp, #160]",
                "ldp q20, q21, [sp, #192]",
                "ldp q22, q23, [sp, #224]",
                "ldp q24, q25, [sp, #256]",
                "ldp q26, q27, [sp, #288]",
                "ldp q28, q29, [sp, #320]",
                "ldp q30, q31, [sp, #352]",
                "ldp q8, q9, [sp, #384]",
                "ldp q10, q11, [sp, #416]",
                "ldp q12, q13, [sp, #448]",
                "ldp q14, q15, [sp, #480]",
                "add sp, sp, #528",
                "ldp x0, x1, [sp, #272]",
                "msr elr_el1, x0",
                "msr spsr_el1, x1",
                "ldp x0, x1, [sp, #16]",
                "ldp x2, x3, [sp, #32]",
                "ldp x4, x5, [sp, #48]",
                "ldp x6, x7, [sp, #64]",
                "ldp x8, x9, [sp, #80]",
                "ldp x10, x11, [sp, #96]",
                "ldp x12, x13, [sp, #112]",
                "ldp x14, x15, [sp, #128]",
                "ldp x16, x17, [sp, #144]",
                "ldr x18, [sp, #160]",
                "ldr x29, [sp, #248]",
                "ldr x30, [sp, #256]",
                "add sp, sp, {trap}",
                "eret",
                ".popsection",
                "",
                // A table, because addresses of symbols that the compiler knows are never equal to it.
                ".pushsection .rodata.oscomp_layout, \"a\"",
                ".balign 8",
                "oscomp_layout:",
                ".quad oscomp_text, oscomp_rodata, oscomp_data, oscomp_end",
                ".quad oscomp_symbols, oscomp_symbols_end",
                ".popsection",
                ground = sym GROUND,
                stack_end = const Ground::STACK_END,
                exceptions_end = const Ground::EXCEPTIONS_END,
                trap = const ::core::mem::size_of::<$crate::Trap>(),
                enter = sym enter,
                fault = sym $crate::fault,
                interrupt = sym $crate::interrupt,
            );

            unsafe extern "C" {
                static oscomp_layout: $crate::boot::Layout;
            }

            /// The first Rust code that runs.
            extern "C" fn enter(loader: usize) -> ! {
                // SAFETY: the entry code calls this once, on the ground's main stack, with what the loader left;
                // the layout is the linker script's and the entry code's.
                unsafe {
                    let ram = $ram(loader, &oscomp_layout);
                    $crate::boot::boot(&oscomp_layout, &GROUND.places(), ram, &$windows, $run)
                }
            }
        }
    };
}
