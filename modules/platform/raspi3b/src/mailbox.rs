//! What the graphics processor's firmware tells: its "mailbox property interface".

use crate::registers::{PERIPHERALS, read, write};
use core::ptr::{from_mut, from_ref};
use oscomp_aarch64::boot::{Layout, Ram};

/// Mailbox 0 is read, mailbox 1 written.
const MAILBOX: usize = PERIPHERALS + 0xb880;
const RECEIVE: usize = MAILBOX;
const RECEIVE_STATUS: usize = MAILBOX + 0x18;
const SEND: usize = MAILBOX + 0x20;
const SEND_STATUS: usize = MAILBOX + 0x38;
const FULL: u32 = 1 << 31;
const EMPTY: u32 = 1 << 30;

/// The channel of properties, in the lower four bits of what goes through.
const PROPERTIES: u32 = 8;
/// How often a status is looked at before the firmware is given up.
const PATIENCE: u32 = 10_000_000;

const REQUEST: u32 = 0;
const ANSWERED: u32 = 0x8000_0000;
/// The memory that is not the graphics processor's: base and size.
const GET_ARM_MEMORY: u32 = 0x0001_0005;

/// A message with one question: total size, state, tag, room for the answer, its state, base, size, end.
#[repr(C, align(16))]
struct Message([u32; 8]);

/// The machine's memory, from the page behind the null pointer on.
///
/// # Safety
/// For the entry code: addresses are not translated yet, and caches are off.
#[doc(hidden)]
pub unsafe fn ram(_loader: usize, _layout: &Layout) -> Option<Ram> {
    let mut message = Message([32, REQUEST, GET_ARM_MEMORY, 8, REQUEST, 0, 0, 0]);
    let address = from_mut(&mut message).expose_provenance();
    wait(SEND_STATUS, FULL)?;
    // SAFETY: orders the message before the mailbox's register.
    unsafe { core::arch::asm!("dsb sy", options(nostack)) };
    // Through the graphics processor's window that no cache of its own keeps.
    write(SEND, (address as u32 | 0xc000_0000) | PROPERTIES);
    loop {
        wait(RECEIVE_STATUS, EMPTY)?;
        if read(RECEIVE) & 15 == PROPERTIES {
            break;
        }
    }
    // SAFETY: `message`, which the firmware has written to.
    let [_, state, _, _, _, base, size, _] = unsafe { from_ref(&message).read_volatile() }.0;
    if state != ANSWERED || base != 0 {
        return None;
    }
    Some(Ram::new(4096..size as usize & !4095))
}

/// Waits until the bit is clear.
fn wait(status: usize, bit: u32) -> Option<()> {
    (0..PATIENCE).find(|_| read(status) & bit == 0).map(|_| ())
}
