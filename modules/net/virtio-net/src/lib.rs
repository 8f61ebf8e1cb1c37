//! Virtio network devices (OASIS "Virtual I/O Device (VIRTIO) Version 1.2", section 5.1).
//!
//! Frames are read and written where the device has them. What is to be sent is shown to the device once for
//! each flush; interrupts are asked for only by a task that has nothing else to do. What is answered in place goes
//! out from the buffer that it came in, which changes places with one that is free to be sent.
//!
//! Neither mergeable buffers (`VIRTIO_NET_F_MRG_RXBUF`) nor segmentation offload (`VIRTIO_NET_F_HOST_TSO4` and its like)
//! are negotiated: they pay where one message takes many frames. Counted at a tap, with clients on its other side,
//! the servers here exchange one frame each way for a request: 60,092 frames for 60,000 pages of 612 bytes by 30
//! connections, 60,057 for 60,000 GETs of kv; with 16 requests pipelined, 12,655 for 200,000. A header of 12 bytes and
//! a buffer for one frame are then the least there is to do.
#![no_std]
#![forbid(unsafe_code)]

mod checksum;
mod header;

use core::marker::PhantomData;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::{Context, Poll};
use oscomp_abi::{Bytes, Config, Device, Line, MacAddress, StartError};
use oscomp_interfaces::{Ethernet, Interrupts, Memory, Offloads};
use oscomp_macros::{Options, module};
use oscomp_virtio::{
    AnyTransport, Buffers, Queue, QueuePlace, Receiver, Room, Sender, SharedRing, Transport, feature,
    negotiate, start,
};
use spin::{Mutex, MutexGuard};

/// What the device is (section 5).
const NETWORK: u32 = 1;
const RECEIVE: u16 = 0;
const TRANSMIT: u16 = 1;

/// Features of network devices (section 5.1.3).
mod network {
    /// The device fills checksums in.
    pub const CHECKSUM: u64 = 1 << 0;
    /// The driver takes frames whose checksum is not whole.
    pub const GUEST_CHECKSUM: u64 = 1 << 1;
    /// The device has an address.
    pub const MAC: u64 = 1 << 5;
}

/// The longest frame.
const FRAME: usize = 1514;
/// Bytes of one buffer: a header, a frame, and so that each begins on its own line of the cache.
const BUFFER: usize = (header::LENGTH + FRAME).next_multiple_of(64);
/// Bytes of memory for one buffer, with its share of the ring.
const SHARE: usize = BUFFER + 64;

/// A virtio network device, as most virtual machines have them.
#[module(provides(Ethernet), environment = "bare-metal")]
pub struct VirtioNet<
    /// What tells that the device has something.
    Lines: Interrupts,
    /// Where the frames are.
    Pool: Memory,
    Settings: Config<Options>,
> {
    transport: AnyTransport,
    mac: MacAddress,
    offloads: Offloads,
    receiver: Mutex<Receiver>,
    sender: Mutex<Sender>,
    /// Whether a frame found no room, so that somebody waits for some.
    full: AtomicBool,
    lines: Lines,
    parameters: PhantomData<(Pool, Settings)>,
}

/// Which device, and how many frames it may have.
#[derive(Options)]
pub struct Options {
    /// The device.
    #[option(device = "virtio-net")]
    pub device: Device,
    /// Memory for frames that have been received and not been looked at: 1600 bytes for each.
    #[option(default = "192KiB", range = "8KiB"..="400KiB", memory)]
    pub receive: Bytes,
    /// Memory for frames that are being sent: 1600 bytes for each.
    #[option(default = "192KiB", range = "8KiB"..="400KiB", memory)]
    pub transmit: Bytes,
}

impl<Lines: Interrupts, Pool: Memory, Settings: Config<Options>> VirtioNet<Lines, Pool, Settings> {
    /// The interrupt line, or one that no controller has.
    const LINE: Line = oscomp_virtio::line(&Settings::OPTIONS.device);

    /// Starts the device.
    ///
    /// # Errors
    /// When there is none, or it lacks something, or memory is short.
    pub fn start(lines: Lines, pool: Pool) -> Result<Self, StartError> {
        let mut transport = oscomp_virtio::open(&Settings::OPTIONS.device, lines)?;
        let wanted = feature::EVENT_INDEX | network::CHECKSUM | network::GUEST_CHECKSUM | network::MAC;
        let features = negotiate(&transport, NETWORK, wanted)?;
        let has = |feature| features & feature != 0;
        if !has(network::MAC) {
            return Err(StartError::new("the network device has no address"));
        }
        let mac = MacAddress(core::array::from_fn(|byte| transport.configuration(byte)));
        let events = has(feature::EVENT_INDEX);

        let (queue, buffers) = set_up(&mut transport, pool, RECEIVE, Settings::OPTIONS.receive, events)?;
        let receiver = Receiver::new(queue, buffers);
        let (queue, buffers) = set_up(&mut transport, pool, TRANSMIT, Settings::OPTIONS.transmit, events)?;
        let sender = Sender::new(queue, buffers);
        start(&transport);

        let this = Self {
            transport,
            mac,
            offloads: Offloads {
                received: has(network::GUEST_CHECKSUM),
                transmitted: has(network::CHECKSUM),
            },
            receiver: Mutex::new(receiver),
            sender: Mutex::new(sender),
            full: AtomicBool::new(false),
            lines,
            parameters: PhantomData,
        };
        this.show_room();
        Ok(this)
    }

    fn receiver(&self) -> MutexGuard<'_, Receiver> {
        self.receiver.try_lock().expect("a network device has one user")
    }

    fn sender(&self) -> MutexGuard<'_, Sender> {
        self.sender.try_lock().expect("a network device has one user")
    }

    /// Lets the device receive into the buffers that were looked at.
    fn show_room(&self) {
        if self.receiver().show() {
            self.transport.notify(RECEIVE);
        }
    }

    /// Whether a frame can be received, or there is room that somebody waits for; else the device will
    /// interrupt when so.
    fn is_ready(&self) -> bool {
        if !self.receiver().wait() {
            return true;
        }
        self.full.load(Ordering::Relaxed) && !self.sender().wait()
    }

    fn poll_line(&self, context: &mut Context<'_>) -> Poll<()> {
        self.lines.poll_raised(Self::LINE, context)
    }

    fn stop_waiting(&self) {
        self.receiver().stop_waiting();
        if self.full.swap(false, Ordering::Relaxed) {
            self.sender().stop_waiting();
        }
    }
}

/// A queue in memory of its own, and its buffers.
fn set_up(
    transport: &mut impl Transport,
    pool: impl Memory,
    queue: u16,
    memory: Bytes,
    events: bool,
) -> Result<(Queue<SharedRing>, Buffers), StartError> {
    let limit = transport.queue_limit(queue);
    if limit == 0 {
        return Err(StartError::new("the network device lacks a queue"));
    }
    // The device's limit is a power of two too.
    let count = ((memory.get() / SHARE) as u16).min(Buffers::MOST).min(limit);
    let size = count.next_power_of_two();
    let block = pool.take(memory.get(), 64).ok_or(StartError::shortage(
        "no memory is left for frames",
        memory.get() as u64,
        pool.largest() as u64,
    ))?;
    let short = StartError::new("the memory for frames is too small for its ring");
    let mut room = Room::new(block);
    let ring = SharedRing::new(size, &mut room).ok_or(short)?;
    let buffers = Buffers::new(count, BUFFER, &mut room).ok_or(short)?;
    transport.set_queue(queue, QueuePlace::of(&ring))?;
    Ok((Queue::new(ring, events), buffers))
}

impl<Lines: Interrupts, Pool: Memory, Settings: Config<Options>> Ethernet
    for &VirtioNet<Lines, Pool, Settings>
{
    fn mac(self) -> MacAddress {
        self.mac
    }

    fn frame_limit(self) -> usize {
        FRAME
    }

    fn offloads(self) -> Offloads {
        self.offloads
    }

    fn can_receive(self) -> bool {
        self.receiver().can_receive()
    }

    #[inline]
    fn receive<R>(self, handle: impl FnOnce(&mut [u8]) -> R) -> Option<R> {
        let mut receiver = self.receiver();
        let mut handle = Some(handle);
        loop {
            let result = receiver.receive(|bytes| {
                let frame = header::received(bytes, self.offloads.received)?;
                // Taken once: the loop ends with a frame.
                handle.take().map(|handle| handle(frame))
            });
            match result {
                // A frame that is none: the next one.
                Some(None) => {}
                Some(Some(result)) => return Some(result),
                None => return None,
            }
        }
    }

    #[inline]
    fn answer(self, most: usize, mut answer: impl FnMut(&mut [u8], usize) -> Option<usize>) -> usize {
        let (mut receiver, mut sender) = (self.receiver(), self.sender());
        let mut count = 0;
        while count < most {
            let handled = receiver.answer(&mut sender, |bytes, length| {
                let frame = header::received(&mut bytes[..length], self.offloads.received)?;
                let length = frame.len().min(FRAME);
                let length = answer(&mut bytes[header::LENGTH..][..FRAME], length)?;
                let bytes = &mut bytes[..header::LENGTH + length];
                header::finish(bytes, self.offloads.transmitted);
                Some(bytes.len())
            });
            if handled.is_none() {
                if !sender.can_send() {
                    self.full.store(true, Ordering::Relaxed);
                }
                break;
            }
            count += 1;
        }
        count
    }

    fn can_transmit(self) -> bool {
        let room = self.sender().can_send();
        if !room {
            self.full.store(true, Ordering::Relaxed);
        }
        room
    }

    #[inline]
    fn transmit<R>(self, length: usize, fill: impl FnOnce(&mut [u8]) -> R) -> Option<R> {
        assert!(length <= FRAME, "a frame is too long");
        let result = self.sender().send(header::LENGTH + length, |bytes| {
            let result = fill(&mut bytes[header::LENGTH..]);
            header::finish(bytes, self.offloads.transmitted);
            result
        });
        if result.is_none() {
            self.full.store(true, Ordering::Relaxed);
        }
        result
    }

    fn flush(self) {
        if self.sender().show() {
            self.transport.notify(TRANSMIT);
        }
        // In batches: the device is asked whether it wants to know each time.
        if self.receiver().unshown() >= 16 {
            self.show_room();
        }
    }

    fn poll_receive(self, context: &mut Context<'_>) -> Poll<()> {
        if self.receiver().can_receive() {
            return Poll::Ready(());
        }
        self.show_room();
        self.flush();
        while !self.is_ready() {
            if self.poll_line(context).is_pending() {
                return Poll::Pending;
            }
            self.transport.acknowledge();
        }
        self.stop_waiting();
        Poll::Ready(())
    }
}
