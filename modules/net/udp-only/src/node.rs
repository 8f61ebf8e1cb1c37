//! Who we are on the link, what a frame is to us, and what frames from us begin with. No state changes here.

use crate::checksum::Sum;
use crate::dhcp;
use crate::wire::{self, Arp, Ethernet, HEADERS, Headers, Ipv4, Udp, kind, protocol};
use core::net::{Ipv4Addr, SocketAddrV4};
use oscomp_abi::Ipv4Cidr;
use oscomp_interfaces::Offloads;
use zerocopy::byteorder::network_endian::U16;
use zerocopy::{FromBytes, IntoBytes};

/// The longest datagram that goes into a packet of 1500 bytes.
pub const DATAGRAM: usize = 1500 - wire::IPV4 - wire::UDP;
/// Of the word with the fragment's offset: not to be cut into fragments.
const WHOLE: u16 = 0x4000;
/// How many routers may pass a packet on.
const HOPS: u8 = 64;

/// Who we are.
#[derive(Clone, Copy, Debug)]
pub struct Node {
    pub mac: [u8; 6],
    pub offloads: Offloads,
    /// The address and the network; none before DHCP has given one.
    pub home: Option<Home>,
}

/// Where we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Home {
    pub address: Ipv4Cidr,
    pub gateway: Option<Ipv4Addr>,
}

/// What a frame is to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// A datagram to us.
    Datagram(Datagram),
    /// Somebody asks for our address, or tells us theirs.
    Arp,
    /// Somebody wants an echo, of the ICMP message in those bytes.
    Echo { start: usize, end: usize },
    /// Nothing.
    Nothing,
}

/// Where a datagram lies in its frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Datagram {
    pub from: SocketAddrV4,
    /// To which port.
    pub port: u16,
    /// Its bytes.
    pub start: usize,
    pub end: usize,
}

/// To whom on the link a packet goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hop {
    Everybody,
    Neighbour(Ipv4Addr),
}

impl Home {
    /// Whether a packet to that address is for everybody on the network.
    #[inline]
    fn is_broadcast(&self, address: Ipv4Addr) -> bool {
        // Networks of two or one have no address for everybody.
        let is_all = self.address.prefix < 31 && !address.to_bits() & self.hosts() == 0;
        address == Ipv4Addr::BROADCAST || is_all && self.is_near(address)
    }

    #[inline]
    fn is_near(&self, address: Ipv4Addr) -> bool {
        (address.to_bits() ^ self.address.address.to_bits()) & !self.hosts() == 0
    }

    /// The bits of an address that tell hosts of the network apart.
    #[inline]
    fn hosts(&self) -> u32 {
        u32::MAX.checked_shr(self.address.prefix.into()).unwrap_or(0)
    }
}

impl Node {
    /// What a frame is to us.
    #[inline]
    pub fn look(&self, frame: &[u8]) -> Sort {
        self.try_look(frame).unwrap_or(Sort::Nothing)
    }

    #[inline]
    fn try_look(&self, frame: &[u8]) -> Option<Sort> {
        let (ethernet, packet) = Ethernet::ref_from_prefix(frame).ok()?;
        let to_many = ethernet.destination[0] & 1 != 0;
        if !to_many && ethernet.destination != self.mac {
            return None;
        }
        match ethernet.kind.get() {
            kind::IPV4 => {}
            kind::ARP => return Some(Sort::Arp),
            _ => return None,
        }
        let (ip, _) = Ipv4::ref_from_prefix(packet).ok()?;
        let (header, sum) = if ip.version == 0x45 {
            (wire::IPV4, Sum::ZERO.add(ip.as_bytes()))
        } else {
            let header = usize::from(ip.version & 0x0f) * 4;
            if ip.version >> 4 != 4 || header < wire::IPV4 {
                return None;
            }
            (header, Sum::ZERO.add(packet.get(..header)?))
        };
        let length = usize::from(ip.length.get());
        // More fragments, or not the first.
        let is_fragment = ip.fragment.get() & 0x3fff != 0;
        if !sum.is_right() || is_fragment || length > packet.len() || length < header {
            return None;
        }
        let source = Ipv4Addr::from(ip.source);
        let is_for_us = match &self.home {
            // DHCP may tell us our address at the address that it tells us.
            None => ip.protocol == protocol::UDP,
            Some(home) => {
                let destination = Ipv4Addr::from(ip.destination);
                let is_ours = !to_many && destination == home.address.address;
                (is_ours || home.is_broadcast(destination))
                    && !home.is_broadcast(source)
                    && source != home.address.address
            }
        };
        if !is_for_us || source.is_multicast() || source.is_loopback() || source.is_unspecified() {
            return None;
        }
        let (start, end) = (wire::ETHERNET + header, wire::ETHERNET + length);
        let payload = frame.get(start..end)?;
        match ip.protocol {
            protocol::UDP => {
                let (udp, _) = Udp::ref_from_prefix(payload).ok()?;
                let length = usize::from(udp.length.get());
                let datagram = payload.get(..length)?;
                let is_early = self.home.is_none() && udp.destination.get() != dhcp::CLIENT;
                if length < wire::UDP || is_early || !self.is_sound(ip, udp, datagram) {
                    return None;
                }
                Some(Sort::Datagram(Datagram {
                    from: SocketAddrV4::new(source, udp.source.get()),
                    port: udp.destination.get(),
                    start: start + wire::UDP,
                    end: start + length,
                }))
            }
            // Of type 8 and code 0, and not asked of everybody.
            protocol::ICMP
                if !to_many
                    && payload.starts_with(&[8, 0])
                    && payload.len() >= 8
                    && Sum::ZERO.add(payload).is_right() =>
            {
                Some(Sort::Echo { start, end })
            }
            _ => None,
        }
    }

    /// Whether the checksum of a datagram is right, where somebody has to look.
    #[inline]
    fn is_sound(&self, ip: &Ipv4, udp: &Udp, datagram: &[u8]) -> bool {
        if self.offloads.received || udp.checksum == [0, 0] {
            return true;
        }
        pseudo_header(ip.source, ip.destination, datagram.len() as u16).add(datagram).is_right()
    }

    /// To whom on the link a packet to that address goes; none if there is no way.
    #[inline]
    pub fn hop(&self, to: Ipv4Addr) -> Option<Hop> {
        let home = self.home.as_ref()?;
        if home.is_broadcast(to) {
            return Some(Hop::Everybody);
        }
        if to.is_multicast() || to.is_unspecified() || to.is_loopback() || to == home.address.address {
            return None;
        }
        if home.is_near(to) { Some(Hop::Neighbour(to)) } else { home.gateway.map(Hop::Neighbour) }
    }

    /// Writes the headers of a datagram, from a port of ours, in front of its bytes in a frame, which is
    /// [`HEADERS`] longer.
    #[inline]
    pub fn finish(&self, frame: &mut [u8], mac: [u8; 6], port: u16, to: SocketAddrV4) {
        let from = self.home.map_or(Ipv4Addr::UNSPECIFIED, |home| home.address.address);
        let length = (frame.len() - wire::ETHERNET) as u16;
        let (source, destination) = (from.octets(), to.ip().octets());
        let mut ip = Ipv4 {
            version: 0x45,
            service: 0,
            length: U16::new(length),
            // Told apart from others by nothing, which is right for what is not cut (RFC 6864).
            identification: U16::ZERO,
            fragment: U16::new(WHOLE),
            hops: HOPS,
            protocol: protocol::UDP,
            checksum: [0, 0],
            source,
            destination,
        };
        const REST: Sum = Sum::ZERO
            .add_number(0x4500)
            .add_number(WHOLE)
            .add_number(u16::from_be_bytes([HOPS, protocol::UDP]));
        ip.checksum = REST.add_number(length).add_address(source).add_address(destination).checksum();
        let udp = Udp {
            source: U16::new(port),
            destination: U16::new(to.port()),
            length: U16::new(length - wire::IPV4 as u16),
            checksum: [0, 0],
        };
        let ethernet = Ethernet { destination: mac, source: self.mac, kind: U16::new(kind::IPV4) };
        // A frame is as long as its headers at the least.
        let Ok((headers, _)) = Headers::mut_from_prefix(frame) else { return };
        *headers = Headers { ethernet, ip, udp };
        if !self.offloads.transmitted {
            let length = frame.len() - wire::ETHERNET - wire::IPV4;
            let sum = pseudo_header(source, destination, length as u16);
            let checksum = sum.add(&frame[wire::ETHERNET + wire::IPV4..]).checksum();
            // A sum of zero has another way of being written; zero is none.
            let checksum = if checksum == [0, 0] { [0xff, 0xff] } else { checksum };
            frame[HEADERS - 2..HEADERS].copy_from_slice(&checksum);
        }
    }

    /// Makes the answer to a request for an echo of it, of whose bytes the message is the last.
    pub fn echo(&self, frame: &mut [u8], start: usize) {
        let (packet, message) = frame.split_at_mut(start);
        let Ok((ethernet, packet)) = Ethernet::mut_from_prefix(packet) else { return };
        (ethernet.destination, ethernet.source) = (ethernet.source, self.mac);
        let Ok((ip, _)) = Ipv4::mut_from_prefix(packet) else { return };
        (ip.source, ip.destination) = (ip.destination, ip.source);
        ip.hops = HOPS;
        ip.checksum = [0, 0];
        let checksum = Sum::ZERO.add(packet).checksum();
        if let Ok((ip, _)) = Ipv4::mut_from_prefix(packet) {
            ip.checksum = checksum;
        }
        message[0] = 0;
        message[2..4].fill(0);
        let checksum = Sum::ZERO.add(message).checksum();
        message[2..4].copy_from_slice(&checksum);
    }

    /// A frame that asks who has an address: those who know it before already, or everybody.
    pub fn request(&self, address: Ipv4Addr, of: Option<[u8; 6]>) -> [u8; ARP] {
        let ours = self.home.map_or(Ipv4Addr::UNSPECIFIED, |home| home.address.address);
        let arp = Arp::new(Arp::REQUEST, (self.mac, ours.octets()), ([0; 6], address.octets()));
        self.frame(of.unwrap_or(wire::EVERYBODY), &arp)
    }

    /// What ARP says in a frame, and the answer if it is a question to us.
    pub fn arp(&self, frame: &[u8]) -> Option<(Arp, Option<[u8; ARP]>)> {
        let (arp, _) = Arp::ref_from_prefix(frame.get(wire::ETHERNET..)?).ok()?;
        let ours = self.home?.address.address;
        let sender = Ipv4Addr::from(arp.sender);
        let sensible =
            arp.is_ours() && arp.sender_mac[0] & 1 == 0 && sender != ours && !sender.is_multicast();
        if !sensible {
            return None;
        }
        let asked = arp.operation.get() == Arp::REQUEST && Ipv4Addr::from(arp.target) == ours;
        let answer = asked.then(|| {
            let reply = Arp::new(Arp::REPLY, (self.mac, arp.target), (arp.sender_mac, arp.sender));
            self.frame(arp.sender_mac, &reply)
        });
        Some((*arp, answer))
    }

    fn frame(&self, destination: [u8; 6], arp: &Arp) -> [u8; ARP] {
        let ethernet = Ethernet { destination, source: self.mac, kind: U16::new(kind::ARP) };
        let mut frame = [0; ARP];
        frame[..wire::ETHERNET].copy_from_slice(ethernet.as_bytes());
        frame[wire::ETHERNET..].copy_from_slice(arp.as_bytes());
        frame
    }
}

/// Bytes of a frame with ARP.
pub const ARP: usize = wire::ETHERNET + size_of::<Arp>();

#[inline]
fn pseudo_header(source: [u8; 4], destination: [u8; 4], length: u16) -> Sum {
    Sum::ZERO
        .add_address(source)
        .add_address(destination)
        .add_number(u16::from(protocol::UDP))
        .add_number(length)
}
