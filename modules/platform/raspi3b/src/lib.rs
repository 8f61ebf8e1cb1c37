//! Raspberry Pi 3 Model B. Empty for any other architecture.
#![cfg(target_arch = "aarch64")]
#![no_std]

mod board;
mod mailbox;
mod registers;

use core::marker::PhantomData;
use oscomp_aarch64::power;
use oscomp_abi::{Bytes, Config, StartError};
use oscomp_interfaces::{CpuInterrupts, Idle, Memory, PowerOff, Stacks, ThreadStacks, Upcalls};
use oscomp_macros::{Options, module};

#[doc(hidden)]
pub use board::{OWN, lead_out};
#[doc(hidden)]
pub use mailbox::ram;
#[doc(hidden)]
pub use oscomp_aarch64 as aarch64;
#[doc(hidden)]
pub use oscomp_abi as abi;

/// Raspberry Pi 3 Model B.
#[module(
    provides(CpuInterrupts, Idle, Memory, PowerOff, Stacks, ThreadStacks, Upcalls),
    arch("aarch64"),
    environment = "bare-metal"
)]
pub struct Raspi3b<Settings: Config<Options>> {
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

impl<Settings: Config<Options>> Raspi3b<Settings> {
    /// The boot code has done it all.
    ///
    /// # Errors
    /// None.
    pub fn start() -> Result<Self, StartError> {
        Ok(Self { settings: PhantomData })
    }
}

oscomp_aarch64::machine!(Raspi3b);

impl<Settings: Config<Options>> PowerOff for &Raspi3b<Settings> {
    fn power_off(self, status: u8) -> ! {
        power::off_or(status, board::halt)
    }
}

/// Makes a crate an image for this platform. For the glue.
#[doc(hidden)]
#[macro_export]
macro_rules! entry {
    ($run:path, $instance:path, $windows:expr) => {
        /// The machine's memory; on the way the pins are led to the UARTs that instances have.
        unsafe fn oscomp_memory(
            loader: usize,
            layout: &$crate::aarch64::boot::Layout,
        ) -> Option<$crate::aarch64::boot::Ram> {
            $crate::lead_out(&$windows);
            // SAFETY: the same contract.
            unsafe { $crate::ram(loader, layout) }
        }

        $crate::aarch64::entry!(
            $run,
            "0x80000",
            <$instance as $crate::abi::Config<$crate::Options>>::OPTIONS.stack.get(),
            oscomp_memory,
            &$crate::OWN,
            $windows,
            None
        );
    };
}
