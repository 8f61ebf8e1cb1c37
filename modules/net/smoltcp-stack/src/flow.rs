//! Whose a frame is, found out by a look at its headers. Whether they are right is smoltcp's to verify.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The two ends of a TCP connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flow {
    pub remote: (IpAddr, u16),
    pub local: (IpAddr, u16),
}

/// Whose a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A connection's; `begins` if it is the first segment of one.
    Tcp { flow: Flow, begins: bool },
    /// The socket's of that local port.
    Udp { port: u16 },
    /// The stack's own, which may be what was asked of a neighbour.
    Neighbours,
    /// The stack's own: it answers by itself or not at all.
    Stack,
    /// Nobody's: a piece of a datagram, which is not put together here.
    Nobody,
}

const TCP: u8 = 6;
const UDP: u8 = 17;
const ICMP_V6: u8 = 58;
const SYN: u8 = 2;
const RST: u8 = 4;
const ACK: u8 = 16;

impl Owner {
    /// The owner of a frame.
    pub fn of(frame: &[u8]) -> Self {
        Self::look(frame).unwrap_or(Self::Stack)
    }

    fn look(frame: &[u8]) -> Option<Self> {
        let (header, packet) = frame.split_first_chunk::<14>()?;
        let (protocol, remote, local, payload) = match [header[12], header[13]] {
            // An ARP packet (RFC 826) that is no reply answers nobody.
            [0x08, 0x06] if packet.get(6..8) == Some(&[0, 2]) => return Some(Self::Neighbours),
            [0x08, 0x00] => {
                let fixed = packet.first_chunk::<20>()?;
                // More fragments, or not the first.
                if u16::from_be_bytes([fixed[6], fixed[7]]) & 0x3fff != 0 {
                    return Some(Self::Nobody);
                }
                let address =
                    |at: usize| Ipv4Addr::new(fixed[at], fixed[at + 1], fixed[at + 2], fixed[at + 3]);
                let payload = packet.get(usize::from(fixed[0] & 0x0f) * 4..)?;
                (fixed[9], IpAddr::V4(address(12)), IpAddr::V4(address(16)), payload)
            }
            [0x86, 0xdd] if cfg!(feature = "ipv6") => {
                let fixed = packet.first_chunk::<40>()?;
                let address = |at: usize| -> Option<IpAddr> {
                    Some(IpAddr::V6(Ipv6Addr::from_octets(*fixed.get(at..)?.first_chunk()?)))
                };
                (fixed[6], address(8)?, address(24)?, &packet[40..])
            }
            _ => return Some(Self::Stack),
        };
        let port = |at: usize| Some(u16::from_be_bytes(*payload.get(at..)?.first_chunk()?));
        Some(match protocol {
            TCP => Self::Tcp {
                flow: Flow { remote: (remote, port(0)?), local: (local, port(2)?) },
                begins: payload.get(13)? & (SYN | ACK | RST) == SYN,
            },
            UDP => Self::Udp { port: port(2)? },
            ICMP_V6 => Self::Neighbours,
            _ => Self::Stack,
        })
    }
}

impl Flow {
    /// A hash that those who do not know the seed cannot foresee.
    pub fn hash(&self, seed: [u64; 2]) -> u64 {
        let words = |address: IpAddr| match address {
            IpAddr::V4(address) => [0, u64::from(address.to_bits())],
            IpAddr::V6(address) => [(address.to_bits() >> 64) as u64, address.to_bits() as u64],
        };
        let ports = u64::from(self.remote.1) << 16 | u64::from(self.local.1);
        let ([a, b], [c, d]) = (words(self.remote.0), words(self.local.0));
        mix(mix(seed[0] ^ ports ^ b, seed[1] ^ a.rotate_left(32) ^ d), seed[1] ^ c)
    }
}

/// Both halves of the product: every bit of it depends on every bit of both.
fn mix(one: u64, two: u64) -> u64 {
    let product = u128::from(one) * u128::from(two | 1);
    (product as u64) ^ (product >> 64) as u64
}

#[cfg(test)]
pub mod tests {
    extern crate std;

    use super::*;
    use std::collections::BTreeSet;
    use std::vec::Vec;

    /// A frame with a TCP header over IPv4.
    pub fn segment(flags: u8, ports: [u16; 2]) -> Vec<u8> {
        let mut frame = Vec::from([0_u8; 12]);
        frame.extend([0x08, 0x00]);
        frame.extend([0x45, 0, 0, 40, 0, 0, 0x40, 0, 64, TCP, 0, 0, 10, 0, 2, 2, 10, 0, 2, 15]);
        frame.extend(ports[0].to_be_bytes());
        frame.extend(ports[1].to_be_bytes());
        frame.extend([0, 0, 0, 0, 0, 0, 0, 0, 0x50, flags, 0, 0, 0, 0, 0, 0]);
        frame
    }

    #[test]
    fn segments_are_told_apart() {
        let flow =
            Flow { remote: (IpAddr::from([10, 0, 2, 2]), 40_000), local: (IpAddr::from([10, 0, 2, 15]), 80) };
        for (flags, begins) in [(SYN, true), (SYN | ACK, false), (ACK, false), (SYN | RST, false)] {
            assert_eq!(Owner::of(&segment(flags, [40_000, 80])), Owner::Tcp { flow, begins });
        }
    }

    #[test]
    fn the_rest_goes_where_it_belongs() {
        let mut frame = segment(ACK, [5, 7]);
        frame[23] = UDP;
        assert_eq!(Owner::of(&frame), Owner::Udp { port: 7 });
        frame[20] = 0x20;
        assert_eq!(Owner::of(&frame), Owner::Nobody);
        frame[20] = 0;
        frame[21] = 3;
        assert_eq!(Owner::of(&frame), Owner::Nobody);
        for (operation, owner) in [(1, Owner::Stack), (2, Owner::Neighbours)] {
            frame[12..14].copy_from_slice(&[0x08, 0x06]);
            frame[20..22].copy_from_slice(&[0, operation]);
            assert_eq!(Owner::of(&frame), owner);
        }
        let mut neighbour = std::vec![0; 54];
        neighbour[12..14].copy_from_slice(&[0x86, 0xdd]);
        neighbour[20] = ICMP_V6;
        let expected = if cfg!(feature = "ipv6") { Owner::Neighbours } else { Owner::Stack };
        assert_eq!(Owner::of(&neighbour), expected);
    }

    #[test]
    fn frames_that_are_cut_short_are_no_trouble() {
        let frame = segment(SYN, [1, 2]);
        for length in 0..frame.len() {
            let owner = Owner::of(&frame[..length]);
            assert!(owner == Owner::Stack || length >= 48, "{length}: {owner:?}");
        }
    }

    #[test]
    fn neighbouring_flows_spread() {
        let slots: BTreeSet<u64> = (0..4096_u16)
            .map(|port| {
                let flow = Flow {
                    remote: (IpAddr::from([10, 0, 2, 2]), 32_768 + port),
                    local: (IpAddr::from([10, 0, 2, 15]), 80),
                };
                flow.hash([0x0123_4567_89ab_cdef, 0xfedc_ba98_7654_3210]) % 4096
            })
            .collect();
        // Thrown at random 4096 balls leave 37 % of as many boxes empty.
        assert!(slots.len() > 2300, "{}", slots.len());
    }
}
