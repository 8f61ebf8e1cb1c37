//! What the host's library reads and writes.

use crate::PosixAddresses;
use core::ffi::{CStr, c_char, c_int, c_void};
use core::net::{Ipv4Addr, Ipv6Addr};
use oscomp_c_abi::numbers::{EAFNOSUPPORT, ENOSPC};
use oscomp_c_errno::CErrno;
use oscomp_interfaces::errno;
use proptest::prelude::*;
use std::boxed::Box;
use std::ffi::CString;
use std::string::String;

unsafe extern "C" {
    fn inet_pton(family: c_int, text: *const c_char, into: *mut c_void) -> c_int;
    fn inet_ntop(family: c_int, address: *const c_void, into: *mut c_char, size: u32) -> *const c_char;
    fn inet_aton(text: *const c_char, into: *mut u32) -> c_int;
}

type Tested = PosixAddresses<&'static CErrno>;

fn start() -> (Tested, &'static CErrno) {
    let numbers: &'static CErrno = Box::leak(Box::new(CErrno::start().unwrap()));
    (PosixAddresses::start(numbers).unwrap(), numbers)
}

/// Text that is nearly an address.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<[u8; 4]>().prop_map(|octets| std::format!("{}", Ipv4Addr::from(octets))),
        any::<[u16; 8]>().prop_map(|words| std::format!("{}", Ipv6Addr::from(words))),
        "(0x)?[0-9a-f]{0,4}(\\.(0x)?[0-9]{0,4}){0,4} ?",
        "[0-9]{1,10}",
        "([0-9a-f]{0,5}:){0,9}[0-9a-f]{0,4}",
        "(::)?([0-9a-f]{1,4}:){0,4}(:)?[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}",
    ]
}

/// Addresses with many zeroes.
fn words() -> impl Strategy<Value = [u16; 8]> {
    prop::array::uniform8(prop_oneof![3 => Just(0_u16), 1 => Just(0xffff), 1 => any::<u16>()])
}

proptest! {
    #[test]
    fn what_is_read_is_what_the_host_reads(text in text()) {
        let (tested, _) = start();
        let text = CString::new(text).unwrap();
        for family in [libc::AF_INET, libc::AF_INET6] {
            let (mut ours, mut host) = ([0_u8; 16], [0_u8; 16]);
            // SAFETY: strings, and room for addresses.
            let (one, two) = unsafe { (
                tested.inet_pton(family, text.as_ptr(), ours.as_mut_ptr().cast()),
                inet_pton(family, text.as_ptr(), host.as_mut_ptr().cast()),
            ) };
            prop_assert_eq!(one, two);
            if one == 1 {
                prop_assert_eq!(ours, host);
            }
        }
        let (mut ours, mut host) = (0, 0);
        // SAFETY: strings, and room for addresses.
        let (one, two) = unsafe { (
            tested.inet_aton(text.as_ptr(), &raw mut ours),
            inet_aton(text.as_ptr(), &raw mut host),
        ) };
        prop_assert_eq!((one, ours), (two, host));
        // SAFETY: a string.
        let returned = unsafe { tested.inet_addr(text.as_ptr()) };
        prop_assert_eq!(returned, if two == 1 { host } else { u32::MAX });
    }

    #[test]
    fn what_is_written_is_what_the_host_writes(words in words(), size in 0_u32..60) {
        let (tested, numbers) = start();
        let octets = Ipv6Addr::from(words).octets();
        for family in [libc::AF_INET, libc::AF_INET6] {
            let (mut ours, mut host) = ([0x55 as c_char; 60], [0x55 as c_char; 60]);
            // SAFETY: addresses, and room for the size.
            let (one, two) = unsafe { (
                tested.inet_ntop(family, octets.as_ptr().cast(), ours.as_mut_ptr(), size),
                inet_ntop(family, octets.as_ptr().cast(), host.as_mut_ptr(), size),
            ) };
            prop_assert_eq!(one.is_null(), two.is_null());
            if one.is_null() {
                prop_assert_eq!(errno(numbers), ENOSPC);
            } else {
                // SAFETY: what is not null is a string.
                unsafe { prop_assert_eq!(CStr::from_ptr(one), CStr::from_ptr(two)) };
            }
        }
    }
}

#[test]
fn a_text_stays_until_the_next_one() {
    let (tested, numbers) = start();
    for octets in [[255; 4], [10, 0, 2, 15]] {
        let text = tested.inet_ntoa(u32::from_ne_bytes(octets));
        // SAFETY: it is a string until the next call.
        let text = unsafe { CStr::from_ptr(text) };
        assert_eq!(text.to_str().unwrap(), std::format!("{}", Ipv4Addr::from(octets)));
    }
    // SAFETY: a string, and room.
    let read = unsafe { tested.inet_pton(1, c"1.2.3.4".as_ptr(), [0_u8; 16].as_mut_ptr().cast()) };
    assert_eq!((read, errno(numbers)), (-1, EAFNOSUPPORT));
}
