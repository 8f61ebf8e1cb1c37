//! The functions for C.

use crate::PosixAddresses;
use crate::text::{Line, parse_loose, write_v6};
use core::ffi::{CStr, c_char, c_int, c_void};
use core::fmt::Write;
use core::net::{Ipv4Addr, Ipv6Addr};
use core::ptr;
use oscomp_c_abi::addresses::{AF_INET, AF_INET6};
use oscomp_c_abi::numbers::{EAFNOSUPPORT, ENOSPC};
use oscomp_interfaces::{Errno, set_errno};
use oscomp_macros::exports;

/// Bytes of the longest text of an address, with its zero (`INET6_ADDRSTRLEN`).
const LONGEST: usize = 46;

/// The address in its order of bytes.
fn in_order(address: Ipv4Addr) -> u32 {
    u32::from_ne_bytes(address.octets())
}

#[exports]
impl<Numbers: Errno> PosixAddresses<Numbers> {
    /// Reads an address of a family; 1, or 0 if it is none, or −1 and `EAFNOSUPPORT`.
    ///
    /// # Safety
    /// The text is a string, and there is room for an address.
    pub unsafe fn inet_pton(&self, family: c_int, text: *const c_char, into: *mut c_void) -> c_int {
        // SAFETY: the caller's.
        let text = unsafe { CStr::from_ptr(text) }.to_str().unwrap_or_default();
        let (bytes, length) = match u16::try_from(family) {
            Ok(AF_INET) => match text.parse::<Ipv4Addr>() {
                Ok(address) => (address.to_ipv6_compatible().octets(), 4),
                Err(_) => return 0,
            },
            Ok(AF_INET6) => match text.parse::<Ipv6Addr>() {
                Ok(address) => (address.octets(), 16),
                Err(_) => return 0,
            },
            _ => {
                set_errno(self.numbers, EAFNOSUPPORT);
                return -1;
            }
        };
        // SAFETY: there is room, the caller says. One of version 4 is the last bytes.
        unsafe { ptr::copy_nonoverlapping(bytes[16 - length..].as_ptr(), into.cast(), length) };
        1
    }

    /// Writes an address of a family; the text, or null with `EAFNOSUPPORT` or `ENOSPC`.
    ///
    /// # Safety
    /// There is an address, and room for `size` bytes.
    pub unsafe fn inet_ntop(
        &self,
        family: c_int,
        address: *const c_void,
        into: *mut c_char,
        size: u32,
    ) -> *const c_char {
        let mut line = Line::<LONGEST>::new();
        let written = match u16::try_from(family) {
            Ok(AF_INET) => {
                // SAFETY: the caller's.
                let octets = unsafe { address.cast::<[u8; 4]>().read() };
                write!(line, "{}", Ipv4Addr::from(octets))
            }
            Ok(AF_INET6) => {
                // SAFETY: the caller's.
                let octets = unsafe { address.cast::<[u8; 16]>().read() };
                write_v6(Ipv6Addr::from(octets), &mut line)
            }
            _ => {
                set_errno(self.numbers, EAFNOSUPPORT);
                return ptr::null();
            }
        };
        let text = line.as_bytes();
        if written.is_err() || text.len() > size as usize {
            set_errno(self.numbers, ENOSPC);
            return ptr::null();
        }
        // SAFETY: there is room, as the caller says.
        unsafe { ptr::copy_nonoverlapping(text.as_ptr(), into.cast(), text.len()) };
        into
    }

    /// Reads an address of version 4 as old programs write it; 1, or 0 if it is none.
    ///
    /// # Safety
    /// The text is a string, and there is room for an address or null.
    pub unsafe fn inet_aton(&self, text: *const c_char, into: *mut u32) -> c_int {
        // SAFETY: the caller's.
        let Some(address) = parse_loose(unsafe { CStr::from_ptr(text) }.to_bytes()) else { return 0 };
        // SAFETY: the caller's.
        if let Some(into) = unsafe { into.as_mut() } {
            *into = in_order(address);
        }
        1
    }

    /// The same, with the address as what it returns; all bits set if it is none.
    ///
    /// # Safety
    /// The text is a string.
    pub unsafe fn inet_addr(&self, text: *const c_char) -> u32 {
        // SAFETY: the caller's.
        parse_loose(unsafe { CStr::from_ptr(text) }.to_bytes()).map_or(u32::MAX, in_order)
    }

    /// Writes an address of version 4; the text stays until the next call.
    pub fn inet_ntoa(&self, address: u32) -> *mut c_char {
        let mut line = Line::<{ crate::TEXT }>::new();
        // The longest fits.
        let _ = write!(line, "{}", Ipv4Addr::from(address.to_ne_bytes()));
        let text = self.text.get().cast::<c_char>();
        // SAFETY: nobody else uses it: see where it is declared `Sync`.
        unsafe { ptr::copy_nonoverlapping(line.as_bytes().as_ptr().cast(), text, line.as_bytes().len()) };
        text
    }
}
