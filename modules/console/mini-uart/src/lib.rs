//! A console on the mini UART of a Raspberry Pi ("BCM2835 ARM Peripherals", chapter 2), the one of its two UARTs
//! that takes its time from the core's clock.
//!
//! Polled, without interrupts and without a lock: every access to a register is whole by itself, so that a panic
//! or an interrupt may write in the middle of another write; bytes mingle, nothing breaks.
#![no_std]
#![forbid(unsafe_code)]

mod line;

use core::marker::PhantomData;
use line::{LENGTH, Line};
use oscomp_abi::{Config, Device, StartError};
use oscomp_interfaces::Console;
use oscomp_macros::{Options, module};
use oscomp_polled_line::PolledLine;
use oscomp_registers::Window;

/// The mini UART of a BCM2835 and its successors: 8 data bits, no parity, one stop bit.
#[module(provides(Console), arch("aarch64"), environment = "bare-metal")]
pub struct MiniUart<Settings: Config<Options>> {
    settings: PhantomData<Settings>,
}

/// Where the UART is and how fast its line runs.
#[derive(Options)]
#[options(require(clock >= 8 * baud, "the clock is at least 8 times the baud rate"))]
pub struct Options {
    /// The UART, from the first register that it shares with the other auxiliary devices on.
    #[option(device = "mini-uart")]
    pub device: Device,
    /// Symbols per second.
    #[option(default = 115200, range = 600..=4000000, unit = "baud")]
    pub baud: u32,
    /// The frequency of the core's clock: 250 MHz with `enable_uart=1` in `config.txt`.
    #[option(default = 250000000, range = 19200000..=500000000, unit = "Hz")]
    pub clock: u32,
    /// Whether a line feed goes out as carriage return and line feed, for terminals that need it.
    #[option(default = false)]
    pub crlf: bool,
}

impl<Settings: Config<Options>> MiniUart<Settings> {
    /// The clock divided by 8 times the baud rate, rounded, less 1.
    const DIVISOR: u32 = {
        let (clock, baud) = (Settings::OPTIONS.clock, Settings::OPTIONS.baud);
        (clock + 4 * baud) / (8 * baud) - 1
    };

    /// Sets the line up.
    ///
    /// # Errors
    /// When the registers cannot be reached.
    pub fn start() -> Result<Self, StartError> {
        Self::line()?.set_up(Self::DIVISOR);
        Ok(Self { settings: PhantomData })
    }

    #[inline(always)]
    fn line() -> Result<Line<Window>, StartError> {
        let otherwise = "the device does not have the registers of a mini UART";
        Window::open(Settings::OPTIONS.device.registers, LENGTH, otherwise).map(Line)
    }
}

impl<Settings: Config<Options>> Console for &MiniUart<Settings> {
    fn write(self, bytes: &[u8]) {
        // Its registers were there when it started.
        let Ok(line) = MiniUart::<Settings>::line() else { return };
        line.write(bytes, Settings::OPTIONS.crlf);
    }

    fn read(self, buffer: &mut [u8]) -> usize {
        MiniUart::<Settings>::line().map_or(0, |line| line.read(buffer))
    }
}
