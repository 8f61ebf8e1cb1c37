//! Network devices that carry Ethernet frames.

use core::task::{Context, Poll};
use oscomp_abi::MacAddress;
use oscomp_macros::interface;

/// What a device does with checksums, so that nobody else has to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offloads {
    /// What is received has had its TCP and UDP checksums verified by the device or its host: nobody
    /// has to look at them. Those of datagrams in fragments have not.
    pub received: bool,
    /// The TCP and UDP checksums of what is transmitted are filled in by the device, over IPv4 and
    /// IPv6; the fields may hold anything. The checksum of an IPv4 header is not.
    pub transmitted: bool,
}

/// One network device. Frames are Ethernet II, from the destination address to the end of the payload,
/// without the checksum.
///
/// A device belongs to one user: the methods are called by one task at a time.
#[interface]
pub trait Ethernet {
    /// The device's own address.
    fn mac(self) -> MacAddress;

    /// The longest frame, in bytes: 1514 is usual.
    fn frame_limit(self) -> usize;

    /// What the device does with checksums.
    fn offloads(self) -> Offloads;

    /// Whether a frame has been received that [`receive`](Self::receive) would hand out.
    fn can_receive(self) -> bool;

    /// Hands out the frame that was received first, in the device's own buffer, which is the device's again
    /// when `handle` returns. None if there is none.
    fn receive<R>(self, handle: impl FnOnce(&mut [u8]) -> R) -> Option<R>;

    /// Hands out frames that have been received, one after the other and at most `most`, in the device's own
    /// buffers: each in room for a frame of [`frame_limit`](Self::frame_limit) bytes, of which it takes the first,
    /// as many as `answer` is told. What `answer` makes of the room, so many bytes as it says, is queued from
    /// where it lies; none if it says so. What lies behind the frame is anything.
    ///
    /// How many were handed out: fewer if there are no more, or no room is left to transmit. `answer` does not call
    /// the device.
    fn answer(self, most: usize, answer: impl FnMut(&mut [u8], usize) -> Option<usize>) -> usize;

    /// Whether [`transmit`](Self::transmit) has room for a frame.
    fn can_transmit(self) -> bool;

    /// Has `fill` write a frame of `length` bytes, at most [`frame_limit`](Self::frame_limit), into the
    /// device's own buffer, and queues it. None if there is no room; what `fill` finds in the buffer is
    /// anything.
    fn transmit<R>(self, length: usize, fill: impl FnOnce(&mut [u8]) -> R) -> Option<R>;

    /// Tells the device of the frames that were queued since the last call. Without it they may wait.
    fn flush(self);

    /// Ready when a frame can be received, or when there is room again after there was none to transmit;
    /// else has the task of `context`, the last that asked, woken when that may be so.
    fn poll_receive(self, context: &mut Context<'_>) -> Poll<()>;
}
