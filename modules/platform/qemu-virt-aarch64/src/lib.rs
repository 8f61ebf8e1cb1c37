//! QEMU's virt machine for Arm. Empty for any other architecture.
#![cfg(target_arch = "aarch64")]
#![no_std]

use core::marker::PhantomData;
use oscomp_aarch64::{Gic, boot, power};
use oscomp_abi::{Bytes, Config, StartError};
use oscomp_interfaces::{CpuInterrupts, Idle, Memory, PowerOff, Stacks, ThreadStacks, Upcalls};
use oscomp_macros::{Options, module};

#[doc(hidden)]
pub use oscomp_aarch64 as aarch64;
#[doc(hidden)]
pub use oscomp_abi as abi;

/// QEMU's virt machine for Arm.
#[module(
    provides(CpuInterrupts, Idle, Memory, PowerOff, Stacks, ThreadStacks, Upcalls),
    arch("aarch64"),
    environment = "bare-metal"
)]
pub struct QemuVirtAarch64<Settings: Config<Options>> {
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

impl<Settings: Config<Options>> QemuVirtAarch64<Settings> {
    /// The boot code has done it all.
    ///
    /// # Errors
    /// None.
    pub fn start() -> Result<Self, StartError> {
        Ok(Self { settings: PhantomData })
    }
}

oscomp_aarch64::machine!(QemuVirtAarch64);

impl<Settings: Config<Options>> PowerOff for &QemuVirtAarch64<Settings> {
    fn power_off(self, status: u8) -> ! {
        power::off(status)
    }
}

/// Where its GIC is (`hw/arm/virt.c` of QEMU), whichever version it has.
#[doc(hidden)]
pub const GIC: Gic = Gic { distributor: 0x800_0000, cpu: 0x801_0000, redistributor: 0x80a_0000 };

/// The machine's memory, by the device tree that QEMU leaves: where the loader says, or at the start of RAM.
///
/// # Safety
/// For the entry code: what the loader left, and the layout of the running image.
#[doc(hidden)]
pub unsafe fn ram(loader: usize, layout: &boot::Layout) -> Option<boot::Ram> {
    /// Where RAM begins (`hw/arm/virt.c` of QEMU).
    const START: usize = 0x4000_0000;
    let address = if loader == 0 { START } else { loader };
    // SAFETY: by the contract; RAM is there in any case.
    unsafe { boot::by_device_tree(address, layout) }
}

/// Makes a crate an image for this platform. For the glue.
#[doc(hidden)]
#[macro_export]
macro_rules! entry {
    ($run:path, $instance:path, $windows:expr) => {
        $crate::aarch64::entry!(
            $run,
            "0x40200000",
            <$instance as $crate::abi::Config<$crate::Options>>::OPTIONS.stack.get(),
            $crate::ram,
            &[],
            $windows,
            Some($crate::GIC)
        );
    };
}
