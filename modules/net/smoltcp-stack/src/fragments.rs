//! Datagrams of IPv4 that come in fragments (RFC 791, section 3.2), put together.
//!
//! Fragments that overlap are nobody's honest work (RFC 5722): the datagram is dropped.

use alloc::collections::VecDeque;
use alloc::vec;
use alloc::vec::Vec;
use smoltcp::time::{Duration, Instant};
use smoltcp::wire::{
    EthernetFrame, EthernetProtocol, IpProtocol, Ipv4Address, Ipv4Packet, TcpPacket, UdpPacket,
};

/// Datagrams that can be incomplete at one time; one more takes the place of the oldest.
const MOST: usize = 4;
/// The bytes of a datagram, at the most.
const LIMIT: usize = 16 * 1024;
/// How long the rest of a datagram may take to come.
const PATIENCE: Duration = Duration::from_secs(30);

const ETHERNET: usize = 14;
const IPV4: usize = 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Key {
    source: Ipv4Address,
    destination: Ipv4Address,
    protocol: IpProtocol,
    identification: u16,
}

struct Partial {
    key: Key,
    since: Instant,
    /// A frame, as long as has come so far.
    frame: Vec<u8>,
    /// Where its pieces begin and end, in order.
    pieces: Vec<(usize, usize)>,
    /// How long it is, once the last piece has come.
    length: Option<usize>,
}

/// The datagrams of which a part has come.
#[derive(Default)]
pub struct Fragments(VecDeque<Partial>);

impl Fragments {
    /// Takes a fragment; the frame with the whole datagram if it was the last that was missing.
    pub fn add(&mut self, frame: &[u8], now: Instant) -> Option<Vec<u8>> {
        let ethernet = EthernetFrame::new_checked(frame).ok()?;
        if ethernet.ethertype() != EthernetProtocol::Ipv4 {
            return None;
        }
        let packet = Ipv4Packet::new_checked(ethernet.payload()).ok()?;
        if packet.version() != 4 || !packet.verify_checksum() {
            return None;
        }
        let key = Key {
            source: packet.src_addr(),
            destination: packet.dst_addr(),
            protocol: packet.next_header(),
            identification: packet.ident(),
        };
        let (begin, bytes) = (usize::from(packet.frag_offset()), packet.payload());
        let end = begin + bytes.len();
        let is_last = !packet.more_frags();
        // All but the last are cut where the next can say that it begins.
        if bytes.is_empty() || end > LIMIT || (!is_last && !bytes.len().is_multiple_of(8)) {
            return None;
        }
        self.0.retain(|partial| now - partial.since <= PATIENCE);
        let index = self.0.iter().position(|partial| partial.key == key).unwrap_or_else(|| {
            if self.0.len() == MOST {
                self.0.pop_front();
            }
            let frame = vec![0; ETHERNET + IPV4];
            self.0.push_back(Partial { key, since: now, frame, pieces: Vec::new(), length: None });
            self.0.len() - 1
        });
        let partial = &mut self.0[index];
        let place = partial.pieces.partition_point(|piece| piece.0 < begin);
        if partial.pieces.get(place) == Some(&(begin, end)) {
            // Once more the same.
            return None;
        }
        let overlaps = partial.pieces.get(place).is_some_and(|next| end > next.0)
            || place.checked_sub(1).is_some_and(|before| partial.pieces[before].1 > begin)
            || partial.length.is_some_and(|length| is_last || end > length)
            || (is_last && partial.pieces.last().is_some_and(|piece| piece.1 > end));
        if overlaps {
            self.0.remove(index);
            return None;
        }
        partial.pieces.insert(place, (begin, end));
        let (begin, end) = (ETHERNET + IPV4 + begin, ETHERNET + IPV4 + end);
        if partial.frame.len() < end {
            partial.frame.resize(end, 0);
        }
        partial.frame[begin..end].copy_from_slice(bytes);
        if begin == ETHERNET + IPV4 {
            // The header is that of the first, without its options.
            partial.frame[..ETHERNET + IPV4].copy_from_slice(&frame[..ETHERNET + IPV4]);
        }
        if is_last {
            partial.length = Some(end - ETHERNET - IPV4);
        }
        let is_whole = partial.pieces.iter().try_fold(0, |at, piece| (piece.0 == at).then_some(piece.1));
        if partial.length.is_none() || is_whole != partial.length {
            return None;
        }
        let mut frame = self.0.remove(index)?.frame;
        let length = (frame.len() - ETHERNET) as u16;
        let mut packet = Ipv4Packet::new_unchecked(&mut frame[ETHERNET..]);
        packet.set_header_len(IPV4 as u8);
        packet.set_total_len(length);
        packet.clear_flags();
        packet.set_frag_offset(0);
        packet.fill_checksum();
        is_sound(&frame).then_some(frame)
    }
}

/// Whether what a device cannot have verified is right.
fn is_sound(frame: &[u8]) -> bool {
    let Ok(packet) = Ipv4Packet::new_checked(&frame[ETHERNET..]) else { return false };
    let (source, destination) = (packet.src_addr().into(), packet.dst_addr().into());
    match packet.next_header() {
        IpProtocol::Udp => UdpPacket::new_checked(packet.payload())
            .is_ok_and(|datagram| datagram.verify_checksum(&source, &destination)),
        IpProtocol::Tcp => TcpPacket::new_checked(packet.payload())
            .is_ok_and(|segment| segment.verify_checksum(&source, &destination)),
        _ => true,
    }
}

#[cfg(test)]
pub mod tests {
    extern crate std;

    use super::*;
    use smoltcp::wire::EthernetAddress;

    const ENDS: [Ipv4Address; 2] = [Ipv4Address::new(10, 0, 0, 2), Ipv4Address::new(10, 0, 0, 1)];

    /// A datagram from port 5 to port 7, in fragments of so many bytes.
    pub fn cut(bytes: &[u8], piece: usize, identification: u16) -> Vec<Vec<u8>> {
        let mut datagram = vec![0; 8 + bytes.len()];
        let mut packet = UdpPacket::new_unchecked(&mut datagram[..]);
        packet.set_src_port(5);
        packet.set_dst_port(7);
        packet.set_len(8 + bytes.len() as u16);
        packet.payload_mut().copy_from_slice(bytes);
        packet.fill_checksum(&ENDS[0].into(), &ENDS[1].into());
        let count = datagram.len().div_ceil(piece);
        let pieces = datagram.chunks(piece).enumerate();
        let frame = |(number, bytes): (usize, &[u8])| {
            let mut frame = vec![0; ETHERNET + IPV4 + bytes.len()];
            let mut ethernet = EthernetFrame::new_unchecked(&mut frame[..]);
            ethernet.set_dst_addr(EthernetAddress([2, 0, 0, 0, 0, 0]));
            ethernet.set_ethertype(EthernetProtocol::Ipv4);
            let mut packet = Ipv4Packet::new_unchecked(ethernet.payload_mut());
            packet.set_version(4);
            packet.set_header_len(20);
            packet.set_total_len((IPV4 + bytes.len()) as u16);
            packet.set_ident(identification);
            packet.set_more_frags(number + 1 < count);
            packet.set_frag_offset((number * piece) as u16);
            packet.set_hop_limit(64);
            packet.set_next_header(IpProtocol::Udp);
            packet.set_src_addr(ENDS[0]);
            packet.set_dst_addr(ENDS[1]);
            packet.payload_mut().copy_from_slice(bytes);
            packet.fill_checksum();
            frame
        };
        pieces.map(frame).collect()
    }

    fn payload(frame: &[u8]) -> &[u8] {
        let packet = Ipv4Packet::new_checked(&frame[ETHERNET..]).unwrap();
        assert!(packet.verify_checksum() && !packet.more_frags() && packet.frag_offset() == 0);
        UdpPacket::new_checked(packet.payload()).unwrap().payload()
    }

    fn bytes(count: usize) -> Vec<u8> {
        (0..count).map(|index| (index * 7 / 3) as u8).collect()
    }

    const NOW: Instant = Instant::ZERO;

    #[test]
    fn in_whatever_order_they_come() {
        let sent = bytes(500);
        let pieces = cut(&sent, 136, 1);
        assert_eq!(pieces.len(), 4);
        let mut orders = 0;
        for order in 0..256_usize {
            let order = [order & 3, order >> 2 & 3, order >> 4 & 3, order >> 6];
            if (0..4).any(|piece| !order.contains(&piece)) {
                continue;
            }
            orders += 1;
            let mut fragments = Fragments::default();
            for (step, piece) in order.into_iter().enumerate() {
                let whole = fragments.add(&pieces[piece], NOW);
                assert_eq!(whole.is_some(), step == 3);
                if let Some(whole) = whole {
                    assert_eq!(payload(&whole), sent);
                } else {
                    assert!(fragments.add(&pieces[piece], NOW).is_none(), "the same once more");
                }
            }
            assert!(fragments.0.is_empty());
        }
        assert_eq!(orders, 24);
    }

    #[test]
    fn datagrams_are_told_apart_and_the_oldest_makes_way() {
        let mut fragments = Fragments::default();
        let all: Vec<_> = (0..5).map(|number| cut(&bytes(100), 64, number)).collect();
        for pieces in &all {
            assert!(fragments.add(&pieces[0], NOW).is_none());
        }
        assert!(fragments.add(&all[0][1], NOW).is_none(), "it has made way");
        assert!(fragments.add(&all[4][1], NOW).is_some());
        let late = NOW + PATIENCE + Duration::from_millis(1);
        assert!(fragments.add(&all[3][1], late).is_none(), "its time is over");
        assert_eq!(fragments.0.len(), 1);
    }

    #[test]
    fn what_does_not_fit_together_is_dropped() {
        let (one, other) = (cut(&bytes(200), 64, 1), cut(&bytes(200), 80, 1));
        let mut fragments = Fragments::default();
        fragments.add(&one[1], NOW);
        fragments.add(&other[0], NOW);
        assert!(fragments.0.is_empty(), "they overlap");
        fragments.add(&one[3], NOW);
        fragments.add(&cut(&bytes(400), 64, 1)[4], NOW);
        assert!(fragments.0.is_empty(), "behind the end");
        fragments.add(&one[2], NOW);
        fragments.add(&cut(&bytes(60), 64, 1)[1], NOW);
        assert!(fragments.0.is_empty(), "an end before what has come");
        // A wrong sum, which no device can have looked at.
        let mut wrong = cut(&bytes(200), 64, 1);
        wrong[1][40] ^= 1;
        assert!(wrong.iter().all(|piece| fragments.add(piece, NOW).is_none()) && fragments.0.is_empty());
        // Too long, and cut where nothing can begin.
        assert!(fragments.add(&cut(&bytes(LIMIT), 1480, 1)[11], NOW).is_none());
        assert!(fragments.add(&cut(&bytes(200), 63, 1)[0], NOW).is_none());
        assert!(fragments.0.is_empty());
    }

    #[test]
    fn fragments_of_any_sort_do_no_harm() {
        let mut fragments = Fragments::default();
        let mut random = 1_u32;
        let mut next = || {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (random >> 8) as usize
        };
        for _ in 0..50_000 {
            let pieces = cut(&bytes(next() % 300 + 1), [64, 72, 40][next() % 3], (next() % 6) as u16);
            let mut piece = pieces[next() % pieces.len()].clone();
            if next() % 2 == 0 {
                let byte = next() % piece.len();
                piece[byte] = next() as u8;
                let mut packet = Ipv4Packet::new_unchecked(&mut piece[ETHERNET..]);
                if packet.header_len() == 20 {
                    packet.fill_checksum();
                }
            }
            piece.truncate(piece.len() - (next() % 40).saturating_sub(20).min(piece.len()));
            fragments.add(&piece, NOW);
            assert!(fragments.0.len() <= MOST);
            assert!(fragments.0.iter().all(|partial| partial.frame.len() <= ETHERNET + IPV4 + LIMIT));
        }
    }
}
