//! A console on a 16550-compatible UART.
//!
//! Polled, without interrupts and without a lock: every access to a register is whole by itself, so
//! that a panic or an interrupt may write in the middle of another write; bytes mingle, nothing breaks.
#![no_std]

mod line;
mod window;

use core::marker::PhantomData;
use line::{Fifo, Line};
use oscomp_abi::{Config, Device, StartError};
use oscomp_interfaces::Console;
use oscomp_macros::{Options, module};
use window::Window;

/// A 16550-compatible UART: 8 data bits, no parity, one stop bit.
#[module(provides(Console), environment = "bare-metal")]
pub struct Uart16550<Settings: Config<Options>> {
    fifo: Fifo,
    settings: PhantomData<Settings>,
}

/// Where the UART is and how fast its line runs.
#[derive(Options)]
#[options(require(clock % (16 * baud) == 0, "the clock is a multiple of 16 times the baud rate"))]
#[options(require(clock / (16 * baud) <= 65535, "the divisor fits into 16 bits"))]
pub struct Options {
    /// The UART.
    #[option(device = "uart-16550")]
    pub device: Device,
    /// Symbols per second.
    #[option(default = 115200, range = 50..=4000000, unit = "baud")]
    pub baud: u32,
    /// The frequency of the UART's clock.
    #[option(default = 1843200, range = 1843200..=64000000, unit = "Hz")]
    pub clock: u32,
    /// Whether a line feed goes out as carriage return and line feed, for terminals that need it.
    #[option(default = false)]
    pub crlf: bool,
}

impl<Settings: Config<Options>> Uart16550<Settings> {
    const DIVISOR: u16 = (Settings::OPTIONS.clock / (16 * Settings::OPTIONS.baud)) as u16;

    /// Sets the line up.
    ///
    /// # Errors
    /// When the registers cannot be reached or no UART answers there.
    pub fn start() -> Result<Self, StartError> {
        let window = Window::open(Settings::OPTIONS.device.registers)?;
        let fifo = Line(window).set_up(Self::DIVISOR)?;
        Ok(Self { fifo, settings: PhantomData })
    }

    #[inline(always)]
    fn line(&self) -> Line<Window> {
        Line(Window::opened(Settings::OPTIONS.device.registers))
    }
}

impl<Settings: Config<Options>> Console for &Uart16550<Settings> {
    fn write(self, bytes: &[u8]) {
        let line = self.line();
        if !Settings::OPTIONS.crlf {
            line.send(bytes, self.fifo);
            return;
        }
        for text in bytes.split_inclusive(|byte| *byte == b'\n') {
            match text.split_last() {
                Some((b'\n', text)) => {
                    line.send(text, self.fifo);
                    line.send(b"\r\n", self.fifo);
                }
                _ => line.send(text, self.fifo),
            }
        }
    }

    fn read(self, buffer: &mut [u8]) -> usize {
        self.line().receive(buffer)
    }
}
