//! What the modules of bare-metal platforms provide alike, whatever the architecture.
#![no_std]

pub mod running;

#[doc(hidden)]
pub use oscomp_abi as abi;
#[doc(hidden)]
pub use oscomp_interfaces as interfaces;
#[doc(hidden)]
pub use oscomp_pool::POOL;

/// Implements `Memory`, `Stacks`, `ThreadStacks`, `CpuInterrupts`, `Upcalls` and `Idle` for the module of a platform, whose only
/// parameter is its settings.
///
/// The library of the architecture, given as one word, has `grown`, `stack_around`, `guard`, `release` and the functions of
/// `interrupts`.
/// For the `machine!` of such a library, which is `provide!($module, $crate)`.
#[macro_export]
macro_rules! provide {
    ($module:ident, $architecture:tt) => {
        const _: () = {
            use $crate::interfaces::{
                CpuInterrupts, GuardPage, Idle, InterruptHandler, Memory, Page, RunningStack, Stacks,
                ThreadStacks, Upcall, Upcalls,
            };

            impl<Settings: $crate::abi::Config<Options>> Memory for &$module<Settings> {
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

                fn grown(self) {
                    $architecture::grown();
                }
            }

            impl<Settings: $crate::abi::Config<Options>> Stacks for &$module<Settings> {
                fn around(self, address: usize) -> Option<::core::ops::Range<usize>> {
                    $architecture::stack_around(address).or_else(|| $crate::running::around(address))
                }
            }

            impl<Settings: $crate::abi::Config<Options>> ThreadStacks for &$module<Settings> {
                fn guard(
                    self,
                    page: &'static mut Page,
                    table: impl FnMut() -> Option<&'static mut Page>,
                ) -> Result<GuardPage, &'static mut Page> {
                    $architecture::guard(page, table)
                }

                fn release(self, guard: GuardPage) -> &'static mut Page {
                    $architecture::release(guard)
                }

                fn enter(self, stack: Option<RunningStack>) {
                    $crate::running::enter(stack);
                }
            }

            impl<Settings: $crate::abi::Config<Options>> CpuInterrupts for &$module<Settings> {
                fn handle(self, cause: usize, handler: &'static dyn InterruptHandler) -> bool {
                    $architecture::interrupts::handle(cause, handler)
                }

                fn are_unmasked(self) -> bool {
                    $architecture::interrupts::are_unmasked()
                }

                fn unmask(self) {
                    $architecture::interrupts::unmask();
                }

                fn mask(self) {
                    $architecture::interrupts::mask();
                }
            }

            impl<Settings: $crate::abi::Config<Options>> Upcalls for &$module<Settings> {
                fn upcall(self, upcall: &'static dyn Upcall) -> bool {
                    $architecture::interrupts::upcall(upcall)
                }
            }

            impl<Settings: $crate::abi::Config<Options>> Idle for &$module<Settings> {
                fn wait(self, ready: impl FnOnce() -> bool) {
                    $architecture::interrupts::wait(ready);
                }
            }
        };
    };
}
