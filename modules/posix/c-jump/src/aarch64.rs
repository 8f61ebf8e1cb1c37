//! What a function keeps by the procedure call standard AAPCS64 (sections 6.1.1 and 6.1.2).

/// The body of `setjmp`.
macro_rules! save {
    () => {
        naked_asm!(
            "stp x19, x20, [x0, #0]",
            "stp x21, x22, [x0, #16]",
            "stp x23, x24, [x0, #32]",
            "stp x25, x26, [x0, #48]",
            "stp x27, x28, [x0, #64]",
            "stp x29, x30, [x0, #80]",
            "mov x2, sp",
            "str x2, [x0, #96]",
            "stp d8, d9, [x0, #112]",
            "stp d10, d11, [x0, #128]",
            "stp d12, d13, [x0, #144]",
            "stp d14, d15, [x0, #160]",
            "mov w0, #0",
            "ret",
        )
    };
}

/// The body of `longjmp`.
macro_rules! restore {
    () => {
        naked_asm!(
            "ldp x19, x20, [x0, #0]",
            "ldp x21, x22, [x0, #16]",
            "ldp x23, x24, [x0, #32]",
            "ldp x25, x26, [x0, #48]",
            "ldp x27, x28, [x0, #64]",
            "ldp x29, x30, [x0, #80]",
            "ldr x2, [x0, #96]",
            "mov sp, x2",
            "ldp d8, d9, [x0, #112]",
            "ldp d10, d11, [x0, #128]",
            "ldp d12, d13, [x0, #144]",
            "ldp d14, d15, [x0, #160]",
            "cmp w1, #0",
            "csinc w0, w1, wzr, ne",
            "ret",
        )
    };
}

pub(crate) use {restore, save};
