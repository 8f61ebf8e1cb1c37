//! Seconds.
#![no_std]

use oscomp_abi::StartError;
use oscomp_macros::module;
use waves::Clock;

/// Counts seconds.
#[module(provides(Clock))]
pub struct Seconds;
