//! What `getaddrinfo` is asked for, and the addresses that answer it.

use crate::PosixNames;
use crate::numbers::{
    AI_ANY, AI_CANONNAME, AI_NUMERICHOST, AI_NUMERICSERV, AI_PASSIVE, EAI_ADDRFAMILY, EAI_AGAIN,
    EAI_BADFLAGS, EAI_FAMILY, EAI_NONAME, EAI_SERVICE, EAI_SOCKTYPE, IPPROTO_TCP, IPPROTO_UDP, SOCK_DGRAM,
    SOCK_STREAM,
};
use alloc::vec;
use alloc::vec::Vec;
use core::ffi::c_int;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use oscomp_c_abi::addresses::{AF_INET, AF_INET6, AF_UNSPEC, Family};
use oscomp_interfaces::{Names, NetError};
use oscomp_objects::Waits;

/// What was asked for, or the number of an error (`EAI_NONAME` and so on).
pub type Result<T> = core::result::Result<T, c_int>;

/// The kinds of socket, with their protocols.
const KINDS: [(c_int, c_int); 2] = [(SOCK_STREAM, IPPROTO_TCP), (SOCK_DGRAM, IPPROTO_UDP)];

/// What is asked for besides host and service.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hints {
    pub flags: c_int,
    pub family: c_int,
    pub kind: c_int,
    pub protocol: c_int,
}

impl Hints {
    /// Verifies that they make sense.
    pub fn verify(self, has_host: bool) -> Result<()> {
        if self.flags & !AI_ANY != 0 || self.flags & AI_CANONNAME != 0 && !has_host {
            return Err(EAI_BADFLAGS);
        }
        Ok(())
    }

    /// The kinds of socket that it is for.
    pub fn kinds(self) -> Result<Vec<(c_int, c_int)>> {
        let is_meant = |(kind, protocol): &(c_int, c_int)| {
            (self.kind == 0 || self.kind == *kind) && (self.protocol == 0 || self.protocol == *protocol)
        };
        let kinds: Vec<_> = KINDS.into_iter().filter(is_meant).collect();
        if kinds.is_empty() { Err(EAI_SOCKTYPE) } else { Ok(kinds) }
    }

    /// The family alone that it is for, if it is for one.
    pub fn family(self) -> Result<Option<Family>> {
        match u16::try_from(self.family) {
            Ok(AF_UNSPEC) => Ok(None),
            Ok(AF_INET) => Ok(Some(Family::V4)),
            Ok(AF_INET6) => Ok(Some(Family::V6)),
            _ => Err(EAI_FAMILY),
        }
    }

    /// The port of a service.
    pub fn port(self, service: Option<&str>) -> Result<u16> {
        let Some(service) = service else { return Ok(0) };
        match service.parse() {
            Ok(port) if !service.starts_with('+') => Ok(port),
            _ if self.flags & AI_NUMERICSERV != 0 => Err(EAI_NONAME),
            _ => Err(EAI_SERVICE),
        }
    }
}

impl<Known: Names, Waiting: Waits> PosixNames<Known, Waiting> {
    /// The addresses of a host; without one those of this machine, or those that stand for all of its addresses.
    pub(crate) fn addresses(&self, host: Option<&str>, hints: Hints) -> Result<Vec<SocketAddr>> {
        let family = hints.family()?;
        let is_meant = |address: &SocketAddr| family.is_none_or(|family| family == Family::of(*address));
        let found = match host {
            None if hints.flags & AI_PASSIVE != 0 => vec![
                SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
                SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)),
            ],
            None => {
                vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), SocketAddr::from((Ipv6Addr::LOCALHOST, 0))]
            }
            Some(text) => match numeric(text) {
                Some(address) if is_meant(&address) => vec![address],
                // There is an address, of the other family.
                Some(_) => return Err(EAI_ADDRFAMILY),
                None if hints.flags & AI_NUMERICHOST != 0 => return Err(EAI_NONAME),
                None => self.asked(text)?,
            },
        };
        let found: Vec<SocketAddr> = found.into_iter().filter(is_meant).collect();
        if found.is_empty() { Err(EAI_NONAME) } else { Ok(found) }
    }

    /// Asks for the addresses of a name.
    fn asked(&self, name: &str) -> Result<Vec<SocketAddr>> {
        let query = self.waiting.enter(|| self.known.ask(name)).map_err(failure)?;
        let told = self.waiting.wait(|context| {
            self.known.poll_told(query, context, |addresses| {
                addresses.iter().map(|address| SocketAddr::new(*address, 0)).collect()
            })
        });
        self.waiting.enter(|| self.known.release(query));
        told.map_err(failure)
    }
}

/// Why a name has no addresses.
fn failure(error: NetError) -> c_int {
    match error {
        NetError::NoSuchName => EAI_NONAME,
        _ => EAI_AGAIN,
    }
}

/// The address that a text is: the scope of one of version 6 is a number behind a percent sign.
fn numeric(text: &str) -> Option<SocketAddr> {
    if let Some((address, scope)) = text.split_once('%') {
        let address = SocketAddrV6::new(address.parse().ok()?, 0, 0, scope.parse().ok()?);
        return Some(SocketAddr::V6(address));
    }
    text.parse::<IpAddr>().ok().map(|address| SocketAddr::new(address, 0))
}
