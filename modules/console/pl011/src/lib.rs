//! A console on a PrimeCell UART (Arm DDI 0183).
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

/// A PrimeCell UART, PL011: 8 data bits, no parity, one stop bit.
#[module(provides(Console), environment = "bare-metal")]
pub struct Pl011<Settings: Config<Options>> {
    settings: PhantomData<Settings>,
}

/// Where the UART is and how fast its line runs.
#[derive(Options)]
#[options(require(clock >= 16 * baud, "the clock is at least 16 times the baud rate"))]
pub struct Options {
    /// The UART.
    #[option(device = "pl011")]
    pub device: Device,
    /// Symbols per second.
    #[option(default = 115200, range = 50..=4000000, unit = "baud")]
    pub baud: u32,
    /// The frequency of the UART's clock.
    #[option(default = 24000000, range = 1843200..=200000000, unit = "Hz")]
    pub clock: u32,
    /// Whether a line feed goes out as carriage return and line feed, for terminals that need it.
    #[option(default = false)]
    pub crlf: bool,
}

impl<Settings: Config<Options>> Pl011<Settings> {
    /// The clock divided by 16 times the baud rate, in 64ths, rounded.
    const DIVISOR: u32 = {
        let (clock, baud) = (Settings::OPTIONS.clock as u64, Settings::OPTIONS.baud as u64);
        ((clock * 4 + baud / 2) / baud) as u32
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
        let otherwise = "the device does not have the registers of a PL011";
        Window::open(Settings::OPTIONS.device.registers, LENGTH, otherwise).map(Line)
    }
}

impl<Settings: Config<Options>> Console for &Pl011<Settings> {
    fn write(self, bytes: &[u8]) {
        // Its registers were there when it started.
        let Ok(line) = Pl011::<Settings>::line() else { return };
        line.write(bytes, Settings::OPTIONS.crlf);
    }

    fn read(self, buffer: &mut [u8]) -> usize {
        Pl011::<Settings>::line().map_or(0, |line| line.read(buffer))
    }
}
