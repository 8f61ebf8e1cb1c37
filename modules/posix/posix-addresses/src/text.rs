//! Reading and writing addresses.

use core::fmt::{self, Write};
use core::net::{Ipv4Addr, Ipv6Addr};

/// An address of version 4 as old programs write it: one to four numbers, of which the last stands for all bytes that are
/// left, in the base that C's numbers have. What follows white space does not count.
pub fn parse_loose(text: &[u8]) -> Option<Ipv4Addr> {
    let end = text.iter().position(|byte| matches!(byte, b' ' | b'\t'..=b'\r')).unwrap_or(text.len());
    let mut parts = [0_u32; 4];
    let mut count = 0;
    for part in text[..end].split(|byte| *byte == b'.') {
        *parts.get_mut(count)? = number(part)?;
        count += 1;
    }
    let (last, bytes) = parts[..count].split_last()?;
    let mut address = 0;
    for (index, byte) in bytes.iter().enumerate() {
        address |= u32::from(u8::try_from(*byte).ok()?) << (24 - 8 * index);
    }
    let room = u32::MAX.checked_shr(8 * bytes.len() as u32)?;
    (*last <= room).then(|| Ipv4Addr::from_bits(address | last))
}

/// A number in the base that its beginning says.
fn number(text: &[u8]) -> Option<u32> {
    let (digits, base) = match text {
        [b'0', b'x' | b'X', digits @ ..] => (digits, 16),
        [b'0', digits @ ..] if !digits.is_empty() => (digits, 8),
        digits => (digits, 10),
    };
    let digits = core::str::from_utf8(digits).ok()?;
    // A sign is no digit.
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    u32::from_str_radix(digits, base).ok()
}

/// Writes an address of version 6 as the GNU C library does: as RFC 5952 has it, and one of version 4 that lies in the
/// last bytes with dots.
pub fn write_v6(address: Ipv6Addr, out: &mut impl Write) -> fmt::Result {
    let [a, b, c, d] = [12, 13, 14, 15].map(|index| address.octets()[index]);
    let is_compatible = address.segments()[..6] == [0; 6] && (a, b) != (0, 0);
    if is_compatible {
        return write!(out, "::{}", Ipv4Addr::new(a, b, c, d));
    }
    write!(out, "{address}")
}

/// Room for text that ends by a zero.
pub struct Line<const SIZE: usize> {
    bytes: [u8; SIZE],
    length: usize,
}

impl<const SIZE: usize> Line<SIZE> {
    /// None yet.
    pub const fn new() -> Self {
        Self { bytes: [0; SIZE], length: 0 }
    }

    /// The text and its zero.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..=self.length]
    }
}

impl<const SIZE: usize> Write for Line<SIZE> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.length + text.len();
        // The last byte stays zero.
        let room = self.bytes[..SIZE - 1].get_mut(self.length..end).ok_or(fmt::Error)?;
        room.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}
