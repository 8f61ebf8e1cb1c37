//! The end of the machine.

use core::arch::asm;
use core::sync::atomic::{AtomicPtr, Ordering};

/// Semihosting: the operation that ends with a status, and the reason that is an ordinary end (Arm's
/// semihosting specification, `SYS_EXIT_EXTENDED`).
const EXIT: u64 = 0x20;
const APPLICATION_EXIT: u64 = 0x2_0026;

/// What to do where there is no debugger that ends the machine; null before that was tried.
static OTHERWISE: AtomicPtr<()> = AtomicPtr::new(core::ptr::null_mut());

/// Powers off, handing `status`, at most 126, to QEMU by semihosting: as QEMU ends on a PC, with
/// `(status + 1) * 2 + 1`, so that no status of an image looks like a failure of QEMU's own.
///
/// Calls `otherwise` where nobody listens; the status is lost then.
pub fn off_or(status: u8, otherwise: fn() -> !) -> ! {
    OTHERWISE.store(otherwise as *mut (), Ordering::Relaxed);
    let status = u64::from(status.min(126)) + 1;
    let block = [APPLICATION_EXIT, status << 1 | 1];
    // SAFETY: the machine ends here, which is what the caller wants. Where nobody listens the instruction is
    // undefined, and `resume` goes on.
    unsafe { asm!("hlt #0xf000", in("x0") EXIT, in("x1") &block, options(nostack)) };
    otherwise()
}

/// Powers off; where nobody listens by PSCI.
pub fn off(status: u8) -> ! {
    off_or(status, psci)
}

/// Goes on with powering off after an exception that it caused.
pub fn resume() {
    let otherwise = OTHERWISE.load(Ordering::Relaxed);
    if !otherwise.is_null() {
        // SAFETY: `off_or` stored a function of this type there.
        let otherwise: fn() -> ! = unsafe { core::mem::transmute(otherwise) };
        otherwise();
    }
}

/// PSCI's `SYSTEM_OFF` (Arm DEN 0022), by the hypervisor's call, which QEMU's virt machine has.
fn psci() -> ! {
    const SYSTEM_OFF: u64 = 0x8400_0008;
    // SAFETY: the machine ends here.
    unsafe { asm!("hvc #0", "2: wfi", "b 2b", in("x0") SYSTEM_OFF, options(noreturn)) };
}
