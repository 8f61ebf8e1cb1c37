//! The Internet checksum (RFC 1071): a sum in one's complement, in which the order of bytes within words does not
//! matter as long as it is the same everywhere. Here it is the machine's.

/// A sum of 16-bit words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sum(u64);

impl Sum {
    /// Of nothing.
    pub const ZERO: Self = Self(0);

    /// With bytes added; none, or an even count, were added before.
    #[inline]
    #[must_use]
    pub fn add(self, bytes: &[u8]) -> Self {
        let (words, rest) = bytes.as_chunks::<8>();
        // Halves of 32 bits: no packet is long enough for their sum to overflow.
        let sum = words.iter().fold(self.0, |sum, word| {
            let word = u64::from_ne_bytes(*word);
            sum + (word & 0xffff_ffff) + (word >> 32)
        });
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        let last = u64::from_ne_bytes(last);
        Self(sum + (last & 0xffff_ffff) + (last >> 32))
    }

    /// With a number added that stands in a packet with its high byte first.
    #[inline]
    #[must_use]
    pub const fn add_number(self, number: u16) -> Self {
        Self(self.0 + number.to_be() as u64)
    }

    /// With the four bytes of an address added.
    #[inline]
    #[must_use]
    pub const fn add_address(self, address: [u8; 4]) -> Self {
        Self(self.0 + u32::from_ne_bytes(address) as u64)
    }

    /// The sum in 16 bits, as it stands in a packet: all ones where a checksum is part of it and right.
    #[inline]
    #[must_use]
    pub const fn fold(self) -> [u8; 2] {
        let sum = (self.0 & 0xffff_ffff) + (self.0 >> 32);
        let sum = (sum & 0xffff) + ((sum >> 16) & 0xffff) + (sum >> 32);
        let sum = (sum & 0xffff) + (sum >> 16);
        let sum = (sum & 0xffff) + (sum >> 16);
        (sum as u16).to_ne_bytes()
    }

    /// Whether what was summed up has a checksum that is right.
    #[inline]
    #[must_use]
    pub const fn is_right(self) -> bool {
        u16::from_ne_bytes(self.fold()) == 0xffff
    }

    /// The checksum that makes it right.
    #[inline]
    #[must_use]
    pub const fn checksum(self) -> [u8; 2] {
        let [a, b] = self.fold();
        [!a, !b]
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use proptest::prelude::{any, prop, proptest};

    #[test]
    fn the_example_of_the_standard() {
        let sum = Sum::ZERO.add(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]);
        assert_eq!(sum.fold(), [0xdd, 0xf2]);
        assert_eq!(sum.checksum(), [0x22, 0x0d]);
    }

    proptest! {
        #[test]
        fn as_by_hand(bytes in prop::collection::vec(any::<u8>(), 0..1600), number: u16, address: [u8; 4]) {
            let mut sum = u64::from(number);
            for pair in bytes.chunks(2).chain(address.chunks(2)) {
                sum += u64::from(u16::from_be_bytes([pair[0], *pair.get(1).unwrap_or(&0)]));
            }
            while sum > 0xffff {
                sum = (sum & 0xffff) + (sum >> 16);
            }
            let ours = Sum::ZERO.add_address(address).add_number(number).add(&bytes);
            assert_eq!(ours.fold(), (sum as u16).to_be_bytes());
        }
    }
}
