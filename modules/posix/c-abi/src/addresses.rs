//! Addresses as C has them: `struct sockaddr_in` and `struct sockaddr_in6` (POSIX.1-2024, `<netinet/in.h>`).

use crate::numbers::{EAFNOSUPPORT, EFAULT, EINVAL};
use core::ffi::{c_int, c_void};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use core::slice;

/// What was asked for, or the number of an error.
type Result<T> = core::result::Result<T, c_int>;

/// No family.
pub const AF_UNSPEC: u16 = 0;
/// IPv4.
pub const AF_INET: u16 = 2;
/// IPv6.
pub const AF_INET6: u16 = 10;

/// Bytes of a `struct sockaddr_in`.
const V4: usize = 16;
/// Bytes of a `struct sockaddr_in6`, the longest address.
pub const V6: usize = 28;
/// Those that it has to have: some programs leave out the scope (RFC 2133).
const LEAST_V6: usize = 24;

/// The version of IP by which a socket is addressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6, and IPv4 within it (RFC 4291, section 2.5.5.2).
    V6,
}

impl Family {
    /// Its number.
    #[must_use]
    pub const fn number(self) -> u16 {
        match self {
            Self::V4 => AF_INET,
            Self::V6 => AF_INET6,
        }
    }

    /// The version that an address has.
    #[must_use]
    pub const fn of(address: SocketAddr) -> Self {
        if address.is_ipv4() { Self::V4 } else { Self::V6 }
    }

    /// What stands for all addresses.
    #[must_use]
    pub const fn unspecified(self) -> IpAddr {
        match self {
            Self::V4 => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            Self::V6 => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        }
    }
}

/// Reads an address; none if it is of no family, by which a socket is disconnected.
///
/// # Errors
/// `EINVAL`, `EFAULT`, `EAFNOSUPPORT`.
///
/// # Safety
/// There are `length` bytes, unless the pointer is null.
pub unsafe fn read(pointer: *const c_void, length: u32, family: Family) -> Result<Option<SocketAddr>> {
    let length = length as usize;
    if length < 2 {
        return Err(EINVAL);
    }
    if pointer.is_null() {
        return Err(EFAULT);
    }
    // SAFETY: by the contract.
    let bytes = unsafe { slice::from_raw_parts(pointer.cast::<u8>(), length.min(V6)) };
    let kind = u16::from_ne_bytes([bytes[0], bytes[1]]);
    if kind == AF_UNSPEC {
        return Ok(None);
    }
    let least = if family == Family::V4 { V4 } else { LEAST_V6 };
    if length < least {
        return Err(EINVAL);
    }
    if kind != family.number() {
        return Err(EAFNOSUPPORT);
    }
    let port = u16::from_be_bytes([bytes[2], bytes[3]]);
    Ok(Some(match family {
        Family::V4 => SocketAddr::from(([bytes[4], bytes[5], bytes[6], bytes[7]], port)),
        Family::V6 => {
            let mut octets = [0; 16];
            octets.copy_from_slice(&bytes[8..24]);
            let scope = bytes
                .get(24..28)
                .map_or(0, |scope| u32::from_ne_bytes([scope[0], scope[1], scope[2], scope[3]]));
            let address = Ipv6Addr::from(octets);
            match address.to_ipv4_mapped() {
                Some(mapped) => SocketAddr::from((mapped, port)),
                None => SocketAddr::V6(SocketAddrV6::new(address, port, 0, scope)),
            }
        }
    }))
}

/// An address in the bytes of its family, and how many they are.
#[must_use]
pub fn encode(address: SocketAddr, family: Family) -> ([u8; V6], usize) {
    let mut bytes = [0; V6];
    bytes[..2].copy_from_slice(&family.number().to_ne_bytes());
    bytes[2..4].copy_from_slice(&address.port().to_be_bytes());
    let length = match (family, address) {
        (Family::V4, SocketAddr::V4(address)) => {
            bytes[4..8].copy_from_slice(&address.ip().octets());
            V4
        }
        // One that a socket of this family does not meet.
        (Family::V4, SocketAddr::V6(_)) => V4,
        (Family::V6, SocketAddr::V4(address)) => {
            bytes[8..24].copy_from_slice(&address.ip().to_ipv6_mapped().octets());
            V6
        }
        (Family::V6, SocketAddr::V6(address)) => {
            bytes[8..24].copy_from_slice(&address.ip().octets());
            bytes[24..].copy_from_slice(&address.scope_id().to_ne_bytes());
            V6
        }
    };
    (bytes, length)
}

/// Writes as much of an address as there is room for, and how long it is in full; nothing without a place for it.
///
/// # Errors
/// `EFAULT`, `EINVAL`.
///
/// # Safety
/// `pointer` is null or has as many bytes as `length` says, which can be changed.
pub unsafe fn write(
    address: SocketAddr,
    family: Family,
    pointer: *mut c_void,
    length: *mut u32,
) -> Result<()> {
    if pointer.is_null() {
        return Ok(());
    }
    // SAFETY: by the contract.
    let length = unsafe { length.as_mut() }.ok_or(EFAULT)?;
    if length.cast_signed() < 0 {
        return Err(EINVAL);
    }
    let (bytes, full) = encode(address, family);
    let room = full.min(*length as usize);
    // SAFETY: by the contract.
    unsafe { slice::from_raw_parts_mut(pointer.cast::<u8>(), room) }.copy_from_slice(&bytes[..room]);
    *length = full as u32;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    extern crate std;
    use core::mem::{size_of, zeroed};

    #[test]
    fn addresses_lie_as_the_host_has_them() {
        // SAFETY: all zeroes are an address.
        let mut host: libc::sockaddr_in = unsafe { zeroed() };
        host.sin_family = AF_INET;
        host.sin_port = 8080_u16.to_be();
        host.sin_addr.s_addr = u32::from_ne_bytes([10, 0, 2, 15]);
        let address = SocketAddr::from(([10, 0, 2, 15], 8080));
        // SAFETY: there are as many bytes.
        let known = unsafe { read((&raw const host).cast(), 16, Family::V4) };
        assert_eq!(known, Ok(Some(address)));
        // SAFETY: all zeroes are an address.
        let mut told: libc::sockaddr_in = unsafe { zeroed() };
        let mut length = size_of::<libc::sockaddr_in>() as u32;
        // SAFETY: there is as much room.
        unsafe { write(address, Family::V4, (&raw mut told).cast(), &raw mut length) }.unwrap();
        assert_eq!((told.sin_port, told.sin_addr.s_addr, length), (host.sin_port, host.sin_addr.s_addr, 16));
    }

    #[test]
    fn version_4_lies_within_version_6() {
        // SAFETY: all zeroes are an address.
        let mut host: libc::sockaddr_in6 = unsafe { zeroed() };
        host.sin6_family = AF_INET6;
        host.sin6_port = 53_u16.to_be();
        for (text, expected) in [("::ffff:10.0.2.3", "10.0.2.3:53"), ("fe80::1", "[fe80::1%7]:53")] {
            host.sin6_addr.s6_addr = text.parse::<Ipv6Addr>().unwrap().octets();
            host.sin6_scope_id = 7;
            // SAFETY: there are as many bytes.
            let known = unsafe { read((&raw const host).cast(), 28, Family::V6) }.unwrap().unwrap();
            assert_eq!(std::format!("{known}"), expected);
            // SAFETY: all zeroes are an address.
            let mut told: libc::sockaddr_in6 = unsafe { zeroed() };
            let mut length = 28;
            // SAFETY: there is as much room.
            unsafe { write(known, Family::V6, (&raw mut told).cast(), &raw mut length) }.unwrap();
            assert_eq!((told.sin6_addr.s6_addr, told.sin6_port), (host.sin6_addr.s6_addr, host.sin6_port));
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let bytes = [2_u8, 0, 0, 80, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0];
        // SAFETY: there are no more bytes than that.
        let known = |length, family| unsafe { read(bytes.as_ptr().cast(), length, family) };
        assert_eq!(known(15, Family::V4), Err(EINVAL));
        assert_eq!(known(0, Family::V4), Err(EINVAL));
        assert_eq!(known(16, Family::V6), Err(EINVAL));
        // SAFETY: null is allowed.
        assert_eq!(unsafe { read(core::ptr::null(), 16, Family::V4) }, Err(EFAULT));
        let mut room = [0xa5_u8; 16];
        let mut length = 4;
        // SAFETY: there is room for four bytes.
        let told = unsafe {
            write(SocketAddr::from(([1, 2, 3, 4], 80)), Family::V4, room.as_mut_ptr().cast(), &raw mut length)
        };
        assert_eq!((told, length, &room[..5]), (Ok(()), 16, &[2, 0, 0, 80, 0xa5][..]));
    }
}
