//! Leaving a function for one that called it, however many calls lie between: what a call keeps is kept on the stack
//! of the outer one, as it is where threads are switched. For programs and threads that end anywhere.
#![no_std]

#[cfg_attr(target_arch = "x86_64", path = "x86_64.rs")]
#[cfg_attr(target_arch = "aarch64", path = "aarch64.rs")]
#[cfg_attr(target_arch = "riscv64", path = "riscv64.rs")]
mod architecture;

pub use architecture::{enter, leave};

/// What [`enter`] calls. It ends by [`leave`].
pub type Body = unsafe extern "C" fn(argument: *mut core::ffi::c_void) -> !;
