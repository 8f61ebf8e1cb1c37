//! Numbers as the host reads them, and names of which somebody knows the addresses.

use crate::{AddressInfo, PosixNames};
use core::ffi::{CStr, c_char, c_int};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::ptr;
use core::task::{Context, Poll};
use oscomp_fake_net::Runner;
use oscomp_interfaces::{NameQuery, Names, NetError};
use oscomp_posix_waits::PosixWaits;
use std::boxed::Box;
use std::format;
use std::string::String;
use std::vec::Vec;

/// Knows one name.
#[derive(Clone, Copy)]
struct Known;

impl Names for Known {
    fn ask(self, name: &str) -> Result<NameQuery, NetError> {
        if name == "host.example" { Ok(NameQuery(1)) } else { Err(NetError::NoSuchName) }
    }

    fn poll_told<R>(
        self,
        _: NameQuery,
        _: &mut Context<'_>,
        take: impl FnOnce(&[IpAddr]) -> R,
    ) -> Poll<Result<R, NetError>> {
        Poll::Ready(Ok(take(&[Ipv4Addr::new(10, 0, 0, 1).into(), Ipv6Addr::LOCALHOST.into()])))
    }

    fn release(self, _: NameQuery) {}
}

type Tested = PosixNames<Known, &'static PosixWaits<Runner, Runner>>;

fn start() -> Tested {
    let waits: &'static PosixWaits<Runner, Runner> =
        Box::leak(Box::new(PosixWaits::start(Runner::new(1), Runner::new(1)).unwrap()));
    PosixNames::start(Known, waits).unwrap()
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
struct Query {
    host: Option<&'static CStr>,
    service: Option<&'static CStr>,
    flags: c_int,
    family: c_int,
    kind: c_int,
    protocol: c_int,
}

const fn query(host: Option<&'static CStr>, service: Option<&'static CStr>) -> Query {
    Query { host, service, flags: 0, family: 0, kind: libc::SOCK_STREAM, protocol: 0 }
}

/// Each answer as a line; or the error.
fn told(
    query: Query,
    ask: impl Fn(*const c_char, *const c_char, *const libc::addrinfo, *mut *mut libc::addrinfo) -> c_int,
    free: impl Fn(*mut libc::addrinfo),
) -> Result<Vec<String>, c_int> {
    let hints = libc::addrinfo {
        ai_flags: query.flags,
        ai_family: query.family,
        ai_socktype: query.kind,
        ai_protocol: query.protocol,
        ai_addrlen: 0,
        ai_addr: ptr::null_mut(),
        ai_canonname: ptr::null_mut(),
        ai_next: ptr::null_mut(),
    };
    let mut list = ptr::null_mut();
    let text = |text: Option<&CStr>| text.map_or(ptr::null(), CStr::as_ptr);
    match ask(text(query.host), text(query.service), &raw const hints, &raw mut list) {
        0 => {}
        number => return Err(number),
    }
    let (mut lines, mut one) = (Vec::new(), list);
    while !one.is_null() {
        // SAFETY: a list that is not freed yet.
        let (info, bytes) = unsafe {
            let info = &*one;
            (info, core::slice::from_raw_parts(info.ai_addr.cast::<u8>(), info.ai_addrlen as usize))
        };
        let name = (!info.ai_canonname.is_null()).then(|| {
            // SAFETY: what is not null is a string.
            unsafe { CStr::from_ptr(info.ai_canonname) }
        });
        lines
            .push(format!("{} {} {} {bytes:?} {name:?}", info.ai_family, info.ai_socktype, info.ai_protocol));
        one = info.ai_next;
    }
    free(list);
    Ok(lines)
}

fn ours(query: Query) -> Result<Vec<String>, c_int> {
    let tested = start();
    told(
        query,
        // SAFETY: strings or null, hints, and room; both have the layout of C's.
        |host, service, hints, list| unsafe {
            tested.getaddrinfo(host, service, hints.cast::<AddressInfo>(), list.cast())
        },
        // SAFETY: it is not used again.
        |list| unsafe { tested.freeaddrinfo(list.cast()) },
    )
}

#[test]
fn numbers_are_read_as_the_host_reads_them() {
    let v4 = Query { family: libc::AF_INET, ..query(None, Some(c"53")) };
    let queries = [
        query(Some(c"10.0.2.15"), Some(c"80")),
        query(Some(c"fe80::1%3"), Some(c"80")),
        query(Some(c"::ffff:1.2.3.4"), None),
        query(None, None),
        v4,
        Query { flags: libc::AI_PASSIVE, ..v4 },
        Query { kind: libc::SOCK_DGRAM, ..v4 },
        Query { kind: 0, protocol: libc::IPPROTO_TCP, ..v4 },
        Query { family: libc::AF_INET6, ..query(Some(c"1.2.3.4"), None) },
        Query { family: 99, ..v4 },
        Query { flags: libc::AI_CANONNAME, ..query(Some(c"127.0.0.1"), None) },
        Query { flags: libc::AI_CANONNAME, ..v4 },
        Query { flags: 1 << 20, ..v4 },
        Query { flags: libc::AI_NUMERICSERV, ..query(None, Some(c"no-such-service")) },
        Query { flags: libc::AI_NUMERICHOST, ..query(Some(c"host.example"), None) },
    ];
    for query in queries {
        let theirs = told(
            query,
            // SAFETY: strings or null, hints, and room.
            |host, service, hints, list| unsafe { libc::getaddrinfo(host, service, hints, list) },
            // SAFETY: it is not used again.
            |list| unsafe { libc::freeaddrinfo(list) },
        );
        assert_eq!(ours(query), theirs, "{query:?}");
    }
    // GNU's C library takes the lowest 16 bits.
    assert_eq!(ours(query(Some(c"1.2.3.4"), Some(c"70000"))), Err(libc::EAI_SERVICE));
}

#[test]
fn a_name_has_the_addresses_that_somebody_knows() {
    let both = ours(query(Some(c"host.example"), Some(c"80"))).unwrap();
    assert_eq!(both.len(), 2);
    assert!(both[0].starts_with("2 1 6 [2, 0, 0, 80, 10, 0, 0, 1,"), "{both:?}");
    let one = ours(Query { family: libc::AF_INET6, kind: 0, ..query(Some(c"host.example"), None) }).unwrap();
    assert_eq!(one.len(), 2, "one for each kind of socket");
    assert_eq!(ours(query(Some(c"other.example"), None)), Err(libc::EAI_NONAME));
}
