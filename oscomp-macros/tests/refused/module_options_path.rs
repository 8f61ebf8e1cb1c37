#![allow(unused_imports)]
use oscomp_abi::{Config, StartError};
use oscomp_interfaces::{Clock, Console};
use oscomp_macros::{Options, module};

pub mod settings {
    #[derive(oscomp_macros::Options)]
    pub struct Options {}
}

#[module(provides())]
pub struct Timer<Settings: Config<settings::Options>> {
    settings: core::marker::PhantomData<Settings>,
}

fn main() {}
