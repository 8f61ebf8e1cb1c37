//! What all virtio devices have in common (section 3.1): finding out what they can, and starting them.

use crate::ring::SharedRing;
use oscomp_abi::StartError;

/// Features of every device (section 6), as bits.
pub mod feature {
    /// Each side says behind which index it wants to be told.
    pub const EVENT_INDEX: u64 = 1 << 29;
    /// The device follows the specification since its version 1.
    pub const VERSION_1: u64 = 1 << 32;
}

/// Where a queue is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueuePlace {
    /// How many descriptors it has.
    pub size: u16,
    /// Addresses of descriptors, available ring and used ring.
    pub addresses: [u64; 3],
}

impl QueuePlace {
    /// Where a ring is.
    #[must_use]
    pub fn of(ring: &SharedRing) -> Self {
        Self { size: crate::Ring::size(ring), addresses: ring.addresses() }
    }
}

/// Why a device has interrupted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interrupt(pub u8);

impl Interrupt {
    /// Chains have come back.
    pub const USED: u8 = 1;
    /// The configuration has changed.
    pub const CONFIGURATION: u8 = 2;
}

/// How a device is reached.
pub trait Transport {
    /// What the device is (section 5); 0 if there is none.
    fn device(&self) -> u32;

    /// The features that it offers.
    fn features(&self) -> u64;

    /// Accepts features.
    fn accept(&self, features: u64);

    /// The status of the device.
    fn status(&self) -> u8;

    /// Sets bits of the status; 0 resets the device.
    fn set_status(&self, status: u8);

    /// How many descriptors a queue can have; 0 if there is no such queue.
    fn queue_limit(&self, queue: u16) -> u16;

    /// Has the device interrupt by writing `data` to that address from now on, not by its line.
    ///
    /// # Errors
    /// When it cannot.
    fn signal_by(&mut self, address: u64, data: u32) -> Result<(), StartError>;

    /// Says where a queue is, and turns it on.
    ///
    /// # Errors
    /// When the device cannot signal for another queue.
    fn set_queue(&mut self, queue: u16, place: QueuePlace) -> Result<(), StartError>;

    /// Notifies the device of what is new in a queue, after all that was written before.
    fn notify(&self, queue: u16);

    /// Why it has interrupted, which takes the interrupt back.
    fn acknowledge(&self) -> Interrupt;

    /// A byte of the device's configuration.
    fn configuration(&self, offset: usize) -> u8;
}

/// Of the status.
const ACKNOWLEDGE: u8 = 1;
const DRIVER: u8 = 2;
const DRIVER_OK: u8 = 4;
const FEATURES_OK: u8 = 8;

/// Resets a device of that kind and agrees with it about the features of `wanted` that it has. The features.
///
/// # Errors
/// When there is no such device, or it does not follow version 1, or is not content.
pub fn negotiate(transport: &impl Transport, device: u32, wanted: u64) -> Result<u64, StartError> {
    if transport.device() != device {
        return Err(StartError::new("the transport has no virtio device of that kind"));
    }
    transport.set_status(0);
    while transport.status() != 0 {
        core::hint::spin_loop();
    }
    transport.set_status(ACKNOWLEDGE);
    transport.set_status(ACKNOWLEDGE | DRIVER);
    let features = transport.features() & (wanted | feature::VERSION_1);
    if features & feature::VERSION_1 == 0 {
        return Err(StartError::new("the virtio device is older than version 1"));
    }
    transport.accept(features);
    transport.set_status(ACKNOWLEDGE | DRIVER | FEATURES_OK);
    if transport.status() & FEATURES_OK == 0 {
        return Err(StartError::new("the virtio device does not take the features that it offers"));
    }
    Ok(features)
}

/// Has a device whose queues are set begin.
pub fn start(transport: &impl Transport) {
    transport.set_status(ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
}
