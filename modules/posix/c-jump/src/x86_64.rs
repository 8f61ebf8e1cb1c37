//! What a function keeps by the System V ABI for x86-64 (section 3.2.1).

/// The body of `setjmp`.
macro_rules! save {
    () => {
        naked_asm!(
            "mov [rdi + 0], rbx",
            "mov [rdi + 8], rbp",
            "mov [rdi + 16], r12",
            "mov [rdi + 24], r13",
            "mov [rdi + 32], r14",
            "mov [rdi + 40], r15",
            "lea rdx, [rsp + 8]",
            "mov [rdi + 48], rdx",
            "mov rdx, [rsp]",
            "mov [rdi + 56], rdx",
            "xor eax, eax",
            "ret",
        )
    };
}

/// The body of `longjmp`.
macro_rules! restore {
    () => {
        naked_asm!(
            "mov rbx, [rdi + 0]",
            "mov rbp, [rdi + 8]",
            "mov r12, [rdi + 16]",
            "mov r13, [rdi + 24]",
            "mov r14, [rdi + 32]",
            "mov r15, [rdi + 40]",
            "mov rsp, [rdi + 48]",
            "mov eax, esi",
            "cmp eax, 1",
            "adc eax, 0",
            "jmp qword ptr [rdi + 56]",
        )
    };
}

pub(crate) use {restore, save};
