//! What the bare-metal x86-64 platforms share: from the first instruction to the glue's `run`.
//!
//! - [`entry!`] is what an image begins with: the PVH entry, in assembly, and the C symbols that
//!   compiled code expects of any environment.
//! - [`boot`] prepares the machine: page tables, exceptions, the list of free memory.
//! - [`machine!`] provides what a platform's module has in common with the others.
//! - [`POOL`], [`interrupts`], [`power`] and [`copy`] are what platforms and the image use afterwards.
//!
//! A library, not a module: each platform wraps it in a module of its own.
//!
//! # The machine that an image runs on
//! One CPU in 64-bit mode with SSE, interrupts masked. Memory is mapped as it is in physical memory: the
//! image in 4 KiB pages, text readable and executable, constants readable, everything else
//! writable; the rest of RAM and the claimed devices in 2 MiB pages. Page zero and the pages under
//! each stack are not mapped. The page tables can be read in the highest 512 GiB, and nowhere else.
#![no_std]

pub mod boot;
mod boot_info;
pub mod copy;
mod entry;
mod exceptions;
mod ground;
mod guards;
pub mod interrupts;
mod machine;
mod paging;
pub mod power;
mod translator;

pub use boot_info::{BOOT_INFO, BootInfo};
pub use exceptions::{Trap, fault, stack_around};
pub use ground::Ground;
pub use guards::{guard, release};
#[doc(hidden)]
pub use oscomp_machine::{abi, interfaces, provide};
pub use oscomp_pool::POOL;
pub use translator::grown;
