//! C's jumps out of functions (ISO C, section 7.13; POSIX.1-2024, `<setjmp.h>`).
//!
//! What a function has to keep for its caller goes into a buffer, and comes back when somebody jumps: registers, the
//! stack and where it returns to. How numbers are rounded stays as it is. `sigsetjmp` and `siglongjmp`, which keep the mask
//! of signals as well, are made of these by the header.
#![no_std]

#[cfg(test)]
extern crate std;

#[cfg(target_arch = "aarch64")]
mod aarch64;
#[cfg(target_arch = "riscv64")]
mod riscv64;
#[cfg(all(test, target_arch = "x86_64"))]
mod tests;
#[cfg(target_arch = "x86_64")]
mod x86_64;

#[cfg(target_arch = "aarch64")]
use aarch64::{restore, save};
use core::arch::naked_asm;
use oscomp_abi::StartError;
use oscomp_c_abi::{c_int, c_ulong};
use oscomp_macros::{exports, module};
#[cfg(target_arch = "riscv64")]
use riscv64::{restore, save};
#[cfg(target_arch = "x86_64")]
use x86_64::{restore, save};

/// Jumps.
#[module(exports)]
pub struct CJump {}

impl CJump {
    /// Nothing to prepare.
    ///
    /// # Errors
    /// None.
    pub const fn start() -> Result<Self, StartError> {
        Ok(Self {})
    }
}

/// Room for what is kept: C's `jmp_buf`. No architecture needs all of it.
pub type JumpBuffer = [c_ulong; 32];

#[exports]
impl CJump {
    /// Keeps where it is called. Returns 0, and once more with another number when somebody jumps.
    ///
    /// # Safety
    /// The buffer can be written. The caller is C: its compiler knows that this returns twice.
    #[unsafe(naked)]
    pub unsafe extern "C" fn setjmp(buffer: *mut JumpBuffer) -> c_int {
        save!()
    }

    /// The same as `setjmp`.
    ///
    /// # Safety
    /// That of `setjmp`.
    #[unsafe(naked)]
    pub unsafe extern "C" fn _setjmp(buffer: *mut JumpBuffer) -> c_int {
        save!()
    }

    /// Has `setjmp` return again, with `number`, or 1 if that is 0.
    ///
    /// # Safety
    /// `setjmp` wrote the buffer, on this stack, and its caller has not returned since. What the functions between would
    /// still do when they return is not done.
    #[unsafe(naked)]
    pub unsafe extern "C" fn longjmp(buffer: *const JumpBuffer, number: c_int) -> ! {
        restore!()
    }

    /// The same as `longjmp`.
    ///
    /// # Safety
    /// That of `longjmp`.
    #[unsafe(naked)]
    pub unsafe extern "C" fn _longjmp(buffer: *const JumpBuffer, number: c_int) -> ! {
        restore!()
    }
}
