//! QEMU's virt machine for RISC-V, under OpenSBI. Empty for any other architecture.
#![cfg(target_arch = "riscv64")]
#![no_std]
#![forbid(unsafe_code)]

use core::marker::PhantomData;
use oscomp_abi::{Bytes, Config, StartError};
use oscomp_interfaces::{CpuInterrupts, FirmwareTree, Idle, Memory, PowerOff, Stacks, ThreadStacks, Upcalls};
use oscomp_macros::{Options, module};
use oscomp_riscv64::power;

#[doc(hidden)]
pub use oscomp_abi as abi;
#[doc(hidden)]
pub use oscomp_riscv64 as riscv64;

/// QEMU's virt machine for RISC-V, under OpenSBI.
#[module(
    provides(CpuInterrupts, FirmwareTree, Idle, Memory, PowerOff, Stacks, ThreadStacks, Upcalls),
    arch("riscv64"),
    environment = "bare-metal"
)]
pub struct QemuVirtRiscv64<Settings: Config<Options>> {
    settings: PhantomData<Settings>,
}

/// What the image reserves for itself.
#[derive(Options)]
#[options(require(stack % 4096 == 0, "the stack is whole pages of 4 KiB"))]
pub struct Options {
    /// The stack of the app and of everything that it calls.
    #[option(default = "64KiB", range = "8KiB"..="256MiB", memory)]
    pub stack: Bytes,
}

impl<Settings: Config<Options>> QemuVirtRiscv64<Settings> {
    /// The boot code has done it all.
    ///
    /// # Errors
    /// None.
    pub fn start() -> Result<Self, StartError> {
        Ok(Self { settings: PhantomData })
    }
}

oscomp_riscv64::machine!(QemuVirtRiscv64);

impl<Settings: Config<Options>> PowerOff for &QemuVirtRiscv64<Settings> {
    fn power_off(self, status: u8) -> ! {
        power::off(status)
    }
}

/// Makes a crate an image for this platform. For the glue.
#[doc(hidden)]
#[macro_export]
macro_rules! entry {
    ($run:path, $instance:path, $windows:expr) => {
        $crate::riscv64::entry!(
            $run,
            <$instance as $crate::abi::Config<$crate::Options>>::OPTIONS.stack.get(),
            {
                // The platform's own, then those of the instances.
                const GIVEN: &[(usize, usize)] = &$windows;
                let mut windows = [$crate::riscv64::power::WINDOW; GIVEN.len() + 1];
                windows[1..].copy_from_slice(GIVEN);
                windows
            }
        );
    };
}
