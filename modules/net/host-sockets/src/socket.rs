//! One socket of the host: `socket(7)`, never blocking.

use core::ffi::c_int;
use core::mem::{size_of, zeroed};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use oscomp_interfaces::NetError;

/// An open descriptor, closed when it is dropped.
#[derive(Debug)]
pub struct Socket(c_int);

/// What a call came to.
pub enum Tried<T> {
    /// It is done.
    Done(T),
    /// It would have waited.
    Waits,
}

type Result<T> = core::result::Result<Tried<T>, NetError>;

impl Socket {
    /// A socket of that kind, for both versions of IP.
    fn new(kind: c_int) -> core::result::Result<Self, NetError> {
        let kind = kind | libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC;
        // SAFETY: takes no pointers.
        let descriptor = unsafe { libc::socket(libc::AF_INET6, kind, 0) };
        if descriptor < 0 {
            return Err(error());
        }
        let socket = Self(descriptor);
        socket.set(libc::IPPROTO_IPV6, libc::IPV6_V6ONLY, 0);
        Ok(socket)
    }

    /// A TCP socket that listens.
    pub fn listen(at: SocketAddr, backlog: usize) -> core::result::Result<Self, NetError> {
        let socket = Self::new(libc::SOCK_STREAM)?;
        socket.set(libc::SOL_SOCKET, libc::SO_REUSEADDR, 1);
        socket.bind(at)?;
        // SAFETY: takes no pointers.
        match unsafe { libc::listen(socket.0, c_int::try_from(backlog.max(1)).unwrap_or(c_int::MAX)) } {
            0 => Ok(socket),
            _ => Err(error()),
        }
    }

    /// A UDP socket.
    pub fn datagrams(at: SocketAddr) -> core::result::Result<Self, NetError> {
        let socket = Self::new(libc::SOCK_DGRAM)?;
        socket.bind(at)?;
        Ok(socket)
    }

    /// A TCP socket that is being connected.
    pub fn connect(to: SocketAddr) -> core::result::Result<Self, NetError> {
        let socket = Self::new(libc::SOCK_STREAM)?;
        socket.set(libc::IPPROTO_TCP, libc::TCP_NODELAY, 1);
        let address = to_host(to);
        // SAFETY: the address is of the size that is told.
        match unsafe { libc::connect(socket.0, (&raw const address).cast(), ADDRESS) } {
            0 => Ok(socket),
            _ if errno() == libc::EINPROGRESS => Ok(socket),
            _ => Err(error()),
        }
    }

    /// The descriptor.
    pub fn descriptor(&self) -> c_int {
        self.0
    }

    /// The next connection of a listening socket.
    pub fn accept(&self) -> Result<(Self, SocketAddr)> {
        // SAFETY: all zeroes are an address.
        let mut address: libc::sockaddr_in6 = unsafe { zeroed() };
        let mut length = ADDRESS;
        let flags = libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC;
        // SAFETY: room for an address and its length, which says how much.
        let descriptor = unsafe { libc::accept4(self.0, (&raw mut address).cast(), &raw mut length, flags) };
        if descriptor < 0 {
            return tried();
        }
        let socket = Self(descriptor);
        socket.set(libc::IPPROTO_TCP, libc::TCP_NODELAY, 1);
        Ok(Tried::Done((socket, from_host(&address))))
    }

    /// The address and port that it has.
    pub fn local(&self) -> core::result::Result<SocketAddr, NetError> {
        // SAFETY: all zeroes are an address.
        let mut address: libc::sockaddr_in6 = unsafe { zeroed() };
        let mut length = ADDRESS;
        // SAFETY: room for an address and its length, which says how much.
        match unsafe { libc::getsockname(self.0, (&raw mut address).cast(), &raw mut length) } {
            0 => Ok(from_host(&address)),
            _ => Err(error()),
        }
    }

    /// Whether a connection that was begun is made.
    pub fn is_connected(&self) -> Result<()> {
        let mut poll = libc::pollfd { fd: self.0, events: libc::POLLOUT, revents: 0 };
        // SAFETY: one live `pollfd`, as the count says.
        if unsafe { libc::poll(&raw mut poll, 1, 0) } == 0 {
            return Ok(Tried::Waits);
        }
        let (mut failed, mut length) = (0 as c_int, size_of::<c_int>() as libc::socklen_t);
        // SAFETY: room for an integer and its length, which says how much.
        unsafe {
            libc::getsockopt(
                self.0,
                libc::SOL_SOCKET,
                libc::SO_ERROR,
                (&raw mut failed).cast(),
                &raw mut length,
            );
        }
        match failed {
            0 => Ok(Tried::Done(())),
            code => Err(meaning(code)),
        }
    }

    /// Receives what is there; 0 bytes are the end of a stream.
    pub fn receive(&self, buffer: &mut [u8]) -> Result<usize> {
        // SAFETY: the pointer and the length are those of a live slice that this call alone holds.
        count(unsafe { libc::recv(self.0, buffer.as_mut_ptr().cast(), buffer.len(), 0) })
    }

    /// Sends as much as there is room for.
    pub fn send(&self, bytes: &[u8]) -> Result<usize> {
        // SAFETY: the pointer and the length are those of a live slice, which is only read.
        count(unsafe { libc::send(self.0, bytes.as_ptr().cast(), bytes.len(), libc::MSG_NOSIGNAL) })
    }

    /// Receives one datagram.
    pub fn receive_from(&self, buffer: &mut [u8]) -> Result<(usize, SocketAddr)> {
        // SAFETY: all zeroes are an address.
        let mut address: libc::sockaddr_in6 = unsafe { zeroed() };
        let mut length = ADDRESS;
        // SAFETY: the slice is this call's alone; room for an address and its length, which says how much.
        let received = count(unsafe {
            libc::recvfrom(
                self.0,
                buffer.as_mut_ptr().cast(),
                buffer.len(),
                0,
                (&raw mut address).cast(),
                &raw mut length,
            )
        })?;
        Ok(match received {
            Tried::Done(count) => Tried::Done((count, from_host(&address))),
            Tried::Waits => Tried::Waits,
        })
    }

    /// Sends one datagram.
    pub fn send_to(&self, bytes: &[u8], to: SocketAddr) -> Result<usize> {
        let address = to_host(to);
        // SAFETY: the slice is only read, and the address is of the size that is told.
        count(unsafe {
            libc::sendto(
                self.0,
                bytes.as_ptr().cast(),
                bytes.len(),
                libc::MSG_NOSIGNAL,
                (&raw const address).cast(),
                ADDRESS,
            )
        })
    }

    /// How many bytes are on their way and not acknowledged.
    pub fn unacknowledged(&self) -> usize {
        let mut count: c_int = 0;
        // SAFETY: room for the integer that the call stores.
        let failed = unsafe { libc::ioctl(self.0, libc::TIOCOUTQ, &raw mut count) } != 0;
        if failed { 0 } else { usize::try_from(count).unwrap_or(0) }
    }

    /// Ends our side of the stream.
    pub fn shut_down(&self) {
        // SAFETY: takes no pointers. A stream that has ended is no matter.
        unsafe { libc::shutdown(self.0, libc::SHUT_WR) };
    }

    /// Has closing reset the connection.
    pub fn linger_not(&self) {
        let linger = libc::linger { l_onoff: 1, l_linger: 0 };
        // SAFETY: the value is of the size that is told.
        unsafe {
            libc::setsockopt(
                self.0,
                libc::SOL_SOCKET,
                libc::SO_LINGER,
                (&raw const linger).cast(),
                size_of::<libc::linger>() as libc::socklen_t,
            );
        }
    }

    fn bind(&self, at: SocketAddr) -> core::result::Result<(), NetError> {
        let address = to_host(at);
        // SAFETY: the address is of the size that is told.
        match unsafe { libc::bind(self.0, (&raw const address).cast(), ADDRESS) } {
            0 => Ok(()),
            _ => Err(error()),
        }
    }

    /// Sets an option. That the host does not know it is no matter.
    fn set(&self, level: c_int, option: c_int, value: c_int) {
        // SAFETY: the value is of the size that is told.
        unsafe {
            libc::setsockopt(
                self.0,
                level,
                option,
                (&raw const value).cast(),
                size_of::<c_int>() as libc::socklen_t,
            );
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // SAFETY: the descriptor is this one's own, and is not used again.
        unsafe { libc::close(self.0) };
    }
}

const ADDRESS: libc::socklen_t = size_of::<libc::sockaddr_in6>() as libc::socklen_t;

/// An address as the host's IPv6 sockets have it: IPv4 within it (RFC 4291, section 2.5.5.2).
fn to_host(address: SocketAddr) -> libc::sockaddr_in6 {
    let octets = match address.ip() {
        IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
        IpAddr::V6(address) => address.octets(),
    };
    // SAFETY: all zeroes are an address.
    let mut host: libc::sockaddr_in6 = unsafe { zeroed() };
    host.sin6_family = libc::AF_INET6 as libc::sa_family_t;
    host.sin6_port = address.port().to_be();
    host.sin6_addr.s6_addr = octets;
    host
}

fn from_host(address: &libc::sockaddr_in6) -> SocketAddr {
    let six = Ipv6Addr::from(address.sin6_addr.s6_addr);
    let ip = six.to_ipv4_mapped().map_or(IpAddr::V6(six), |four: Ipv4Addr| IpAddr::V4(four));
    SocketAddr::new(ip, u16::from_be(address.sin6_port))
}

fn count(result: isize) -> Result<usize> {
    usize::try_from(result).map_or_else(|_| tried(), |count| Ok(Tried::Done(count)))
}

/// Why the last call did not do it.
fn tried<T>() -> Result<T> {
    match errno() {
        libc::EAGAIN | libc::EINTR | libc::ECONNABORTED => Ok(Tried::Waits),
        code => Err(meaning(code)),
    }
}

fn error() -> NetError {
    meaning(errno())
}

fn meaning(code: c_int) -> NetError {
    match code {
        libc::EADDRINUSE | libc::EACCES => NetError::AddressInUse,
        libc::ECONNREFUSED => NetError::Refused,
        libc::ETIMEDOUT => NetError::TimedOut,
        libc::ENETUNREACH | libc::EHOSTUNREACH | libc::EADDRNOTAVAIL => NetError::Unreachable,
        libc::EMFILE | libc::ENFILE | libc::ENOBUFS | libc::ENOMEM => NetError::NoSockets,
        libc::EMSGSIZE => NetError::TooLong,
        libc::ENOTCONN => NetError::NotOpen,
        _ => NetError::Reset,
    }
}

fn errno() -> c_int {
    // SAFETY: the address is this thread's own `errno`, which lives as long as the thread.
    unsafe { *libc::__errno_location() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_keep_their_version() {
        for text in ["127.0.0.1:80", "[::1]:8080", "[2001:db8::1]:1", "255.255.255.255:65535"] {
            let address: SocketAddr = text.parse().unwrap();
            assert_eq!(from_host(&to_host(address)), address);
        }
    }
}
