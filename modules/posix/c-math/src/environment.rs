//! The environment of floating-point numbers: exceptions that were raised. Rounding is to the nearest.
//!
//! What numbers exceptions have is the same on every architecture, that of x86-64, and not that of the hardware.

use crate::CMath;
use core::arch::asm;
use core::ffi::c_ushort;
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

/// `FE_ALL_EXCEPT`.
const ALL: c_int = 61;
/// The address of `FE_DFL_ENV`.
const DEFAULT: usize = usize::MAX;
const INVALID: c_int = 1 << 0;
const DIVIDED_BY_ZERO: c_int = 1 << 2;
const OVERFLOW: c_int = 1 << 3;
const INEXACT: c_int = 1 << 5;

const TO_NEAREST: c_int = 0;

/// C's `fenv_t`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Environment {
    exceptions: c_int,
}

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

    /// Writes down which of these exceptions were raised. Returns 0.
    ///
    /// # Safety
    /// `place` can be written.
    pub unsafe fn fegetexceptflag(&self, place: *mut c_ushort, exceptions: c_int) -> c_int {
        // SAFETY: as promised.
        unsafe { place.write(self.fetestexcept(exceptions) as c_ushort) };
        0
    }

    /// Has these exceptions be as they were written down. Returns 0.
    ///
    /// # Safety
    /// `place` can be read.
    pub unsafe fn fesetexceptflag(&self, place: *const c_ushort, exceptions: c_int) -> c_int {
        // SAFETY: as promised.
        let raised = c_int::from(unsafe { place.read() });
        self.feclearexcept(exceptions);
        self.feraiseexcept(raised & exceptions)
    }

    /// Writes down the environment. Returns 0.
    ///
    /// # Safety
    /// `place` can be written.
    pub unsafe fn fegetenv(&self, place: *mut Environment) -> c_int {
        // SAFETY: as promised.
        unsafe { place.write(Environment { exceptions: self.fetestexcept(ALL) }) };
        0
    }

    /// The same, and forgets all exceptions. Returns 0.
    ///
    /// # Safety
    /// `place` can be written.
    pub unsafe fn feholdexcept(&self, place: *mut Environment) -> c_int {
        // SAFETY: as promised.
        unsafe { self.fegetenv(place) };
        self.feclearexcept(ALL)
    }

    /// Has the environment be as it was written down, or as at the beginning (`FE_DFL_ENV`). Returns 0.
    ///
    /// # Safety
    /// `place` can be read, or is the address of `FE_DFL_ENV`.
    pub unsafe fn fesetenv(&self, place: *const Environment) -> c_int {
        // SAFETY: as promised.
        let raised = if place.addr() == DEFAULT { 0 } else { unsafe { (*place).exceptions } };
        self.feclearexcept(ALL);
        self.feraiseexcept(raised)
    }

    /// The same, and raises what was raised before. Returns 0.
    ///
    /// # Safety
    /// That of `fesetenv`.
    pub unsafe fn feupdateenv(&self, place: *const Environment) -> c_int {
        let raised = self.fetestexcept(ALL);
        // SAFETY: as promised.
        unsafe { self.fesetenv(place) };
        self.feraiseexcept(raised)
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
