#![allow(unused_imports)]
use oscomp_abi::{Config, StartError};
use oscomp_interfaces::{Clock, Console};
use oscomp_macros::{Options, module};

#[derive(Options)]
pub struct Options {}

#[module(provides())]
pub struct Timer<#[call] Settings: Config<Options>> {
    settings: core::marker::PhantomData<Settings>,
}

fn main() {}
