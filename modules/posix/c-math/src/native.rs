//! What the processor does itself, where `libm` would compute it.

#[cfg(target_arch = "riscv64")]
mod riscv64 {
    use core::arch::asm;

    macro_rules! instruction {
        ($name:ident, $instruction:literal, $float:ty, $($number:ident)*) => {
            pub fn $name($($number: $float),*) -> $float {
                let result;
                // SAFETY: the instruction changes one register only.
                unsafe {
                    asm!($instruction, out(freg) result, $(in(freg) $number,)* options(pure, nomem, nostack));
                }
                result
            }
        };
    }

    instruction!(sqrt, "fsqrt.d {}, {}", f64, number);
    instruction!(sqrtf, "fsqrt.s {}, {}", f32, number);
    instruction!(fma, "fmadd.d {}, {}, {}, {}", f64, one other added);
    instruction!(fmaf, "fmadd.s {}, {}, {}, {}", f32, one other added);
}

#[cfg(not(target_arch = "riscv64"))]
pub use libm::{fma, fmaf, sqrt, sqrtf};
#[cfg(target_arch = "riscv64")]
pub use riscv64::{fma, fmaf, sqrt, sqrtf};
