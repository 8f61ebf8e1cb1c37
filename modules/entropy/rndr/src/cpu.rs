//! The register: Arm Architecture Reference Manual, RNDR.

/// Whether the CPU has the generator: ID_AA64ISAR0_EL1.RNDR.
#[cfg(target_arch = "aarch64")]
pub fn has_generator() -> bool {
    let features: u64;
    // SAFETY: reads a register.
    unsafe {
        core::arch::asm!("mrs {}, id_aa64isar0_el1", out(reg) features, options(nomem, nostack, preserves_flags));
    }
    features >> 60 != 0
}

/// Asks once; none when the generator has nothing ready.
#[cfg(target_arch = "aarch64")]
pub fn step() -> Option<u64> {
    let (value, ready): (u64, u64);
    // SAFETY: an instance starts only where the CPU has the register (RNDR, by its number); reading it changes
    // the flags, which `asm!` assumes: equal when there is nothing.
    unsafe {
        core::arch::asm!("mrs {}, s3_3_c2_c4_0", "cset {}, ne", out(reg) value, out(reg) ready,
            options(nomem, nostack));
    }
    (ready != 0).then_some(value)
}

/// Whether the CPU has the generator.
#[cfg(not(target_arch = "aarch64"))]
pub fn has_generator() -> bool {
    false
}

/// Asks once.
#[cfg(not(target_arch = "aarch64"))]
pub fn step() -> Option<u64> {
    None
}
