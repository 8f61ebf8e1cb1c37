//! QEMU's translator, which executes the image where the machine has no other accelerator.

use core::arch::asm;
use core::arch::x86_64::__cpuid;

/// What it calls itself as a hypervisor.
const NAME: u32 = u32::from_le_bytes(*b"TCGT");

/// Whether the image is translated.
pub fn is_there() -> bool {
    __cpuid(1).ecx & 1 << 31 != 0 && __cpuid(0x4000_0000).ebx == NAME
}

/// Has it make room for more translations of addresses: it keeps 256 at first, and looks whether these were too
/// few only when they are thrown away. Other machines have as many as they have.
#[cold]
pub fn grown() {
    if is_there() {
        // SAFETY: the tables stay the ones that they are.
        unsafe {
            asm!("mov {root}, cr3", "mov cr3, {root}", root = out(reg) _, options(nostack, preserves_flags))
        };
    }
}
