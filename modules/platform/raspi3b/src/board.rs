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
/// Pins 14 and 15 of the header, and their alternate functions 0 and 5, which are the PL011 and the mini UART.
const HEADER: u32 = 0o77 << 12;
const HEADER_PL011: u32 = 0o44 << 12;
const HEADER_MINI_UART: u32 = 0o22 << 12;
/// Pins 32 and 33, where the firmware leads the PL011 to the Bluetooth chip; function 0 is an input, 5 the mini UART.
const BLUETOOTH: u32 = 0o77 << 6;
const BLUETOOTH_MINI_UART: u32 = 0o22 << 6;
/// Where the UARTs are.
const PL011: usize = PERIPHERALS + 0x20_1000;
const MINI_UART: usize = PERIPHERALS + 0x21_5000;

/// Leads the PL011 to the pins of the header, and not to the Bluetooth chip; or the mini UART if it is the only one
/// among the devices whose registers are `claimed`. Of both the mini UART goes where the PL011 was.
#[doc(hidden)]
pub fn lead_out(claimed: &[(usize, usize)]) {
    let has = |uart| claimed.iter().any(|(base, _)| *base == uart);
    let header = match (has(PL011), has(MINI_UART)) {
        (false, true) => HEADER_MINI_UART,
        (_, both) => {
            let bluetooth = if both { BLUETOOTH_MINI_UART } else { 0 };
            write(SELECT_30, read(SELECT_30) & !BLUETOOTH | bluetooth);
            HEADER_PL011
        }
    };
    write(SELECT_10, read(SELECT_10) & !HEADER | header);
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
