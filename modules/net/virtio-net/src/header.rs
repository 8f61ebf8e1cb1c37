//! What is in front of each frame in a queue: `virtio_net_hdr`, section 5.1.6.

use crate::checksum::Place;

/// Its bytes.
pub const LENGTH: usize = 12;

/// Of the flags: the checksum is not whole, but nothing is wrong with what it covers.
const NEEDS_CHECKSUM: u8 = 1;
/// Of the flags: the checksum has been verified.
const IS_VALID: u8 = 2;

/// The frame behind a header that the device wrote, if it is one; `verified` if the device may vouch for
/// checksums, so that those for which it does not have to be looked at.
pub fn received(bytes: &mut [u8], verified: bool) -> Option<&mut [u8]> {
    let (header, frame) = bytes.split_at_mut_checked(LENGTH)?;
    let vouched = header[0] & (NEEDS_CHECKSUM | IS_VALID) != 0;
    if verified && !vouched && Place::find(frame).is_some_and(|place| !place.is_right(frame)) {
        return None;
    }
    Some(frame)
}

/// Writes a header for the frame behind it; `fills` if the device fills checksums in.
pub fn finish(bytes: &mut [u8], fills: bool) {
    let (header, frame) = bytes.split_at_mut(LENGTH);
    header.fill(0);
    if fills && let Some(place) = Place::find(frame) {
        place.prepare(frame);
        header[0] = NEEDS_CHECKSUM;
        header[6..8].copy_from_slice(&(place.start as u16).to_le_bytes());
        header[8..10].copy_from_slice(&(place.offset as u16).to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::vec::Vec;

    /// A header of zeroes, and a UDP datagram whose checksum is wrong.
    fn datagram() -> Vec<u8> {
        let mut bytes = Vec::from([0_u8; LENGTH + 12]);
        bytes.extend([0x08, 0x00]);
        bytes.extend([0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 2, 15, 10, 0, 2, 2]);
        bytes.extend([0, 1, 0, 2, 0, 8, 0xbe, 0xef]);
        bytes
    }

    #[test]
    fn what_the_device_does_not_vouch_for_is_verified() {
        let mut bytes = datagram();
        assert!(received(&mut bytes, true).is_none());
        assert_eq!(received(&mut bytes, false).map(|frame| frame.len()), Some(42), "the stack verifies it");
        for flags in [NEEDS_CHECKSUM, IS_VALID] {
            bytes[0] = flags;
            assert!(received(&mut bytes, true).is_some());
        }
        assert!(received(&mut bytes[..LENGTH - 1], true).is_none(), "shorter than a header");
    }

    #[test]
    fn the_device_is_told_what_to_fill_in() {
        let mut bytes = datagram();
        bytes[..LENGTH].fill(0xa5);
        finish(&mut bytes, true);
        assert_eq!(bytes[..LENGTH], [1, 0, 0, 0, 0, 0, 34, 0, 6, 0, 0, 0]);
        finish(&mut bytes, false);
        assert_eq!(bytes[..LENGTH], [0; LENGTH]);
    }
}
