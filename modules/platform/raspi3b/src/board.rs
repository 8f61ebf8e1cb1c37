//! Pins and power: "BCM2835 ARM Peripherals", chapter 6; the watchdog as Linux has it (drivers/watchdog/bcm2835_wdt.c).

use crate::registers::{PERIPHERALS, read, write};

/// The pins.
const PINS: usize = PERIPHERALS + 0x20_0000;
/// The power manager: reset control, reset status, watchdog.
const POWER: usize = PERIPHERALS + 0x10_0000;

/// The registers that this crate reaches with address translation on.
pub const OWN: [(usize, usize); 2] = [(PINS, 0x1000), (POWER, 0x1000)];

/// Function select of pins 10 to 19 and 30 to 39, three bits for each.
const SELECT_10: usize = PINS + 0x04;
const SELECT_30: usize = PINS + 0x0c;
/// Pins 14 and 15, and their alternate functions 0 and 5, which are the PL011 and the mini UART.
const HEADER: u32 = 0o77 << 12;
const HEADER_PL011: u32 = 0o44 << 12;
const HEADER_MINI_UART: u32 = 0o22 << 12;
/// Pins 32 and 33, where the firmware leads the PL011 to the Bluetooth chip; function 0 is an input.
const BLUETOOTH: u32 = 0o77 << 6;

/// Leads the PL011 to pins 14 and 15 of the header, and not to the Bluetooth chip.
pub fn lead_out_pl011() {
    write(SELECT_30, read(SELECT_30) & !BLUETOOTH);
    write(SELECT_10, read(SELECT_10) & !HEADER | HEADER_PL011);
}

/// Leads the mini UART to pins 14 and 15 of the header.
pub fn lead_out_mini_uart() {
    write(SELECT_10, read(SELECT_10) & !HEADER | HEADER_MINI_UART);
}

/// Resets the board by its watchdog, and has the firmware not boot again: "partition" 63 halts it.
pub fn halt() -> ! {
    const PASSWORD: u32 = 0x5a00_0000;
    const RESET_CONTROL: usize = POWER + 0x1c;
    const RESET_STATUS: usize = POWER + 0x20;
    const WATCHDOG: usize = POWER + 0x24;
    /// The partition's six bits, which are every second one from 0 to 10.
    const HALT: u32 = 0x555;
    write(RESET_STATUS, PASSWORD | read(RESET_STATUS) & 0x00ff_faaa | HALT);
    // In units of 16 microseconds.
    write(WATCHDOG, PASSWORD | 10);
    write(RESET_CONTROL, PASSWORD | read(RESET_CONTROL) & 0x00ff_ffcf | 0x20);
    loop {
        core::hint::spin_loop();
    }
}
