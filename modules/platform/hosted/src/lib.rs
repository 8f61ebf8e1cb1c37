//! A system as a plain process of Linux.
#![no_std]

mod arena;
mod guards;

use arena::Arena;
use core::marker::PhantomData;
use core::mem::MaybeUninit;
use oscomp_abi::{Bytes, Config, StartError};
use oscomp_interfaces::{GuardPage, Memory, Page, PowerOff, RunningStack, ThreadStacks};
use oscomp_macros::{Options, module};

// The crate `libc` leaves the C library to `std` once any crate in the image asks for its feature `std`, as
// rlsf does; nothing else would link it then.
#[link(name = "c")]
unsafe extern "C" {}

/// A process of Linux on x86-64: no machine, no emulator.
#[module(provides(Memory, PowerOff, ThreadStacks), arch("x86_64"), environment = "hosted")]
pub struct Hosted<Settings: Config<Options>> {
    arena: Arena,
    settings: PhantomData<Settings>,
}

/// What the process asks the host for.
#[derive(Options)]
pub struct Options {
    /// The memory of the system; the host backs it with pages when they are first used.
    #[option(default = "64MiB", range = "64KiB"..="64GiB")]
    pub memory: Bytes,
}

impl<Settings: Config<Options>> Hosted<Settings> {
    /// Maps the memory.
    ///
    /// # Errors
    /// When the host refuses.
    pub fn start() -> Result<Self, StartError> {
        let size = Settings::OPTIONS.memory.get();
        let arena = Arena::map(size).ok_or(StartError::new("the host does not give that much memory"))?;
        Ok(Self { arena, settings: PhantomData })
    }
}

impl<Settings: Config<Options>> Memory for &Hosted<Settings> {
    fn take(self, size: usize, align: usize) -> Option<&'static mut [MaybeUninit<u8>]> {
        self.arena.take(size, align)
    }

    fn largest(self) -> usize {
        self.arena.left()
    }

    // The host sees to its own.
    fn grown(self) {}
}

impl<Settings: Config<Options>> ThreadStacks for &Hosted<Settings> {
    fn guard(
        self,
        page: &'static mut Page,
        _table: impl FnMut() -> Option<&'static mut Page>,
    ) -> Result<GuardPage, &'static mut Page> {
        guards::guard(page)
    }

    fn release(self, guard: GuardPage) -> &'static mut Page {
        guards::release(guard)
    }

    fn enter(self, stack: Option<RunningStack>) {
        oscomp_machine::running::enter(stack);
    }
}

impl<Settings: Config<Options>> PowerOff for &Hosted<Settings> {
    fn power_off(self, status: u8) -> ! {
        exit(status)
    }
}

/// Ends the process.
#[doc(hidden)]
pub fn exit(status: u8) -> ! {
    // SAFETY: ends the process at once, whatever state it is in.
    unsafe { libc::_exit(i32::from(status)) }
}

/// Makes a crate an image for this platform. For the glue.
#[doc(hidden)]
#[macro_export]
macro_rules! entry {
    ($run:path, $instance:path, $windows:expr) => {
        mod oscomp_entry {
            use super::*;

            /// What the C library's start-up code calls.
            #[cfg(not(miri))]
            #[unsafe(no_mangle)]
            extern "C" fn main() -> i32 {
                $run()
            }

            /// What Miri calls.
            #[cfg(miri)]
            #[unsafe(no_mangle)]
            fn miri_start(_count: isize, _arguments: *const *const u8) -> isize {
                $run()
            }

            /// What the prebuilt libraries name in their unwinding tables; nothing unwinds.
            #[unsafe(no_mangle)]
            extern "C" fn rust_eh_personality() {}

            /// Likewise.
            #[unsafe(no_mangle)]
            #[allow(non_snake_case)]
            extern "C" fn _Unwind_Resume() -> ! {
                $crate::exit(103)
            }
        }
    };
}
