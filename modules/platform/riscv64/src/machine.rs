//! What the modules of the RISC-V platforms provide alike.

/// Implements `Memory`, `Stacks`, `CpuInterrupts`, `Idle` and `FirmwareTree` for the module of a platform, whose only
/// parameter is its settings.
#[macro_export]
macro_rules! machine {
    ($module:ident) => {
        const _: () = {
            use $crate::interfaces::{CpuInterrupts, FirmwareTree, Idle, InterruptHandler, Memory, Stacks};

            impl<Settings: ::oscomp_abi::Config<Options>> Memory for &$module<Settings> {
                fn take(
                    self,
                    size: usize,
                    align: usize,
                ) -> Option<&'static mut [::core::mem::MaybeUninit<u8>]> {
                    $crate::POOL.take(size, align)
                }

                fn largest(self) -> usize {
                    $crate::POOL.largest()
                }
            }

            impl<Settings: ::oscomp_abi::Config<Options>> Stacks for &$module<Settings> {
                fn around(self, address: usize) -> Option<::core::ops::Range<usize>> {
                    $crate::stack_around(address)
                }
            }

            impl<Settings: ::oscomp_abi::Config<Options>> CpuInterrupts for &$module<Settings> {
                fn handle(self, cause: usize, handler: &'static dyn InterruptHandler) -> bool {
                    $crate::interrupts::handle(cause, handler)
                }

                fn are_unmasked(self) -> bool {
                    $crate::interrupts::are_unmasked()
                }

                fn unmask(self) {
                    $crate::interrupts::unmask();
                }

                fn mask(self) {
                    $crate::interrupts::mask();
                }
            }

            impl<Settings: ::oscomp_abi::Config<Options>> FirmwareTree for &$module<Settings> {
                fn blob(self) -> &'static [u8] {
                    $crate::boot::tree()
                }
            }

            impl<Settings: ::oscomp_abi::Config<Options>> Idle for &$module<Settings> {
                fn wait(self, ready: impl FnOnce() -> bool) {
                    $crate::interrupts::wait(ready);
                }
            }
        };
    };
}
