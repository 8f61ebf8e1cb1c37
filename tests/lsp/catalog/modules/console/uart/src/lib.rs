#![no_std]
use oscomp_abi::{Bytes, Config, Device, StartError};
use oscomp_interfaces::*;
use oscomp_macros::{Choice, Options, module};
/// A UART.
#[module(provides(Console), environment = "bare-metal")]
pub struct Uart<Settings: Config<Options>> { settings: Settings }
#[derive(Options)]
#[options(require(clock % (16 * baud) == 0, "the clock is a multiple of 16 times the baud rate"))]
pub struct Options {
    #[option(device = "uart")]
    pub device: Device,
    #[option(default = 115200, range = 50..=4000000, unit = "baud")]
    pub baud: u32,
    #[option(default = 1843200)]
    pub clock: u32,
    #[option(default = false)]
    pub crlf: bool,
}
