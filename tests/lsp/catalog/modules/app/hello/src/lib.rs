#![no_std]
use oscomp_abi::{Bytes, Config, Device, StartError};
use oscomp_interfaces::*;
use oscomp_macros::{Choice, Options, module};
#[module(provides(App))]
pub struct Hello<Output: Console, Settings: Config<Options>> { output: Output, settings: Settings }
#[derive(Options)]
pub struct Options {
    #[option(default = "Hello")]
    pub greeting: &'static str,
    pub page: Option<&'static [u8]>,
    #[option(default = "plain")]
    pub style: Style,
    pub names: &'static [&'static str],
    #[option(default = "10ms")]
    pub pause: Duration,
}
#[derive(Choice)]
pub enum Style { Plain, VeryFancy }
