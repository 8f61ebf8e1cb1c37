#![no_std]
use oscomp_abi::{Bytes, Config, Device, StartError};
use oscomp_interfaces::*;
use oscomp_macros::{Choice, Options, module};
#[module(provides(Console), environment = "hosted")]
pub struct Stream<Settings: Config<Options>> { settings: Settings }
#[derive(Options)]
pub struct Options {
    #[option(device = "stream")]
    pub device: Device,
}
