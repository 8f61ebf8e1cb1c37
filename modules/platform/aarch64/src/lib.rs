//! What the bare-metal Arm platforms share: from the first instruction to the glue's `run`.
//!
//! - [`entry!`] is what an image begins with, in assembly: the entry and the exception vectors.
//! - [`boot`] prepares the machine: page tables, the list of free memory.
//! - [`machine!`] provides what a platform's module has in common with the others.
//! - [`POOL`], [`interrupts`] and [`power`] are what platforms and the image use afterwards.
//!
//! A library, not a module: each platform wraps it in a module of its own. What needs the instructions of
//! the architecture is there for it only; everything else compiles for the host, and is tested there.
//!
//! # The machine that an image runs on
//! One CPU at exception level 1 with floating point and SIMD, interrupts masked, caches on. Memory is mapped as
//! it is in physical memory: the image in 4 KiB pages, text readable and executable, constants readable,
//! everything else writable; the rest of RAM and the claimed devices as large as they fit. The pages under
//! each stack are not mapped, nor is what is neither RAM nor a claimed device, page zero among it.
#![no_std]

pub mod boot;
mod entry;
mod exceptions;
mod gic;
#[cfg(target_arch = "aarch64")]
mod guards;
#[cfg(target_arch = "aarch64")]
pub mod interrupts;
mod machine;
mod paging;
#[cfg(target_arch = "aarch64")]
pub mod power;

pub use exceptions::{Trap, stack_around};
#[cfg(target_arch = "aarch64")]
pub use exceptions::{fault, interrupt};
pub use gic::Gic;
#[cfg(target_arch = "aarch64")]
pub use guards::{guard, release};
pub use machine::grown;
#[doc(hidden)]
pub use oscomp_machine::{abi, interfaces, provide};
pub use oscomp_page_tables::Ground;
pub use oscomp_pool::POOL;
