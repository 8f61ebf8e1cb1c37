//! Checksums of metadata: CRC-32C without the inversion at its end, each going on where another ended.

use crc::{Algorithm, CRC_32_ISCSI, Crc, Table};

const RAW: Algorithm<u32> = Algorithm { xorout: 0, ..CRC_32_ISCSI };
static CRC: Crc<u32, Table<1>> = Crc::<u32, Table<1>>::new(&RAW);

/// Where a checksum begins that goes on from no other.
pub const BEGIN: u32 = !0;

pub fn checksum(from: u32, bytes: &[u8]) -> u32 {
    // The crate takes where it begins as the polynomial is written, not as it is reflected.
    let mut digest = CRC.digest_with_initial(from.reverse_bits());
    digest.update(bytes);
    digest.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checksum_goes_on() {
        // The check value of CRC-32C, before the inversion.
        assert_eq!(checksum(BEGIN, b"123456789"), !0xe306_9283);
        assert_eq!(checksum(checksum(BEGIN, b"1234"), b"56789"), !0xe306_9283);
    }
}
