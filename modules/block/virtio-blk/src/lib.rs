//! Virtio block devices (OASIS "Virtual I/O Device (VIRTIO) Version 1.2", section 5.2).
//!
//! The device reads and writes the bytes where the caller has them. As many requests are in flight as a caller has
//! in one call; the processor halts until the device interrupts.
#![no_std]
#![forbid(unsafe_code)]

use core::marker::PhantomData;
use oscomp_abi::{Config, Device, Line, StartError};
use oscomp_interfaces::{BlockDevice, BlockError, Geometry, Idle, Interrupts, Memory, Request, Transfer};
use oscomp_macros::{Options, module};
use oscomp_virtio::{
    AnyTransport, Data, Exchange, Queue, QueuePlace, Requests, Room, SharedRing, Transport, feature,
    negotiate, start,
};
use spin::Mutex;

/// What the device is (section 5).
const BLOCK: u32 = 2;
/// Its only queue.
const QUEUE: u16 = 0;
/// What the device counts in, in bytes, whatever its blocks are.
const SECTOR: u64 = 512;

/// Features of block devices (section 5.2.3).
mod block {
    /// It can only be read.
    pub const READ_ONLY: u64 = 1 << 5;
    /// It says how large its blocks are.
    pub const BLOCK_SIZE: u64 = 1 << 6;
    /// What was written can be made durable; without it, it is.
    pub const FLUSH: u64 = 1 << 9;
    /// Blocks can be discarded.
    pub const DISCARD: u64 = 1 << 13;
}

/// Where its configuration has what, in bytes (section 5.2.4).
mod configuration {
    pub const CAPACITY: usize = 0;
    pub const BLOCK_SIZE: usize = 20;
    pub const DISCARD_SECTORS: usize = 36;
}

/// Kinds of requests, and the status of one that succeeded (section 5.2.6).
mod kind {
    pub const IN: u32 = 0;
    pub const OUT: u32 = 1;
    pub const FLUSH: u32 = 4;
    pub const DISCARD: u32 = 11;
}
const DONE: u8 = 0;
const UNSUPPORTED: u8 = 2;

/// Requests that are made out at a time, on the stack.
const AT_ONCE: usize = 16;

/// A virtio block device, as most virtual machines have them.
#[module(provides(BlockDevice), environment = "bare-metal")]
pub struct VirtioBlk<
    /// What tells that the device has done something.
    Lines: Interrupts,
    /// What waits meanwhile.
    Cpu: Idle,
    /// Where the queue is.
    Pool: Memory,
    Settings: Config<Options>,
> {
    transport: AnyTransport,
    requests: Mutex<Requests>,
    geometry: Geometry,
    can_flush: bool,
    /// Sectors that one request can discard; none if none can.
    discards: Option<u64>,
    lines: Lines,
    cpu: Cpu,
    parameters: PhantomData<(Pool, Settings)>,
}

/// Which device, and how much it does at a time.
#[derive(Options)]
pub struct Options {
    /// The device.
    #[option(device = "virtio-blk")]
    pub device: Device,
    /// Requests in flight at the most: 80 bytes of memory for each.
    #[option(default = 16, range = 1..=16)]
    pub requests: u16,
}

impl<Lines: Interrupts, Cpu: Idle, Pool: Memory, Settings: Config<Options>>
    VirtioBlk<Lines, Cpu, Pool, Settings>
{
    /// The interrupt line, or one that no controller has.
    const LINE: Line = oscomp_virtio::line(&Settings::OPTIONS.device);

    /// Starts the device.
    ///
    /// # Errors
    /// When there is none, or it lacks something, or memory is short.
    pub fn start(lines: Lines, cpu: Cpu, pool: Pool) -> Result<Self, StartError> {
        let mut transport = oscomp_virtio::open(&Settings::OPTIONS.device, lines)?;
        let wanted =
            feature::EVENT_INDEX | block::READ_ONLY | block::BLOCK_SIZE | block::FLUSH | block::DISCARD;
        let features = negotiate(&transport, BLOCK, wanted)?;
        let has = |feature| features & feature != 0;
        let number = |place: usize, length: usize| {
            (0..length)
                .rev()
                .fold(0, |number, byte| number << 8 | u64::from(transport.configuration(place + byte)))
        };
        let size = if has(block::BLOCK_SIZE) { number(configuration::BLOCK_SIZE, 4) } else { SECTOR };
        if !size.is_power_of_two() || size < SECTOR {
            return Err(StartError::new("the blocks of the device are no power of two"));
        }
        let blocks = number(configuration::CAPACITY, 8) / (size / SECTOR);
        let geometry = Geometry { block: size as usize, blocks, is_read_only: has(block::READ_ONLY) };
        let discards = has(block::DISCARD).then(|| number(configuration::DISCARD_SECTORS, 4));
        let requests = set_up(&mut transport, pool, Settings::OPTIONS.requests, has(feature::EVENT_INDEX))?;
        start(&transport);
        Ok(Self {
            transport,
            requests: Mutex::new(requests),
            geometry,
            can_flush: has(block::FLUSH),
            discards,
            lines,
            cpu,
            parameters: PhantomData,
        })
    }

    /// Waits until something has come back.
    fn wait(&self, queue: &mut Queue<SharedRing>) {
        oscomp_virtio::wait(queue, &self.transport, self.lines, Self::LINE, self.cpu);
    }

    /// What the device is asked for a request; none if nothing.
    fn exchange<'b>(
        &self,
        request: &'b mut Request<'_>,
        segment: &'b mut [u8; 16],
    ) -> Result<Option<Exchange<'b>>, BlockError> {
        let Geometry { block, is_read_only, .. } = self.geometry;
        let sectors = block as u64 / SECTOR;
        let held = |first: u64, length: usize| {
            if self.geometry.holds(first, length) { Ok(first * sectors) } else { Err(BlockError::OutOfRange) }
        };
        let writable = || if is_read_only { Err(BlockError::ReadOnly) } else { Ok(()) };
        Ok(match request {
            Request::Read { first, into } => {
                let sector = held(*first, into.len())?;
                (!into.is_empty()).then(|| asked(kind::IN, sector, Data::In(into)))
            }
            Request::Write { first, from } => {
                let sector = held(*first, from.len())?;
                writable()?;
                (!from.is_empty()).then(|| asked(kind::OUT, sector, Data::Out(from)))
            }
            Request::Flush => self.can_flush.then(|| asked(kind::FLUSH, 0, Data::None)),
            Request::Discard { first, count } => {
                let most = self.discards.ok_or(BlockError::Unsupported)?;
                let end = first.checked_add(*count).filter(|end| *end <= self.geometry.blocks);
                end.ok_or(BlockError::OutOfRange)?;
                writable()?;
                // What is more than the device takes at a time is kept: nobody has to discard anything.
                let length = (*count).saturating_mul(sectors).min(most) / sectors * sectors;
                segment[..8].copy_from_slice(&(*first * sectors).to_le_bytes());
                segment[8..12].copy_from_slice(&(length as u32).to_le_bytes());
                (length > 0).then(|| asked(kind::DISCARD, 0, Data::Out(segment)))
            }
        })
    }
}

const fn asked(kind: u32, sector: u64, data: Data<'_>) -> Exchange<'_> {
    let header = (kind as u128 | (sector as u128) << 64).to_le_bytes();
    Exchange { header, data, status: UNSUPPORTED }
}

/// The queue, in memory of its own.
fn set_up(
    transport: &mut impl Transport,
    pool: impl Memory,
    slots: u16,
    events: bool,
) -> Result<Requests, StartError> {
    // The device's limit is a power of two, as is the size of a ring.
    let limit = transport.queue_limit(QUEUE);
    let size = Requests::<SharedRing>::descriptors(slots).next_power_of_two().min(limit);
    let slots = slots.min(size / Requests::<SharedRing>::descriptors(1));
    if slots == 0 {
        return Err(StartError::new("the block device's queue is too short"));
    }
    let length = SharedRing::length(size) + Requests::<SharedRing>::length(slots);
    let short = StartError::shortage("no memory is left for a queue", length as u64, pool.largest() as u64);
    let mut room = Room::new(pool.take(length, 64).ok_or(short)?);
    let ring = SharedRing::new(size, &mut room).ok_or(short)?;
    transport.set_queue(QUEUE, QueuePlace::of(&ring))?;
    Requests::new(Queue::new(ring, events), slots, &mut room).ok_or(short)
}

impl<Lines: Interrupts, Cpu: Idle, Pool: Memory, Settings: Config<Options>> BlockDevice
    for &VirtioBlk<Lines, Cpu, Pool, Settings>
{
    fn geometry(self) -> Geometry {
        self.geometry
    }

    fn run(self, transfers: &mut [Transfer<'_>]) {
        for transfers in transfers.chunks_mut(AT_ONCE) {
            // What a request to discard says: it has no data of the caller's.
            let mut segments = [[0; 16]; AT_ONCE];
            let mut exchanges = [const { asked(kind::FLUSH, 0, Data::None) }; AT_ONCE];
            let mut results = [const { None }; AT_ONCE];
            let mut count = 0;
            for (Transfer { request, result }, segment) in transfers.iter_mut().zip(&mut segments) {
                match self.exchange(request, segment) {
                    Ok(Some(exchange)) => {
                        exchanges[count] = exchange;
                        results[count] = Some(result);
                        count += 1;
                    }
                    Ok(None) => *result = Ok(()),
                    Err(error) => *result = Err(error),
                }
            }
            let notify = || self.transport.notify(QUEUE);
            self.requests.lock().exchange(&mut exchanges[..count], notify, |queue| self.wait(queue));
            for (result, exchange) in results.into_iter().flatten().zip(&exchanges) {
                *result = match exchange.status {
                    DONE => Ok(()),
                    UNSUPPORTED => Err(BlockError::Unsupported),
                    _ => Err(BlockError::Failed),
                };
            }
        }
    }
}
