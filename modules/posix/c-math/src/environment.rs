//! The environment of floating-point numbers: exceptions that were raised. Rounding is to the nearest.
//!
//! What numbers exceptions have is the same on every architecture, that of x86-64, and not that of the hardware.

use crate::CMath;
use core::arch::asm;
use core::hint::black_box;
use oscomp_c_abi::c_int;
use oscomp_macros::exports;

/// `FE_INVALID`, `FE_DIVBYZERO`, `FE_OVERFLOW`, `FE_UNDERFLOW` and `FE_INEXACT`.
const EXCEPTIONS: [u64; 5] = [1 << 0, 1 << 2, 1 << 3, 1 << 4, 1 << 5];

/// Where the hardware has them: x86-64 in `MXCSR`, AArch64 in `FPSR`, RISC-V in `fflags`.
#[cfg(target_arch = "x86_64")]
const FLAGS: [u64; 5] = EXCEPTIONS;
#[cfg(target_arch = "aarch64")]
const FLAGS: [u64; 5] = [1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 4];
#[cfg(target_arch = "riscv64")]
const FLAGS: [u64; 5] = [1 << 4, 1 << 3, 1 << 2, 1 << 1, 1 << 0];

const INVALID: c_int = 1 << 0;
const DIVIDED_BY_ZERO: c_int = 1 << 2;
const OVERFLOW: c_int = 1 << 3;
const INEXACT: c_int = 1 << 5;

const TO_NEAREST: c_int = 0;

/// The exceptions of one numbering in the other.
fn translate(exceptions: u64, from: [u64; 5], to: [u64; 5]) -> u64 {
    from.into_iter().zip(to).filter(|(from, _)| exceptions & from != 0).map(|(_, to)| to).sum()
}

/// The register with the exceptions.
fn read() -> u64 {
    // SAFETY: the register may be read.
    unsafe {
        #[cfg(target_arch = "x86_64")]
        {
            let mut state = 0_u32;
            asm!("stmxcsr [{}]", in(reg) &raw mut state, options(nostack, preserves_flags));
            state.into()
        }
        #[cfg(target_arch = "aarch64")]
        {
            let state;
            asm!("mrs {}, fpsr", out(reg) state, options(nomem, nostack, preserves_flags));
            state
        }
        #[cfg(target_arch = "riscv64")]
        {
            let state;
            asm!("frflags {}", out(reg) state, options(nomem, nostack));
            state
        }
    }
}

/// Writes it, with other exceptions and else unchanged.
fn write(state: u64) {
    // SAFETY: exceptions interrupt nothing, and their flags change no result.
    unsafe {
        #[cfg(target_arch = "x86_64")]
        {
            let state = state as u32;
            asm!("ldmxcsr [{}]", in(reg) &raw const state, options(nostack, preserves_flags));
        }
        #[cfg(target_arch = "aarch64")]
        asm!("msr fpsr, {}", in(reg) state, options(nomem, nostack, preserves_flags));
        #[cfg(target_arch = "riscv64")]
        asm!("fsflags {}", in(reg) state, options(nomem, nostack));
    }
}

/// The errors of functions, which raise exceptions since `math_errhandling` says so (ISO C, 7.12.2). The crate `libm`
/// knows some of their results without a computation that would raise them.
impl CMath {
    /// There is no such result.
    pub(crate) fn domain_error(&self, is_one: bool) {
        self.raise(is_one, INVALID);
    }

    /// The result is infinite where the function has a pole.
    pub(crate) fn pole_error(&self, is_one: bool) {
        self.raise(is_one, DIVIDED_BY_ZERO);
    }

    /// The result is too large for a number.
    pub(crate) fn overflow(&self, is_one: bool) {
        self.raise(is_one, OVERFLOW | INEXACT);
    }

    fn raise(&self, is_error: bool, exceptions: c_int) {
        if is_error {
            self.feraiseexcept(exceptions);
        }
    }
}

/// The result of something, which raises nothing.
pub fn quietly<Number>(number: Number, act: impl FnOnce(Number) -> Number) -> Number {
    let before = read();
    let result = black_box(act(black_box(number)));
    write(before);
    result
}

#[exports]
impl CMath {
    /// Forgets exceptions. Returns 0.
    pub fn feclearexcept(&self, exceptions: c_int) -> c_int {
        write(read() & !translate(exceptions as u64, EXCEPTIONS, FLAGS));
        0
    }

    /// Raises exceptions: they are remembered. Returns 0.
    pub fn feraiseexcept(&self, exceptions: c_int) -> c_int {
        write(read() | translate(exceptions as u64, EXCEPTIONS, FLAGS));
        0
    }

    /// Which of these exceptions were raised.
    pub fn fetestexcept(&self, exceptions: c_int) -> c_int {
        translate(read(), FLAGS, EXCEPTIONS) as c_int & exceptions
    }

    /// How numbers are rounded: `FE_TONEAREST`.
    pub fn fegetround(&self) -> c_int {
        TO_NEAREST
    }

    /// Asks for a rounding. Returns 0 for `FE_TONEAREST`, and 1 for others, which are not there.
    pub fn fesetround(&self, rounding: c_int) -> c_int {
        c_int::from(rounding != TO_NEAREST)
    }
}
