//! The checksums of TCP and UDP (RFC 1071) in Ethernet frames: where they are, for the device to fill in,
//! and whether they are right where it does not know.

/// Where a frame has a checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The first byte that it covers.
    pub start: usize,
    /// The field, from there.
    pub offset: usize,
    /// Behind the last byte that it covers.
    end: usize,
    /// The sum of the pseudo-header.
    pseudo: u32,
}

const ETHERNET: usize = 14;
const TCP: u8 = 6;
const UDP: u8 = 17;

impl Place {
    /// The place in a frame; none if it is neither TCP nor UDP, is a fragment, or is cut short.
    pub fn find(frame: &[u8]) -> Option<Self> {
        let packet = frame.get(ETHERNET..)?;
        let (protocol, header, length, addresses) = match frame[12..ETHERNET] {
            [0x08, 0x00] => {
                let fixed = packet.first_chunk::<20>()?;
                let header = usize::from(fixed[0] & 0x0f) * 4;
                let total = usize::from(u16::from_be_bytes([fixed[2], fixed[3]]));
                if fixed[0] >> 4 != 4 || header < 20 || u16::from_be_bytes([fixed[6], fixed[7]]) & 0x3fff != 0
                {
                    return None;
                }
                (fixed[9], header, total.checked_sub(header)?, sum(&fixed[12..]))
            }
            [0x86, 0xdd] => {
                let fixed = packet.first_chunk::<40>()?;
                if fixed[0] >> 4 != 6 {
                    return None;
                }
                (fixed[6], 40, usize::from(u16::from_be_bytes([fixed[4], fixed[5]])), sum(&fixed[8..]))
            }
            _ => return None,
        };
        let (offset, least) = match protocol {
            TCP => (16, 20),
            UDP => (6, 8),
            _ => return None,
        };
        let start = ETHERNET + header;
        if length < least || frame.len() < start + length {
            return None;
        }
        let pseudo = addresses + u32::from(protocol) + length as u32;
        Some(Self { start, offset, end: start + length, pseudo })
    }

    /// Has the field hold what the device adds to: the sum of the pseudo-header.
    pub fn prepare(self, frame: &mut [u8]) {
        let field = self.start + self.offset;
        frame[field..field + 2].copy_from_slice(&fold(self.pseudo).to_be_bytes());
    }

    /// Whether the checksum is right; one of UDP may be left out.
    pub fn is_right(self, frame: &[u8]) -> bool {
        let covered = &frame[self.start..self.end];
        let left_out = self.offset == 6 && covered[6..8] == [0, 0];
        left_out || fold(self.pseudo + sum(covered)) == 0xffff
    }
}

/// Sum of the 16-bit words; a packet is too short for it to overflow.
#[inline]
fn sum(bytes: &[u8]) -> u32 {
    let (words, rest) = bytes.as_chunks::<2>();
    let last = rest.first().map_or(0, |byte| u32::from(*byte) << 8);
    words.iter().map(|word| u32::from(u16::from_be_bytes(*word))).sum::<u32>() + last
}

fn fold(mut sum: u32) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum as u16
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::vec::Vec;

    /// A frame with a UDP datagram of 5 bytes, with a right checksum.
    fn udp() -> Vec<u8> {
        let mut frame = Vec::from([0_u8; 12]);
        frame.extend([0x08, 0x00]);
        frame.extend([0x45, 0, 0, 33, 0, 0, 0x40, 0, 64, UDP, 0, 0, 10, 0, 2, 15, 10, 0, 2, 2]);
        frame.extend([0x1f, 0x90, 0x00, 0x07, 0, 13, 0, 0]);
        frame.extend(*b"hello");
        let place = Place::find(&frame).unwrap();
        assert_eq!((place.start, place.offset), (34, 6));
        finish(&mut frame);
        frame
    }

    /// What a device does with a frame that was prepared.
    fn finish(frame: &mut [u8]) {
        let place = Place::find(frame).unwrap();
        place.prepare(frame);
        let total = !fold(sum(&frame[place.start..place.end]));
        let field = place.start + place.offset;
        frame[field..field + 2].copy_from_slice(&total.to_be_bytes());
    }

    #[test]
    fn a_prepared_frame_becomes_right() {
        let frame = udp();
        assert!(Place::find(&frame).unwrap().is_right(&frame));
        // By hand: the words, with those of the pseudo-header, are 0x17ba4.
        assert_eq!(frame[40..42], [0x84, 0x5a]);
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let frame = udp();
        for bit in 34 * 8..frame.len() * 8 {
            let mut frame = frame.clone();
            frame[bit / 8] ^= 1 << (bit % 8);
            assert!(Place::find(&frame).is_none_or(|place| !place.is_right(&frame)), "bit {bit}");
        }
    }

    #[test]
    fn a_udp_checksum_may_be_left_out() {
        let mut frame = udp();
        frame[40..42].fill(0);
        assert!(Place::find(&frame).unwrap().is_right(&frame));
    }

    #[test]
    fn padding_is_not_covered() {
        let mut frame = udp();
        frame.extend([0xa5; 13]);
        assert!(Place::find(&frame).unwrap().is_right(&frame));
    }

    #[test]
    fn tcp_over_ipv6() {
        let mut frame = Vec::from([0_u8; 12]);
        frame.extend([0x86, 0xdd, 0x60, 0, 0, 0, 0, 21, TCP, 64]);
        frame.extend((0..32_u8).map(|byte| byte.wrapping_mul(37)));
        frame.extend((0..21_u8).map(|byte| byte.wrapping_mul(91)));
        assert_eq!(Place::find(&frame).map(|place| (place.start, place.offset)), Some((54, 16)));
        finish(&mut frame);
        assert!(Place::find(&frame).unwrap().is_right(&frame));
    }

    #[test]
    fn what_has_none_is_left_alone() {
        let whole = udp();
        for length in 0..whole.len() {
            assert_eq!(Place::find(&whole[..length]), None, "{length} bytes");
        }
        for (byte, value) in [(13, 6), (14, 0x55), (14, 0x44), (20, 0x20), (21, 1), (23, 1), (17, 27)] {
            let mut frame = udp();
            frame[byte] = value;
            assert_eq!(Place::find(&frame), None, "byte {byte}");
        }
    }
}
