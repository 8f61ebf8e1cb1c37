#![no_std]
use oscomp_abi::{Bytes, Config, Device, StartError};
use oscomp_interfaces::*;
use oscomp_macros::{Choice, Options, module};
#[module(provides(Heap), memory = "4KiB")]
pub struct Bump<Ram: Memory, Settings: Config<Options>> { ram: Ram, settings: Settings }
#[derive(Options)]
pub struct Options {
    #[option(default = "1MiB", memory)]
    pub size: Bytes,
}
