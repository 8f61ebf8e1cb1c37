//! What the network's interfaces have in common.

use core::fmt;

/// Why a network operation failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NetError {
    /// The address or port is in use.
    AddressInUse,
    /// Nobody listens there.
    Refused,
    /// The peer, or somebody on the way, ended the connection.
    Reset,
    /// Nothing was heard for too long.
    TimedOut,
    /// There is no way to that address.
    Unreachable,
    /// The stack has as many sockets as it can.
    NoSockets,
    /// The datagram is longer than the stack or the network takes.
    TooLong,
    /// The socket is not open for this.
    NotOpen,
    /// No host has that name.
    NoSuchName,
}

impl fmt::Display for NetError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::AddressInUse => "the address is in use",
            Self::Refused => "the connection was refused",
            Self::Reset => "the connection was reset",
            Self::TimedOut => "the connection timed out",
            Self::Unreachable => "the address cannot be reached",
            Self::NoSockets => "the stack has as many sockets as it can",
            Self::TooLong => "the datagram is too long",
            Self::NotOpen => "the socket is not open",
            Self::NoSuchName => "no host has that name",
        })
    }
}

impl core::error::Error for NetError {}

impl embedded_io::Error for NetError {
    fn kind(&self) -> embedded_io::ErrorKind {
        use embedded_io::ErrorKind;
        match self {
            Self::AddressInUse => ErrorKind::AddrInUse,
            Self::Refused => ErrorKind::ConnectionRefused,
            Self::Reset => ErrorKind::ConnectionReset,
            Self::TimedOut => ErrorKind::TimedOut,
            Self::Unreachable => ErrorKind::AddrNotAvailable,
            Self::NoSockets => ErrorKind::OutOfMemory,
            Self::TooLong => ErrorKind::InvalidInput,
            Self::NotOpen => ErrorKind::NotConnected,
            Self::NoSuchName => ErrorKind::NotFound,
        }
    }
}
