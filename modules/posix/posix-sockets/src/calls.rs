//! Making sockets, and what they are bound and connected to.

use crate::environment::Tags;
use crate::flags::{
    IPPROTO_IP, IPPROTO_TCP, IPPROTO_UDP, SHUT_RD, SHUT_RDWR, SHUT_WR, SOCK_CLOEXEC, SOCK_DGRAM,
    SOCK_NONBLOCK, SOCK_STREAM,
};
use crate::pair::{AF_UNIX, pair};
use crate::ports::Transport;
use crate::socket::Socket;
use crate::{Found, Options, PosixSockets, Result, address_of};
use alloc::sync::Arc;
use core::ffi::{c_int, c_void};
use oscomp_abi::Config;
use oscomp_c_abi::addresses::{self as address, AF_INET, AF_INET6, Family};
use oscomp_c_abi::numbers::{EAFNOSUPPORT, EFAULT, EINVAL, EOPNOTSUPP, EPROTONOSUPPORT};
use oscomp_interfaces::{Errno, TcpStack, Timers, UdpStack};
use oscomp_macros::exports;
use oscomp_objects::{DescriptorTable, READ_WRITE, Waits, insert_both};

/// The protocol of the family `AF_UNIX`.
const PF_UNIX: c_int = 1;
/// The most connections that wait to be accepted (`SOMAXCONN`).
const MOST_WAITING: c_int = 4096;

impl<Streams, Datagrams, Table, Waiting, Time, Numbers, Settings>
    PosixSockets<Streams, Datagrams, Table, Waiting, Time, Numbers, Settings>
where
    Streams: TcpStack + 'static,
    Datagrams: UdpStack + 'static,
    Table: DescriptorTable,
    Waiting: Waits + 'static,
    Time: Timers + 'static,
    Numbers: Errno,
    Settings: Config<Options>,
{
    fn made(&self, family: c_int, kind: c_int, protocol: c_int) -> Result<c_int> {
        let family = match u16::try_from(family) {
            Ok(AF_INET) => Family::V4,
            Ok(AF_INET6) => Family::V6,
            _ => return Err(EAFNOSUPPORT),
        };
        let flags = kind & (SOCK_NONBLOCK | SOCK_CLOEXEC);
        let transport = match (kind & !(SOCK_NONBLOCK | SOCK_CLOEXEC), protocol) {
            (SOCK_STREAM, IPPROTO_IP | IPPROTO_TCP) => Transport::Stream,
            (SOCK_DGRAM, IPPROTO_IP | IPPROTO_UDP) => Transport::Datagram,
            (SOCK_STREAM | SOCK_DGRAM, _) => return Err(EPROTONOSUPPORT),
            (0..=10, _) => return Err(EPROTONOSUPPORT),
            _ => return Err(EINVAL),
        };
        self.opened(Socket::new(self.tags, family, transport, self.ports.clone()), flags)
    }

    fn paired(&self, family: c_int, kind: c_int, protocol: c_int) -> Result<[c_int; 2]> {
        if u16::try_from(family) != Ok(AF_UNIX) {
            return Err(if family == c_int::from(AF_INET) { EOPNOTSUPP } else { EAFNOSUPPORT });
        }
        let flags = kind & (SOCK_NONBLOCK | SOCK_CLOEXEC);
        match (kind & !(SOCK_NONBLOCK | SOCK_CLOEXEC), protocol) {
            (SOCK_STREAM, 0 | PF_UNIX) => {}
            _ => return Err(EPROTONOSUPPORT),
        }
        let [one, two] = pair(self.tags);
        insert_both(self.table, [(one, READ_WRITE | flags), (two, READ_WRITE | flags)])
    }

    fn opened(&self, socket: Socket<Tags<Streams, Datagrams, Waiting, Time>>, flags: c_int) -> Result<c_int> {
        // The flags have the numbers of `open`'s.
        self.table.insert(Arc::new(socket), READ_WRITE | flags)
    }

    /// # Safety
    /// As [`accept`](Self::accept).
    unsafe fn accepted(
        &self,
        descriptor: c_int,
        address: *mut c_void,
        length: *mut u32,
        flags: c_int,
    ) -> Result<c_int> {
        if flags & !(SOCK_NONBLOCK | SOCK_CLOEXEC) != 0 {
            return Err(EINVAL);
        }
        let (socket, peer) = self.with(descriptor, |socket, waits| match socket.transport {
            Transport::Stream => socket.accept(waits),
            Transport::Datagram => Err(EOPNOTSUPP),
        })?;
        // SAFETY: by the contract.
        let told = unsafe { address::write(peer, socket.family, address, length) };
        let accepted = self.opened(socket, flags)?;
        told.map(|()| accepted)
    }
}

#[exports]
impl<Streams, Datagrams, Table, Waiting, Time, Numbers, Settings>
    PosixSockets<Streams, Datagrams, Table, Waiting, Time, Numbers, Settings>
where
    Streams: TcpStack + 'static,
    Datagrams: UdpStack + 'static,
    Table: DescriptorTable,
    Waiting: Waits + 'static,
    Time: Timers + 'static,
    Numbers: Errno,
    Settings: Config<Options>,
{
    /// A socket for TCP or UDP, by IPv4 or IPv6; its descriptor.
    pub fn socket(&self, family: c_int, kind: c_int, protocol: c_int) -> c_int {
        self.answer(self.made(family, kind, protocol))
    }

    /// Two sockets that are connected to each other: of the family `AF_UNIX`, and `SOCK_STREAM`.
    ///
    /// # Safety
    /// There is room for two descriptors.
    pub unsafe fn socketpair(
        &self,
        family: c_int,
        kind: c_int,
        protocol: c_int,
        into: *mut [c_int; 2],
    ) -> c_int {
        // SAFETY: the caller's.
        let into = unsafe { into.as_mut() };
        self.done(into.ok_or(EFAULT).and_then(|into| {
            *into = self.paired(family, kind, protocol)?;
            Ok(())
        }))
    }

    /// Binds a socket to an address and a port, any for 0.
    ///
    /// # Safety
    /// There are `length` bytes of address.
    pub unsafe fn bind(&self, descriptor: c_int, address: *const c_void, length: u32) -> c_int {
        self.done(self.with(descriptor, |socket, _| {
            // SAFETY: the caller's.
            socket.bind(unsafe { address_of(address, length, socket.family) }?)
        }))
    }

    /// Has a socket listen.
    pub fn listen(&self, descriptor: c_int, backlog: c_int) -> c_int {
        self.done(self.with(descriptor, |socket, _| match socket.transport {
            Transport::Stream => {
                // Less than none is as many as there can be, as on Linux.
                let backlog = if backlog < 0 { MOST_WAITING } else { backlog.clamp(1, MOST_WAITING) };
                socket.listen(usize::try_from(backlog).unwrap_or(1))
            }
            Transport::Datagram => Err(EOPNOTSUPP),
        }))
    }

    /// The next connection of a listening socket; its descriptor, and the address of its peer.
    ///
    /// # Safety
    /// `address` is null, or has as many bytes as `length` says.
    pub unsafe fn accept(&self, descriptor: c_int, address: *mut c_void, length: *mut u32) -> c_int {
        // SAFETY: the caller's.
        self.answer(unsafe { self.accepted(descriptor, address, length, 0) })
    }

    /// The same, with `SOCK_NONBLOCK` and `SOCK_CLOEXEC` for the connection.
    ///
    /// # Safety
    /// As [`accept`](Self::accept).
    pub unsafe fn accept4(
        &self,
        descriptor: c_int,
        address: *mut c_void,
        length: *mut u32,
        flags: c_int,
    ) -> c_int {
        // SAFETY: the caller's.
        self.answer(unsafe { self.accepted(descriptor, address, length, flags) })
    }

    /// Connects a socket to a peer. That of a TCP socket is given a port by the stack, also if it is bound to one.
    ///
    /// # Safety
    /// There are `length` bytes of address.
    pub unsafe fn connect(&self, descriptor: c_int, address: *const c_void, length: u32) -> c_int {
        self.done(self.with(descriptor, |socket, waits| {
            // SAFETY: the caller's.
            let to = unsafe { address::read(address, length, socket.family) }?;
            match (socket.transport, to) {
                (Transport::Stream, Some(to)) => socket.connect_stream(to, waits),
                (Transport::Stream, None) => Err(EAFNOSUPPORT),
                (Transport::Datagram, to) => socket.connect_datagrams(to),
            }
        }))
    }

    /// Ends one or both directions.
    pub fn shutdown(&self, descriptor: c_int, how: c_int) -> c_int {
        self.done(self.on_any(descriptor, |found, _| {
            let (read, write) = match how {
                SHUT_RD => (true, false),
                SHUT_WR => (false, true),
                SHUT_RDWR => (true, true),
                _ => return Err(EINVAL),
            };
            match found {
                Found::Socket(socket) => socket.shut_down(read, write),
                Found::Pair(pair) => {
                    pair.shut_down(read, write);
                    Ok(())
                }
            }
        }))
    }

    /// A socket's own address.
    ///
    /// # Safety
    /// `address` has as many bytes as `length` says.
    pub unsafe fn getsockname(&self, descriptor: c_int, address: *mut c_void, length: *mut u32) -> c_int {
        self.done(self.with(descriptor, |socket, _| {
            // SAFETY: the caller's.
            unsafe { address::write(socket.local(), socket.family, address, length) }
        }))
    }

    /// The address of a socket's peer.
    ///
    /// # Safety
    /// `address` has as many bytes as `length` says.
    pub unsafe fn getpeername(&self, descriptor: c_int, address: *mut c_void, length: *mut u32) -> c_int {
        self.done(self.with(descriptor, |socket, _| {
            // SAFETY: the caller's.
            unsafe { address::write(socket.peer()?, socket.family, address, length) }
        }))
    }
}
