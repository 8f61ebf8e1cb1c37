//! What the drivers of virtio devices share: split virtqueues, buffers in them, and the transports. After
//! "Virtual I/O Device (VIRTIO) Version 1.2" of OASIS; sections are its. A library, not a module.
//!
//! Addresses that the device is given are those of memory that `Memory` hands out: it is mapped as it is in
//! physical memory, and devices see it as the processor does.
#![no_std]

mod any;
mod buffers;
mod calls;
mod device;
#[cfg(test)]
mod fake;
mod mmio;
mod pci;
mod queue;
mod requests;
mod ring;
mod signal;
mod space;
mod words;

pub use any::AnyTransport;
pub use buffers::{Buffers, Receiver, Sender};
pub use calls::Calls;
pub use device::{Interrupt, QueuePlace, Transport, feature, negotiate, start};
pub use mmio::Mmio;
pub use pci::Pci;
pub use queue::{Queue, Ring};
pub use requests::{Data, Exchange, Requests};
pub use ring::{Room, SharedRing};
pub use signal::{line, open, wait};
pub use words::{Window, Words};
