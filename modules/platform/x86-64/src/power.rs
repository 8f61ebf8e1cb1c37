//! The end of the machine.

use core::arch::asm;

/// QEMU's `isa-debug-exit`: a byte written there ends QEMU with the status `byte * 2 + 1`.
const DEBUG_EXIT: u16 = 0xf4;
/// The PM1a control register where QEMU's firmware for q35 puts it: ACPI specification, 4.8.3.2.
const POWER_CONTROL: u16 = 0x604;
/// SLP_EN, with QEMU's SLP_TYP for S5, which is 0.
const SLEEP_NOW: u16 = 1 << 13;
/// The keyboard controller's command register, and the command that pulses the reset line.
const KEYBOARD: u16 = 0x64;
const PULSE_RESET: u8 = 0xfe;

/// Powers off by writing a byte to a port, where a machine has one for that; the status is lost.
pub fn off_by(port: u16, value: u8) -> ! {
    // SAFETY: the port leads to no memory; the machine ends here, which is what the caller wants.
    unsafe {
        asm!("out dx, al", "2: hlt", "jmp 2b", in("dx") port, in("al") value, options(noreturn));
    }
}

/// Powers off, handing `status`, at most 126, to QEMU where it has an `isa-debug-exit`.
///
/// What is written is one more, so that no status of an image looks like a failure of QEMU's own, which
/// ends with 1.
///
/// Elsewhere tries what PC-like machines have: ACPI's S5, a reset by the keyboard controller, and a
/// triple fault; the status is lost then.
pub fn off(status: u8) -> ! {
    let status = status.min(126) + 1;
    // SAFETY: none of these ports lead to memory; the machine ends here, which is what the caller
    // wants. Loading an empty descriptor table makes the next exception a triple fault, which resets.
    unsafe {
        asm!("out dx, al", in("dx") DEBUG_EXIT, in("al") status, options(nomem, nostack));
        asm!("out dx, ax", in("dx") POWER_CONTROL, in("ax") SLEEP_NOW, options(nomem, nostack));
        asm!("out dx, al", in("dx") KEYBOARD, in("al") PULSE_RESET, options(nomem, nostack));
        asm!("lidt [{}]", "int3", "2: hlt", "jmp 2b", in(reg) &[0u64; 2], options(noreturn));
    }
}
