//! Frames that no honest stack would send.

use super::{GUEST, GUEST_MAC, HOST_MAC};
use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{
    EthernetAddress, EthernetFrame, EthernetProtocol, EthernetRepr, Icmpv4Packet, Icmpv4Repr, IpAddress,
    IpProtocol, Ipv4Packet, Ipv4Repr, TcpControl, TcpPacket, TcpRepr, TcpSeqNumber, UdpPacket, UdpRepr,
};
use std::net::Ipv4Addr;

/// Bytes of the Ethernet and the IPv4 header.
const HEADERS: usize = 14 + 20;

/// A connection whose end here is no stack: each segment is what the forger says.
#[derive(Clone, Copy, Debug)]
pub struct Forged {
    /// Whose it is.
    pub address: Ipv4Addr,
    /// Its port.
    pub port: u16,
    /// The image's port.
    pub to: u16,
    /// The sequence number of its SYN.
    pub start: u32,
    /// What it acknowledges; nothing without it.
    pub acknowledged: Option<u32>,
    /// Bytes for which it says to have room.
    pub window: u16,
}

/// An IPv4 packet to the image, right in each header.
fn packet(from: Ipv4Addr, protocol: IpProtocol, length: usize, fill: impl FnOnce(&mut [u8])) -> Vec<u8> {
    let mut bytes = vec![0; HEADERS + length];
    let mut frame = EthernetFrame::new_unchecked(&mut bytes);
    EthernetRepr {
        src_addr: EthernetAddress(HOST_MAC),
        dst_addr: EthernetAddress(GUEST_MAC),
        ethertype: EthernetProtocol::Ipv4,
    }
    .emit(&mut frame);
    let mut packet = Ipv4Packet::new_unchecked(frame.payload_mut());
    Ipv4Repr { src_addr: from, dst_addr: GUEST, next_header: protocol, payload_len: length, hop_limit: 64 }
        .emit(&mut packet, &ChecksumCapabilities::default());
    fill(packet.payload_mut());
    bytes
}

/// A segment of a forged connection, at so many bytes after its SYN.
#[must_use]
pub fn segment(forged: &Forged, offset: u32, control: TcpControl, payload: &[u8]) -> Vec<u8> {
    let first = u32::from(control != TcpControl::Syn);
    let repr = TcpRepr {
        src_port: forged.port,
        dst_port: forged.to,
        control,
        seq_number: TcpSeqNumber(forged.start.wrapping_add(first).wrapping_add(offset).cast_signed()),
        ack_number: forged.acknowledged.map(|number| TcpSeqNumber(number.cast_signed())),
        window_len: forged.window,
        window_scale: None,
        max_seg_size: (control == TcpControl::Syn).then_some(1460),
        sack_permitted: false,
        sack_ranges: [None; 3],
        timestamp: None,
        payload,
    };
    packet(forged.address, IpProtocol::Tcp, repr.buffer_len(), |bytes| {
        let (from, to) = (IpAddress::Ipv4(forged.address), IpAddress::Ipv4(GUEST));
        repr.emit(&mut TcpPacket::new_unchecked(bytes), &from, &to, &ChecksumCapabilities::default());
    })
}

/// A datagram to a port of the image.
#[must_use]
pub fn datagram(from: Ipv4Addr, to: u16, payload: &[u8]) -> Vec<u8> {
    let repr = UdpRepr { src_port: 4000, dst_port: to };
    packet(from, IpProtocol::Udp, repr.header_len() + payload.len(), |bytes| {
        let (from, to) = (IpAddress::Ipv4(from), IpAddress::Ipv4(GUEST));
        let fill = |room: &mut [u8]| room.copy_from_slice(payload);
        let checksums = ChecksumCapabilities::default();
        repr.emit(&mut UdpPacket::new_unchecked(bytes), &from, &to, payload.len(), fill, &checksums);
    })
}

/// What `ping` sends.
#[must_use]
pub fn echo_request(from: Ipv4Addr, number: u16, data: &[u8]) -> Vec<u8> {
    let repr = Icmpv4Repr::EchoRequest { ident: 7, seq_no: number, data };
    packet(from, IpProtocol::Icmp, repr.buffer_len(), |bytes| {
        repr.emit(&mut Icmpv4Packet::new_unchecked(bytes), &ChecksumCapabilities::default());
    })
}
