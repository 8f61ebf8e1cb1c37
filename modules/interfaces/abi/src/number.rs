/// A number in a register of its own.
#[doc(hidden)]
pub trait Number: Copy {
    /// The same number, of which the compiler knows nothing: what it comes of is computed before, and what is made of it
    /// after, as seen by whoever reads which exceptions computing has raised (ISO C, section 7.6). The compiler knows of no
    /// such effects, and would else move a function that is inlined past that.
    #[must_use]
    fn settled(self) -> Self;
}

macro_rules! number {
    ($($number:ty)*) => {$(
        impl Number for $number {
            #[inline(always)]
            fn settled(self) -> Self {
                let mut number = self;
                // SAFETY: there is no instruction.
                unsafe {
                    #[cfg(target_arch = "x86_64")]
                    core::arch::asm!("/* {} */", inout(xmm_reg) number, options(nomem, nostack, preserves_flags));
                    #[cfg(target_arch = "aarch64")]
                    core::arch::asm!("/* {:v} */", inout(vreg) number, options(nomem, nostack, preserves_flags));
                    #[cfg(target_arch = "riscv64")]
                    core::arch::asm!("/* {} */", inout(freg) number, options(nomem, nostack, preserves_flags));
                }
                number
            }
        }
    )*};
}

number!(f32 f64);
