//! A module with a mistake.
#![no_std]

use oscomp_abi::{Config, StartError};
use waves::Radio;
use oscomp_macros::{Options, module};

/// One.
#[module(provides(Radio))]
pub struct FmRadio;
