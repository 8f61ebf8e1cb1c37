//! A network of which a test is all but the image: it sees and forges each frame.

mod frame;
mod guest;
mod peer;
mod wire;

pub use frame::{Forged, datagram, echo_request, segment};
pub use guest::Guest;
pub use peer::{Peer, Stream};
pub use wire::{Trouble, Wire};

use std::net::Ipv4Addr;

/// The image.
pub const GUEST: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 15);
/// The test, which is the image's gateway too.
pub const HOST: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 2);
/// The device of each.
pub const GUEST_MAC: [u8; 6] = [0x52, 0x54, 0x00, 0x12, 0x34, 0x56];
/// See [`GUEST_MAC`].
pub const HOST_MAC: [u8; 6] = [0x52, 0x54, 0x00, 0x12, 0x34, 0x02];
