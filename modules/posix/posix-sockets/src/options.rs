//! Setting options of sockets, and asking for them.

use crate::environment::Environment;
use crate::flags::{
    IPPROTO_TCP, IPPROTO_UDP, SO_ACCEPTCONN, SO_DOMAIN, SO_ERROR, SO_LINGER, SO_PROTOCOL, SO_RCVTIMEO,
    SO_SNDTIMEO, SO_TYPE, SOCK_DGRAM, SOCK_STREAM, SOL_SOCKET,
};
use crate::ports::Transport;
use crate::settings::Value;
use crate::socket::{Role, Socket};
use crate::{Options, PosixSockets, Result};
use core::ffi::{c_int, c_long, c_void};
use core::slice;
use oscomp_abi::Config;
use oscomp_c_abi::TimeVal;
use oscomp_c_abi::numbers::{EFAULT, EINVAL, ENOPROTOOPT};
use oscomp_interfaces::{Errno, TcpStack, Timers, UdpStack};
use oscomp_macros::exports;
use oscomp_objects::{DescriptorTable, Waits};

/// Bytes of the longest value, a `struct timeval`.
const LONGEST: usize = 16;

/// An option's value from its bytes: which type it is of goes by the option.
fn decode(level: c_int, name: c_int, bytes: &[u8]) -> Result<Value> {
    let integer = |at: usize| match bytes.get(at..at + 4) {
        Some(bytes) => Ok(c_int::from_ne_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])),
        None => Err(EINVAL),
    };
    let long = |at: usize| match bytes.get(at..at + 8).and_then(|bytes| bytes.try_into().ok()) {
        Some(bytes) => Ok(i64::from_ne_bytes(bytes)),
        None => Err(EINVAL),
    };
    match (level, name) {
        (SOL_SOCKET, SO_LINGER) => Ok(Value::Linger(integer(0)?, integer(4)?)),
        (SOL_SOCKET, SO_RCVTIMEO | SO_SNDTIMEO) => {
            Ok(Value::Time(TimeVal { tv_sec: long(0)?, tv_usec: long(8)? as c_long }))
        }
        _ => integer(0).map(Value::Integer),
    }
}

/// The bytes of a value, and how many they are.
fn encode(value: Value) -> ([u8; LONGEST], usize) {
    let mut bytes = [0; LONGEST];
    let length = match value {
        Value::Integer(integer) => {
            bytes[..4].copy_from_slice(&integer.to_ne_bytes());
            4
        }
        Value::Linger(waits, seconds) => {
            bytes[..4].copy_from_slice(&waits.to_ne_bytes());
            bytes[4..8].copy_from_slice(&seconds.to_ne_bytes());
            8
        }
        Value::Time(time) => {
            bytes[..8].copy_from_slice(&time.tv_sec.to_ne_bytes());
            bytes[8..].copy_from_slice(&time.tv_usec.to_ne_bytes());
            16
        }
    };
    (bytes, length)
}

/// The value of an option of a socket.
fn value<E: Environment>(socket: &Socket<E>, level: c_int, name: c_int) -> Result<Value> {
    let is_stream = socket.transport == Transport::Stream;
    let known = match (level, name) {
        (SOL_SOCKET, SO_TYPE) => {
            if is_stream {
                SOCK_STREAM
            } else {
                SOCK_DGRAM
            }
        }
        (SOL_SOCKET, SO_ERROR) => socket.take_error(),
        (SOL_SOCKET, SO_DOMAIN) => c_int::from(socket.family.number()),
        (SOL_SOCKET, SO_PROTOCOL) => {
            if is_stream {
                IPPROTO_TCP
            } else {
                IPPROTO_UDP
            }
        }
        (SOL_SOCKET, SO_ACCEPTCONN) => c_int::from(matches!(socket.state.lock().role, Role::Listening(_))),
        (IPPROTO_TCP, _) if !is_stream => return Err(ENOPROTOOPT),
        _ => return socket.state.lock().settings.get(level, name),
    };
    Ok(Value::Integer(known))
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
    /// Sets an option: those of the level `SOL_SOCKET` that POSIX.1-2024 has, and of TCP and IP what programs set.
    ///
    /// # Safety
    /// There are `length` bytes of value.
    pub unsafe fn setsockopt(
        &self,
        descriptor: c_int,
        level: c_int,
        name: c_int,
        bytes: *const c_void,
        length: u32,
    ) -> c_int {
        self.done(self.with(descriptor, |socket, _| {
            if bytes.is_null() {
                return Err(EFAULT);
            }
            let length = LONGEST.min(length as usize);
            // SAFETY: the caller's.
            let bytes = unsafe { slice::from_raw_parts(bytes.cast::<u8>(), length) };
            let set = decode(level, name, bytes)?;
            // What can only be asked for cannot be set.
            socket.state.lock().settings.set(level, name, set)
        }))
    }

    /// The value of an option, and how long it is.
    ///
    /// # Safety
    /// There are as many bytes as `length` says.
    pub unsafe fn getsockopt(
        &self,
        descriptor: c_int,
        level: c_int,
        name: c_int,
        into: *mut c_void,
        length: *mut u32,
    ) -> c_int {
        self.done(self.with(descriptor, |socket, _| {
            // SAFETY: the caller's.
            let length = unsafe { length.as_mut() }.ok_or(EFAULT)?;
            if length.cast_signed() < 0 {
                return Err(EINVAL);
            }
            if into.is_null() {
                return Err(EFAULT);
            }
            let (bytes, full) = encode(value(socket, level, name)?);
            let room = full.min(*length as usize);
            // SAFETY: the caller's.
            unsafe { slice::from_raw_parts_mut(into.cast::<u8>(), room) }.copy_from_slice(&bytes[..room]);
            *length = room as u32;
            Ok(())
        }))
    }
}
