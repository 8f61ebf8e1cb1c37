//! What the heaps over one region of memory share: taking the region, the lock, and the figures.
//!
//! A heap is a module around [`Shared`], which puts an [`Allocator`] behind a lock. The lock spins, so a
//! heap must not be used from an interrupt handler; a second CPU may use it at any time.
#![no_std]

mod region;
mod shared;

pub use region::take;
pub use shared::{Allocator, Shared, relocate};

/// The least that a heap can be given, in bytes: every allocator here can keep its books in it.
pub const LEAST: usize = 8 << 10;
