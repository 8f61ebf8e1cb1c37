//! QEMU's pc machine: a PC with PCI, loaded by multiboot or PVH.
#![no_std]
#![forbid(unsafe_code)]

use core::marker::PhantomData;
use oscomp_abi::{Bytes, Config, StartError};
use oscomp_interfaces::{CpuInterrupts, Idle, Memory, PowerOff, Stacks, ThreadStacks, Upcalls};
use oscomp_macros::{Choice, Options, module};
use oscomp_x86_64::power;

#[doc(hidden)]
pub use oscomp_abi as abi;
#[doc(hidden)]
pub use oscomp_x86_64 as x86_64;

/// QEMU's pc machine: a PC with PCI, loaded by multiboot or PVH.
#[module(
    provides(CpuInterrupts, Idle, Memory, PowerOff, Stacks, ThreadStacks, Upcalls),
    arch("x86_64"),
    environment = "bare-metal"
)]
pub struct QemuPc<Settings: Config<Options>> {
    settings: PhantomData<Settings>,
}

/// What the image reserves for itself.
#[derive(Options)]
#[options(require(stack % 4096 == 0, "the stack is whole pages of 4 KiB"))]
pub struct Options {
    /// The stack of the app and of everything that it calls.
    #[option(default = "64KiB", range = "8KiB"..="256MiB", memory)]
    pub stack: Bytes,
    /// The protocol by which the image is loaded.
    #[option(default = "multiboot")]
    pub boot: Boot,
}

/// A protocol by which images are loaded.
#[derive(Choice)]
pub enum Boot {
    /// Multiboot, version 1; loaders that know PVH can load the image by that as well.
    Multiboot,
    /// PVH alone.
    Pvh,
}

impl<Settings: Config<Options>> QemuPc<Settings> {
    /// The boot code has done it all.
    ///
    /// # Errors
    /// None.
    pub fn start() -> Result<Self, StartError> {
        Ok(Self { settings: PhantomData })
    }
}

oscomp_x86_64::machine!(QemuPc);

impl<Settings: Config<Options>> PowerOff for &QemuPc<Settings> {
    fn power_off(self, status: u8) -> ! {
        power::off(status)
    }
}

/// Makes a crate an image for this platform. For the glue.
#[doc(hidden)]
#[macro_export]
macro_rules! entry {
    ($run:path, $instance:path, $windows:expr) => {
        $crate::x86_64::entry!(
            $run,
            <$instance as $crate::abi::Config<$crate::Options>>::OPTIONS.stack.get(),
            $windows,
            multiboot = matches!(
                <$instance as $crate::abi::Config<$crate::Options>>::OPTIONS.boot,
                $crate::Boot::Multiboot
            )
        );
    };
}
