//! Whichever transport a device has.

use crate::device::{Interrupt, QueuePlace, Transport};
use crate::mmio::Mmio;
use crate::pci::Pci;
use oscomp_abi::{Registers, StartError};

/// A device behind the registers that its platform says.
#[derive(Clone, Copy, Debug)]
pub enum AnyTransport {
    /// Registers in memory.
    Mmio(Mmio),
    /// A function of PCI Express.
    Pci(Pci),
}

impl AnyTransport {
    /// The device at these registers, whatever it is.
    ///
    /// # Errors
    /// When nothing there follows version 1 of the specification.
    #[inline(always)]
    pub fn open(registers: Registers) -> Result<Self, StartError> {
        match registers {
            Registers::Pci { .. } => Pci::open(registers).map(Self::Pci),
            _ => Mmio::open(registers).map(Self::Mmio),
        }
    }
}

macro_rules! each {
    ($this:expr, $transport:ident => $call:expr) => {
        match $this {
            AnyTransport::Mmio($transport) => $call,
            AnyTransport::Pci($transport) => $call,
        }
    };
}

impl Transport for AnyTransport {
    fn device(&self) -> u32 {
        each!(self, transport => transport.device())
    }

    fn features(&self) -> u64 {
        each!(self, transport => transport.features())
    }

    fn accept(&self, features: u64) {
        each!(self, transport => transport.accept(features));
    }

    fn status(&self) -> u8 {
        each!(self, transport => transport.status())
    }

    fn set_status(&self, status: u8) {
        each!(self, transport => transport.set_status(status));
    }

    fn queue_limit(&self, queue: u16) -> u16 {
        each!(self, transport => transport.queue_limit(queue))
    }

    fn signal_by(&mut self, address: u64, data: u32) -> Result<(), StartError> {
        each!(self, transport => transport.signal_by(address, data))
    }

    fn set_queue(&mut self, queue: u16, place: QueuePlace) -> Result<(), StartError> {
        each!(self, transport => transport.set_queue(queue, place))
    }

    #[inline]
    fn notify(&self, queue: u16) {
        each!(self, transport => transport.notify(queue));
    }

    fn acknowledge(&self) -> Interrupt {
        each!(self, transport => transport.acknowledge())
    }

    fn configuration(&self, offset: usize) -> u8 {
        each!(self, transport => transport.configuration(offset))
    }
}
