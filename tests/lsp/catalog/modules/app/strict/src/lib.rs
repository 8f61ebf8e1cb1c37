#![no_std]
use oscomp_abi::{Bytes, Config, Device, StartError};
use oscomp_interfaces::*;
use oscomp_macros::{Choice, Options, module};
#[module(provides(App))]
pub struct Strict<Settings: Config<Options>> { settings: Settings }
#[derive(Options)]
pub struct Options {
    pub count: u8,
}
