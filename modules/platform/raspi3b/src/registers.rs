//! Registers of 32 bits in the peripherals' memory.

/// Where the peripherals begin.
pub const PERIPHERALS: usize = 0x3f00_0000;

/// Reads the register at that address, which is one of this crate's constants: mapped, or addresses are not
/// translated yet.
pub fn read(address: usize) -> u32 {
    let register = core::ptr::with_exposed_provenance::<u32>(address);
    // SAFETY: as said, and no Rust object lies among the peripherals.
    unsafe { register.read_volatile() }
}

/// Writes it.
pub fn write(address: usize, value: u32) {
    let register = core::ptr::with_exposed_provenance_mut::<u32>(address);
    // SAFETY: as for `read`; what this crate writes has a peripheral write to no memory but the mailbox's message.
    unsafe { register.write_volatile(value) }
}
