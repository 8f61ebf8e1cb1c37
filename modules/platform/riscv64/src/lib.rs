//! What the bare-metal RISC-V platforms share: from the SBI's hand-over to the glue's `run`.
//!
//! - [`entry!`] is what an image begins with, in assembly: the entry and the way into traps.
//! - [`boot`] prepares the machine: page tables, traps, the list of free memory.
//! - [`machine!`] provides what a platform's module has in common with the others.
//! - [`POOL`], [`interrupts`] and [`power`] are what platforms and the image use afterwards.
//!
//! A library, not a module: each platform wraps it in a module of its own. What needs the instructions of
//! the architecture is there for it only; everything else compiles for the host, and is tested there.
//!
//! # The machine that an image runs on
//! One hart in supervisor mode with floating point, interrupts masked. Memory is mapped as it is in
//! physical memory (Sv39): the image in 4 KiB pages, text readable and executable, constants readable,
//! everything else writable; the rest of RAM and the claimed devices as large as they fit. The firmware,
//! page zero and the pages under each stack are not mapped.
#![no_std]

pub mod boot;
mod entry;
#[cfg(target_arch = "riscv64")]
mod guards;
#[cfg(target_arch = "riscv64")]
pub mod interrupts;
mod machine;
mod paging;
#[cfg(target_arch = "riscv64")]
pub mod power;
mod traps;

#[cfg(target_arch = "riscv64")]
pub use guards::{guard, release};
pub use machine::grown;
#[doc(hidden)]
pub use oscomp_machine::{abi, interfaces, provide};
pub use oscomp_page_tables::Ground;
pub use oscomp_pool::POOL;
pub use traps::{SHARE, Trap, stack_around};
#[cfg(target_arch = "riscv64")]
pub use traps::{fault, interrupt};
