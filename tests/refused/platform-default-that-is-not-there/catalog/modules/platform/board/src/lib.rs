//! A board.
#![no_std]

use oscomp_abi::StartError;
use oscomp_interfaces::{Memory, PowerOff};
use oscomp_macros::module;

/// A board.
#[module(provides(Memory, PowerOff), arch("x86_64"), environment = "bare-metal")]
pub struct Board;
