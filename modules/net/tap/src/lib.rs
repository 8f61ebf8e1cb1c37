//! A tap device of the host, for a system in a process that has a stack of its own.
//!
//! ```text
//! # ip tuntap add dev tap0 mode tap user somebody
//! # ip address add 10.0.3.1/24 dev tap0
//! # ip link set tap0 up
//! ```
//!
//! gives `somebody` the device `tap0`, and the system's stack a network on which the host is 10.0.3.1.
//!
//! The host computes and verifies no checksums for it: that is the stack's.
#![no_std]

extern crate alloc;

mod tun;

use alloc::boxed::Box;
use alloc::vec;
use core::marker::PhantomData;
use core::task::{Context, Poll};
use oscomp_abi::{Config, MacAddress, StartError};
use oscomp_interfaces::{Direction, Ethernet, Heap, HostEvents, Offloads};
use oscomp_macros::{Options, module};
use spin::{Mutex, MutexGuard};
use tun::Tap as Device;

/// The longest frame.
const FRAME: usize = 1514;

/// A tap device of the host.
#[module(provides(Ethernet), ambient(Heap), environment = "hosted")]
pub struct Tap<
    /// What says that a frame has come.
    Events: HostEvents,
    Settings: Config<Options>,
> {
    device: Device,
    mac: MacAddress,
    received: Mutex<Received>,
    sent: Mutex<Box<[u8]>>,
    events: Events,
    settings: PhantomData<Settings>,
}

/// Which device.
#[derive(Options)]
pub struct Options {
    /// Its name.
    #[option(default = "tap0")]
    pub name: &'static str,
    /// The system's address on it; one that nobody has when left out.
    pub mac: Option<MacAddress>,
}

/// A frame that was read, if one was.
struct Received {
    buffer: Box<[u8]>,
    length: Option<usize>,
}

impl<Events: HostEvents, Settings: Config<Options>> Tap<Events, Settings> {
    /// Attaches to the device.
    ///
    /// # Errors
    /// When the host has none of that name, or does not let this user.
    pub fn start(events: Events) -> Result<Self, StartError> {
        let device = Device::open(Settings::OPTIONS.name)?;
        let mac = match Settings::OPTIONS.mac {
            Some(mac) => mac,
            None => {
                let [a, b, c, d, e] =
                    tun::dice().ok_or(StartError::new("the host has no random numbers for an address"))?;
                // Of those that are not given by manufacturers.
                MacAddress([2, a, b, c, d, e])
            }
        };
        if !events.watch(device.descriptor()) {
            return Err(StartError::new("the host does not watch the tap device"));
        }
        Ok(Self {
            device,
            mac,
            received: Mutex::new(Received { buffer: vec![0; FRAME].into(), length: None }),
            sent: Mutex::new(vec![0; FRAME].into()),
            events,
            settings: PhantomData,
        })
    }

    /// The frame that came first, read from the host if it was not yet.
    fn received(&self) -> MutexGuard<'_, Received> {
        let mut received = self.received.try_lock().expect("a network device has one user");
        if received.length.is_none() {
            received.length = self.device.read(&mut received.buffer);
        }
        received
    }
}

impl<Events: HostEvents, Settings: Config<Options>> Ethernet for &Tap<Events, Settings> {
    fn mac(self) -> MacAddress {
        self.mac
    }

    fn frame_limit(self) -> usize {
        FRAME
    }

    fn offloads(self) -> Offloads {
        Offloads::default()
    }

    fn can_receive(self) -> bool {
        self.received().length.is_some()
    }

    fn receive<R>(self, handle: impl FnOnce(&mut [u8]) -> R) -> Option<R> {
        let mut received = self.received();
        let length = received.length.take()?;
        Some(handle(&mut received.buffer[..length]))
    }

    fn answer(self, most: usize, mut answer: impl FnMut(&mut [u8], usize) -> Option<usize>) -> usize {
        let mut count = 0;
        while count < most {
            let mut received = self.received();
            let Some(length) = received.length.take() else { break };
            if let Some(length) = answer(&mut received.buffer, length) {
                self.device.write(&received.buffer[..length]);
            }
            count += 1;
        }
        count
    }

    fn can_transmit(self) -> bool {
        true
    }

    fn transmit<R>(self, length: usize, fill: impl FnOnce(&mut [u8]) -> R) -> Option<R> {
        assert!(length <= FRAME, "a frame is too long");
        let mut buffer = self.sent.try_lock().expect("a network device has one user");
        let result = fill(&mut buffer[..length]);
        self.device.write(&buffer[..length]);
        Some(result)
    }

    fn flush(self) {}

    fn poll_receive(self, context: &mut Context<'_>) -> Poll<()> {
        if self.can_receive() {
            return Poll::Ready(());
        }
        self.events.wake(self.device.descriptor(), Direction::Read, context);
        // It is told of what comes after that.
        if self.can_receive() { Poll::Ready(()) } else { Poll::Pending }
    }
}
