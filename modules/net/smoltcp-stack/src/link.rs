//! An Ethernet device as smoltcp sees it.

use core::cell::Cell;
use oscomp_interfaces::Ethernet;
use smoltcp::phy::{Checksum, Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::time::Instant;

/// A device, and the frame of it that is being looked at.
pub struct Link<'f, D> {
    device: D,
    frame: Option<&'f [u8]>,
    sent: Cell<usize>,
}

impl<'f, D: Ethernet> Link<'f, D> {
    /// The device, to send by.
    pub fn new(device: D) -> Self {
        Self { device, frame: None, sent: Cell::new(0) }
    }

    /// The device with a frame that it has received.
    pub fn with(device: D, frame: &'f [u8]) -> Self {
        Self { device, frame: Some(frame), sent: Cell::new(0) }
    }

    /// How many frames were sent by it.
    pub fn sent(&self) -> usize {
        self.sent.get()
    }
}

/// Room for one frame.
pub struct Place<'a, D> {
    device: D,
    sent: &'a Cell<usize>,
}

/// One frame.
pub struct Received<'f>(&'f [u8]);

impl<'f, D: Ethernet> Device for Link<'f, D> {
    type RxToken<'a>
        = Received<'f>
    where
        Self: 'a;
    type TxToken<'a>
        = Place<'a, D>
    where
        Self: 'a;

    #[inline]
    fn receive(&mut self, _: Instant) -> Option<(Received<'f>, Place<'_, D>)> {
        let frame = self.frame.take()?;
        Some((Received(frame), Place { device: self.device, sent: &self.sent }))
    }

    #[inline]
    fn transmit(&mut self, _: Instant) -> Option<Place<'_, D>> {
        self.device.can_transmit().then_some(Place { device: self.device, sent: &self.sent })
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let offloads = self.device.offloads();
        let transport = match (offloads.received, offloads.transmitted) {
            (false, false) => Checksum::Both,
            (false, true) => Checksum::Rx,
            (true, false) => Checksum::Tx,
            (true, true) => Checksum::None,
        };
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = self.device.frame_limit();
        capabilities.checksum.tcp = transport;
        capabilities.checksum.udp = transport;
        capabilities
    }
}

impl RxToken for Received<'_> {
    #[inline]
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, handle: F) -> R {
        handle(self.0)
    }
}

impl<D: Ethernet> TxToken for Place<'_, D> {
    #[inline]
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, fill: F) -> R {
        // There was room when this was made, and nobody else sends meanwhile.
        self.sent.set(self.sent.get() + 1);
        self.device.transmit(length, fill).expect("room for a frame does not go away")
    }
}
