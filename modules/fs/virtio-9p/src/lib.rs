//! Virtio devices of type 9, "9P transport": a host's server of files. "Virtual I/O Device (VIRTIO) Version 1.2" lists
//! the type (section 5) and no more; the queue is as QEMU has it (`hw/9pfs/virtio-9p-device.c`) and Linux
//! (`include/uapi/linux/virtio_9p.h`): each chain is a request that the device reads, and behind it room for its reply.
//!
//! The device reads and writes the bytes where the caller has them. One request is in flight at a time; the processor
//! halts until the device interrupts. The device's tag, a name for those who have several, is not looked at.
#![no_std]
#![forbid(unsafe_code)]

use core::marker::PhantomData;
use oscomp_abi::{Config, Device, Line, StartError};
use oscomp_interfaces::{Idle, Interrupts, Memory, NinePError, NinePTransport};
use oscomp_macros::{Options, module};
use oscomp_virtio::{
    AnyTransport, Calls, Queue, QueuePlace, Room, SharedRing, Transport, feature, negotiate, start,
};
use spin::Mutex;

/// What the device is.
const TRANSPORT_9P: u32 = 9;
/// Its only queue.
const QUEUE: u16 = 0;

/// A virtio 9P device: a folder of the host, which QEMU's server has.
#[module(provides(NinePTransport), environment = "bare-metal")]
pub struct Virtio9p<
    /// What tells that the device has done something.
    Lines: Interrupts,
    /// What waits meanwhile.
    Cpu: Idle,
    /// Where the queue is.
    Pool: Memory,
    Settings: Config<Options>,
> {
    transport: AnyTransport,
    calls: Mutex<Calls>,
    lines: Lines,
    cpu: Cpu,
    parameters: PhantomData<(Pool, Settings)>,
}

/// Which device.
#[derive(Options)]
pub struct Options {
    /// The device.
    #[option(device = "virtio-9p")]
    pub device: Device,
}

impl<Lines: Interrupts, Cpu: Idle, Pool: Memory, Settings: Config<Options>>
    Virtio9p<Lines, Cpu, Pool, Settings>
{
    /// The interrupt line, or one that no controller has.
    const LINE: Line = oscomp_virtio::line(&Settings::OPTIONS.device);

    /// Starts the device.
    ///
    /// # Errors
    /// When there is none, or it lacks something, or memory is short.
    pub fn start(lines: Lines, cpu: Cpu, pool: Pool) -> Result<Self, StartError> {
        let mut transport = oscomp_virtio::open(&Settings::OPTIONS.device, lines)?;
        let features = negotiate(&transport, TRANSPORT_9P, feature::EVENT_INDEX)?;
        let calls = set_up(&mut transport, pool, features & feature::EVENT_INDEX != 0)?;
        start(&transport);
        Ok(Self { transport, calls: Mutex::new(calls), lines, cpu, parameters: PhantomData })
    }

    /// Waits until something has come back.
    fn wait(&self, queue: &mut Queue<SharedRing>) {
        oscomp_virtio::wait(queue, &self.transport, self.lines, Self::LINE, self.cpu);
    }
}

/// The queue, in memory of its own.
fn set_up(transport: &mut impl Transport, pool: impl Memory, events: bool) -> Result<Calls, StartError> {
    let size = Calls::<SharedRing>::DESCRIPTORS;
    if transport.queue_limit(QUEUE) < size {
        return Err(StartError::new("the 9P device's queue is too short"));
    }
    let length = SharedRing::length(size);
    let short = StartError::shortage("no memory is left for a queue", length as u64, pool.largest() as u64);
    let mut room = Room::new(pool.take(length, 64).ok_or(short)?);
    let ring = SharedRing::new(size, &mut room).ok_or(short)?;
    transport.set_queue(QUEUE, QueuePlace::of(&ring))?;
    Ok(Calls::new(Queue::new(ring, events)))
}

impl<Lines: Interrupts, Cpu: Idle, Pool: Memory, Settings: Config<Options>> NinePTransport
    for &Virtio9p<Lines, Cpu, Pool, Settings>
{
    fn exchange(self, request: [&[u8]; 2], reply: [&mut [u8]; 2]) -> Result<usize, NinePError> {
        let room = reply[0].len() + reply[1].len();
        let notify = || self.transport.notify(QUEUE);
        let length = self.calls.lock().call(request, reply, notify, |queue| self.wait(queue)) as usize;
        if length <= room { Ok(length) } else { Err(NinePError) }
    }
}
