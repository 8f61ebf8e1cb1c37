/// A module that C programs can link against: what `#[module(exports)]` says.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say that C programs can link against it",
    note = "add `exports` to its `#[module(…)]`"
)]
pub trait Exports {}

/// The types of one function for C, by the number of its name. For the glue.
#[doc(hidden)]
pub trait Export<const NAME: u64>: Exports {
    /// The first parameter.
    type P0;
    /// The second parameter.
    type P1;
    /// The third parameter.
    type P2;
    /// The fourth parameter.
    type P3;
    /// The fifth parameter.
    type P4;
    /// The sixth parameter.
    type P5;
    /// What it returns.
    type Output;
}

/// The body of a naked function that C calls with `$fixed` integers or pointers and any number of other arguments. It
/// makes a `va_list` of the others and calls `$target` with the fixed ones and the list, as that is handed to a function.
///
/// The list is laid out as the architecture's calling convention has it: System V for x86-64 (section 3.5.7), AAPCS64
/// (appendix B), and the RISC-V ELF psABI (section 3.2.5).
#[doc(hidden)]
#[macro_export]
macro_rules! variadic {
    ($target:path, $fixed:literal) => {{
        #[cfg(target_arch = "x86_64")]
        ::core::arch::naked_asm!(
            // The area of registers is at 32, the list at 8; the stack is aligned at the call.
            "sub rsp, 216",
            "mov [rsp + 32], rdi",
            "mov [rsp + 40], rsi",
            "mov [rsp + 48], rdx",
            "mov [rsp + 56], rcx",
            "mov [rsp + 64], r8",
            "mov [rsp + 72], r9",
            "test al, al",
            "je 2f",
            "movaps [rsp + 80], xmm0",
            "movaps [rsp + 96], xmm1",
            "movaps [rsp + 112], xmm2",
            "movaps [rsp + 128], xmm3",
            "movaps [rsp + 144], xmm4",
            "movaps [rsp + 160], xmm5",
            "movaps [rsp + 176], xmm6",
            "movaps [rsp + 192], xmm7",
            "2:",
            "mov dword ptr [rsp + 8], {general}",
            "mov dword ptr [rsp + 12], 48",
            "lea rax, [rsp + 224]",
            "mov [rsp + 16], rax",
            "lea rax, [rsp + 32]",
            "mov [rsp + 24], rax",
            "lea rax, [rsp + 8]",
            ".if {fixed} == 1",
            "mov rsi, rax",
            ".elseif {fixed} == 2",
            "mov rdx, rax",
            ".elseif {fixed} == 3",
            "mov rcx, rax",
            ".elseif {fixed} == 4",
            "mov r8, rax",
            ".elseif {fixed} == 5",
            "mov r9, rax",
            ".endif",
            "call {target}",
            "add rsp, 216",
            "ret",
            general = const 8 * $fixed,
            fixed = const $fixed,
            target = sym $target,
        );
        #[cfg(target_arch = "aarch64")]
        ::core::arch::naked_asm!(
            // The frame at 0, the list at 16, the vector registers at 48, the general ones at 176.
            "sub sp, sp, #240",
            "stp x29, x30, [sp]",
            "mov x29, sp",
            "stp q0, q1, [sp, #48]",
            "stp q2, q3, [sp, #80]",
            "stp q4, q5, [sp, #112]",
            "stp q6, q7, [sp, #144]",
            "stp x0, x1, [sp, #176]",
            "stp x2, x3, [sp, #192]",
            "stp x4, x5, [sp, #208]",
            "stp x6, x7, [sp, #224]",
            "add x9, sp, #240",
            "str x9, [sp, #16]",
            "str x9, [sp, #24]",
            "add x10, sp, #176",
            "str x10, [sp, #32]",
            "mov w9, #-{general}",
            "str w9, [sp, #40]",
            "mov w9, #-128",
            "str w9, [sp, #44]",
            "add x{fixed}, sp, #16",
            "bl {target}",
            "ldp x29, x30, [sp]",
            "add sp, sp, #240",
            "ret",
            general = const 8 * (8 - $fixed),
            fixed = const $fixed,
            target = sym $target,
        );
        #[cfg(target_arch = "riscv64")]
        ::core::arch::naked_asm!(
            // The registers lie below the arguments on the stack, so that all are one array.
            "addi sp, sp, -80",
            "sd ra, 0(sp)",
            "sd a0, 16(sp)",
            "sd a1, 24(sp)",
            "sd a2, 32(sp)",
            "sd a3, 40(sp)",
            "sd a4, 48(sp)",
            "sd a5, 56(sp)",
            "sd a6, 64(sp)",
            "sd a7, 72(sp)",
            "addi a{fixed}, sp, {first}",
            "call {target}",
            "ld ra, 0(sp)",
            "addi sp, sp, 80",
            "ret",
            first = const 16 + 8 * $fixed,
            fixed = const $fixed,
            target = sym $target,
        );
    }};
}

/// The body of a naked function that goes on in `$target` as if that had been called.
#[doc(hidden)]
#[macro_export]
macro_rules! jump {
    ($($target:tt)+) => {{
        #[cfg(target_arch = "x86_64")]
        ::core::arch::naked_asm!("jmp {target}", target = sym $($target)+);
        #[cfg(target_arch = "aarch64")]
        ::core::arch::naked_asm!("b {target}", target = sym $($target)+);
        #[cfg(target_arch = "riscv64")]
        ::core::arch::naked_asm!("tail {target}", target = sym $($target)+);
    }};
}
