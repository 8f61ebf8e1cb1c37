//! What packets begin with, as it lies in frames.

use zerocopy::byteorder::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// What is in an Ethernet frame.
pub mod kind {
    pub const IPV4: u16 = 0x0800;
    pub const ARP: u16 = 0x0806;
}

/// What is in an IPv4 packet.
pub mod protocol {
    pub const ICMP: u8 = 1;
    pub const UDP: u8 = 17;
}

/// The address of everybody on a link.
pub const EVERYBODY: [u8; 6] = [0xff; 6];

/// The header of a frame.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub struct Ethernet {
    pub destination: [u8; 6],
    pub source: [u8; 6],
    pub kind: U16,
}

/// A packet of ARP for IPv4 over Ethernet (RFC 826).
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub struct Arp {
    pub hardware: U16,
    pub protocol: U16,
    pub lengths: [u8; 2],
    pub operation: U16,
    pub sender_mac: [u8; 6],
    pub sender: [u8; 4],
    pub target_mac: [u8; 6],
    pub target: [u8; 4],
}

impl Arp {
    pub const REQUEST: u16 = 1;
    pub const REPLY: u16 = 2;

    /// A packet from `sender` to `target`.
    pub fn new(operation: u16, sender: ([u8; 6], [u8; 4]), target: ([u8; 6], [u8; 4])) -> Self {
        Self {
            hardware: U16::new(1),
            protocol: U16::new(kind::IPV4),
            lengths: [6, 4],
            operation: U16::new(operation),
            sender_mac: sender.0,
            sender: sender.1,
            target_mac: target.0,
            target: target.1,
        }
    }

    /// Whether it is one for IPv4 over Ethernet.
    pub fn is_ours(&self) -> bool {
        self.hardware.get() == 1 && self.protocol.get() == kind::IPV4 && self.lengths == [6, 4]
    }
}

/// The header of an IPv4 packet (RFC 791), without options.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub struct Ipv4 {
    pub version: u8,
    pub service: u8,
    pub length: U16,
    pub identification: U16,
    pub fragment: U16,
    pub hops: u8,
    pub protocol: u8,
    pub checksum: [u8; 2],
    pub source: [u8; 4],
    pub destination: [u8; 4],
}

/// The header of a datagram (RFC 768).
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub struct Udp {
    pub source: U16,
    pub destination: U16,
    pub length: U16,
    pub checksum: [u8; 2],
}

/// What is in front of the bytes of a datagram that we send.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub struct Headers {
    pub ethernet: Ethernet,
    pub ip: Ipv4,
    pub udp: Udp,
}

/// Their bytes.
pub const ETHERNET: usize = size_of::<Ethernet>();
pub const IPV4: usize = size_of::<Ipv4>();
pub const UDP: usize = size_of::<Udp>();
pub const HEADERS: usize = size_of::<Headers>();
