//! The end of the machine.

use core::arch::asm;

/// Where QEMU's virt machine has SiFive's test device.
const TEST: usize = 0x10_0000;
/// What it is told to end with a status, in the upper half of the word.
const FAIL: u32 = 0x3333;
/// The registers of this crate's own, for the mapping.
pub const WINDOW: (usize, usize) = (TEST, 0x1000);

/// SBI: the extension and the function of a system reset, and the kind that is a shutdown.
const SYSTEM_RESET: usize = 0x5352_5354;
const RESET: usize = 0;
const SHUTDOWN: usize = 0;

/// Powers off, handing `status`, at most 126, to QEMU where it has the test device: as QEMU ends on a PC,
/// with `(status + 1) * 2 + 1`, so that no status of an image looks like a failure of QEMU's own.
///
/// Elsewhere asks the SBI (chapter 10 of its specification); the status is lost then.
pub fn off(status: u8) -> ! {
    let status = u32::from(status.min(126)) + 1;
    let device: *mut u32 = core::ptr::with_exposed_provenance_mut(TEST);
    // SAFETY: the device's register, mapped by the boot code or not translated yet. The machine ends here,
    // which is what the caller wants.
    unsafe {
        device.write_volatile((status << 1 | 1) << 16 | FAIL);
        asm!("ecall", "2: wfi", "j 2b", in("a7") SYSTEM_RESET, in("a6") RESET, in("a0") SHUTDOWN, in("a1") 0,
            options(noreturn));
    }
}
