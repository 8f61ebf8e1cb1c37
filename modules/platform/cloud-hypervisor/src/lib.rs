//! Cloud Hypervisor: PVH boot, serial, virtio over PCI.
#![no_std]
#![forbid(unsafe_code)]

use core::marker::PhantomData;
use oscomp_abi::{Bytes, Config, StartError};
use oscomp_interfaces::{CpuInterrupts, Idle, Memory, PowerOff, Stacks, ThreadStacks, Upcalls};
use oscomp_macros::{Options, module};
use oscomp_x86_64::power;

#[doc(hidden)]
pub use oscomp_abi as abi;
#[doc(hidden)]
pub use oscomp_x86_64 as x86_64;

/// The port of the sleep control register, and what puts the machine into S5 (ACPI specification, 4.8.3.7):
/// SLP_TYP 5, SLP_EN.
const SHUTDOWN: u16 = 0x600;
const SLEEP_NOW: u8 = 5 << 2 | 1 << 5;

/// Cloud Hypervisor: PVH boot, serial, virtio over PCI.
#[module(
    provides(CpuInterrupts, Idle, Memory, PowerOff, Stacks, ThreadStacks, Upcalls),
    arch("x86_64"),
    environment = "bare-metal"
)]
pub struct CloudHypervisor<Settings: Config<Options>> {
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

impl<Settings: Config<Options>> CloudHypervisor<Settings> {
    /// The boot code has done it all.
    ///
    /// # Errors
    /// None.
    pub fn start() -> Result<Self, StartError> {
        Ok(Self { settings: PhantomData })
    }
}

oscomp_x86_64::machine!(CloudHypervisor);

impl<Settings: Config<Options>> PowerOff for &CloudHypervisor<Settings> {
    fn power_off(self, _status: u8) -> ! {
        power::off_by(SHUTDOWN, SLEEP_NOW)
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
            $windows
        );
    };
}
