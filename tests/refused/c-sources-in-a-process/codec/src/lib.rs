//! Has sources in C, and does not say what it is for.
#![no_std]

use core::marker::PhantomData;
use oscomp_abi::{CSource, Config};
use oscomp_interfaces::App;
use oscomp_macros::{Options, module};

/// A codec in C.
#[module(provides(App))]
pub struct Codec<Settings: Config<Options>>(PhantomData<Settings>);

/// How it is compiled.
#[derive(Options)]
pub struct Options {
    /// Its sources.
    pub sources: &'static [CSource],
}
