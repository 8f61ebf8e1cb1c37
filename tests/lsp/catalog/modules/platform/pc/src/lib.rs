#![no_std]
use oscomp_abi::{Bytes, Config, Device, StartError};
use oscomp_interfaces::*;
use oscomp_macros::{Choice, Options, module};
#[module(provides(Memory, PowerOff), arch("x86_64"), environment = "bare-metal")]
pub struct Pc<Settings: Config<Options>> { settings: Settings }
#[derive(Options)]
pub struct Options {
    #[option(default = "64KiB", range = "8KiB"..="1MiB", memory)]
    pub stack: Bytes,
}
