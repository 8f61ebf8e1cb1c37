//! Sending and receiving.

use crate::environment::Environment;
use crate::flags::{MSG_DONTWAIT, MSG_MORE, MSG_NOSIGNAL, MSG_PEEK, MSG_TRUNC, MSG_WAITALL};
use crate::ports::Transport;
use crate::{Found, Options, PosixSockets, Result, address_of, verify_flags, waits_with};
use alloc::vec::Vec;
use core::ffi::{c_int, c_void};
use core::net::SocketAddr;
use core::ptr;
use oscomp_abi::Config;
use oscomp_c_abi::Part;
use oscomp_c_abi::addresses as address;
use oscomp_c_abi::buffers::{each, parts, source, target};
use oscomp_c_abi::numbers::{EFAULT, EISCONN, EMSGSIZE};
use oscomp_interfaces::{Errno, TcpStack, Timers, UdpStack};
use oscomp_macros::exports;
use oscomp_objects::{DescriptorTable, OpenObject, Waits};

/// The flags of calls that send. That more is to come is known: nothing is sent before the program waits.
const SENDING: c_int = MSG_DONTWAIT | MSG_NOSIGNAL | MSG_MORE;
/// The flags of calls that receive.
const RECEIVING: c_int = MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT | MSG_WAITALL | MSG_NOSIGNAL;
/// The longest datagram, in bytes.
const LONGEST: usize = 65_535;

/// C's `struct msghdr`, as Linux has it.
#[repr(C)]
#[derive(Debug)]
pub struct Message {
    /// The address of the peer, or null.
    pub name: *mut c_void,
    /// Its bytes.
    pub name_length: u32,
    /// Where the bytes are.
    pub parts: *mut Part,
    /// How many parts there are.
    pub count: usize,
    /// Ancillary data, of which there is none.
    pub control: *mut c_void,
    /// Its bytes.
    pub control_length: usize,
    /// What was found when it was received.
    pub flags: c_int,
}

/// What was received.
struct Received {
    /// Bytes that were handed over; with `MSG_TRUNC` those of the whole datagram.
    count: usize,
    /// Whether there were more in the datagram.
    is_cut: bool,
    /// Who has sent it, if it was a datagram.
    from: Option<SocketAddr>,
}

fn receive<E: Environment>(
    found: Found<'_, E>,
    list: &mut [&mut [u8]],
    flags: c_int,
    waits: bool,
) -> Result<Received> {
    verify_flags(flags, RECEIVING)?;
    let mut waits = waits_with(waits, flags);
    let is_peek = flags & MSG_PEEK != 0;
    let fills = flags & MSG_WAITALL != 0;
    let receive_stream = |into: &mut [u8], waits| match found {
        Found::Socket(socket) => socket.receive_stream(into, waits, is_peek, fills),
        Found::Pair(pair) => pair.receive(into, waits, is_peek),
    };
    if let Found::Socket(socket) = found
        && socket.transport == Transport::Datagram
    {
        return socket.receive_datagram(waits, is_peek, |bytes, from| {
            let mut rest = bytes;
            for part in list.iter_mut() {
                let (now, later) = rest.split_at(rest.len().min(part.len()));
                part[..now.len()].copy_from_slice(now);
                rest = later;
            }
            let count = if flags & MSG_TRUNC != 0 { bytes.len() } else { bytes.len() - rest.len() };
            Received { count, is_cut: !rest.is_empty(), from: Some(from) }
        });
    }
    let mut sum = 0;
    for part in list.iter_mut() {
        match receive_stream(part, waits) {
            Ok(count) => sum += count,
            Err(number) if sum == 0 => return Err(number),
            Err(_) => break,
        }
        // What was peeked at would be seen again.
        if is_peek {
            break;
        }
        waits &= fills;
    }
    Ok(Received { count: sum, is_cut: false, from: None })
}

fn send<E: Environment>(
    found: Found<'_, E>,
    from: &[u8],
    to: Option<SocketAddr>,
    flags: c_int,
    waits: bool,
) -> Result<usize> {
    verify_flags(flags, SENDING)?;
    let waits = waits_with(waits, flags);
    match found {
        Found::Pair(pair) => pair.write(from, waits),
        Found::Socket(socket) => match socket.transport {
            Transport::Stream => socket.send_stream(from, waits),
            Transport::Datagram => socket.send_datagram(from, to, waits),
        },
    }
}

/// The address that a call sends to, if it names one.
///
/// # Safety
/// There are `length` bytes, unless the pointer is null.
unsafe fn destination<E: Environment>(
    found: Found<'_, E>,
    pointer: *const c_void,
    length: u32,
) -> Result<Option<SocketAddr>> {
    if pointer.is_null() {
        return Ok(None);
    }
    let Found::Socket(socket) = found else { return Err(EISCONN) };
    match socket.transport {
        // It is connected, and the name says nothing.
        Transport::Stream if socket.peer().is_ok() => Err(EISCONN),
        Transport::Stream => Ok(None),
        // SAFETY: by the contract.
        Transport::Datagram => unsafe { address_of(pointer, length, socket.family) }.map(Some),
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
    /// Sends to the peer.
    ///
    /// # Safety
    /// `bytes` has `count` bytes.
    pub unsafe fn send(&self, descriptor: c_int, bytes: *const c_void, count: usize, flags: c_int) -> isize {
        // SAFETY: the caller's.
        unsafe { self.sendto(descriptor, bytes, count, flags, ptr::null(), 0) }
    }

    /// Sends to an address, or to the peer without one.
    ///
    /// # Safety
    /// `bytes` has `count` bytes, and `to` is null or has `length`.
    pub unsafe fn sendto(
        &self,
        descriptor: c_int,
        bytes: *const c_void,
        count: usize,
        flags: c_int,
        to: *const c_void,
        length: u32,
    ) -> isize {
        self.counted(self.on_any(descriptor, |found, waits| {
            // SAFETY: the caller's.
            let (to, from) = unsafe { (destination(found, to, length)?, source(bytes, count)?) };
            send(found, from, to, flags, waits)
        }))
    }

    /// Sends the parts of a message, one after the other; ancillary data is ignored.
    ///
    /// # Safety
    /// The message has what it says.
    pub unsafe fn sendmsg(&self, descriptor: c_int, message: *const Message, flags: c_int) -> isize {
        self.counted(self.on_any(descriptor, |found, waits| {
            // SAFETY: the caller's.
            let message = unsafe { message.as_ref() }.ok_or(EFAULT)?;
            // SAFETY: the caller's.
            let to = unsafe { destination(found, message.name, message.name_length) }?;
            // SAFETY: the caller's.
            let list = unsafe { parts(message.parts, c_int::try_from(message.count).unwrap_or(-1)) }?;
            // SAFETY: the caller's.
            let bytes = |part: &Part| unsafe { source(part.base, part.length) };
            if !found.keeps_boundaries() {
                return each(list, |part| send(found, bytes(part)?, None, flags, waits));
            }
            let mut datagram = Vec::new();
            for part in list {
                let bytes = bytes(part)?;
                if datagram.len() + bytes.len() > LONGEST {
                    return Err(EMSGSIZE);
                }
                datagram.extend_from_slice(bytes);
            }
            send(found, &datagram, to, flags, waits)
        }))
    }

    /// Receives from the peer.
    ///
    /// # Safety
    /// `into` has room for `count` bytes.
    pub unsafe fn recv(&self, descriptor: c_int, into: *mut c_void, count: usize, flags: c_int) -> isize {
        // SAFETY: the caller's.
        unsafe { self.recvfrom(descriptor, into, count, flags, ptr::null_mut(), ptr::null_mut()) }
    }

    /// Receives, and says from whom.
    ///
    /// # Safety
    /// `into` has room for `count` bytes, and `address` is null or has as many as `length` says.
    pub unsafe fn recvfrom(
        &self,
        descriptor: c_int,
        into: *mut c_void,
        count: usize,
        flags: c_int,
        address: *mut c_void,
        length: *mut u32,
    ) -> isize {
        self.counted(self.on_any(descriptor, |found, waits| {
            // SAFETY: the caller's.
            let into = unsafe { target(into, count) }?;
            let received = receive(found, &mut [into], flags, waits)?;
            if let Some(from) = received.from {
                // SAFETY: the caller's.
                unsafe { address::write(from, found.family(), address, length) }?;
            // SAFETY: the caller's.
            } else if let Some(length) = unsafe { length.as_mut() } {
                *length = 0;
            }
            Ok(received.count)
        }))
    }

    /// Receives into the parts of a message, one after the other, and says from whom and whether it was cut.
    ///
    /// # Safety
    /// The message has room for what it says.
    pub unsafe fn recvmsg(&self, descriptor: c_int, message: *mut Message, flags: c_int) -> isize {
        self.counted(self.on_any(descriptor, |found, waits| {
            // SAFETY: the caller's.
            let message = unsafe { message.as_mut() }.ok_or(EFAULT)?;
            // SAFETY: the caller's.
            let list = unsafe { parts(message.parts, c_int::try_from(message.count).unwrap_or(-1)) }?;
            let mut rooms = Vec::with_capacity(list.len());
            for part in list {
                // SAFETY: the caller's.
                rooms.push(unsafe { target(part.base, part.length) }?);
            }
            let received = receive(found, &mut rooms, flags, waits)?;
            match received.from {
                Some(from) if !message.name.is_null() => {
                    // SAFETY: the caller's.
                    unsafe {
                        address::write(from, found.family(), message.name, &raw mut message.name_length)
                    }?;
                }
                _ => message.name_length = 0,
            }
            message.flags = if received.is_cut { MSG_TRUNC } else { 0 };
            message.control_length = 0;
            Ok(received.count)
        }))
    }
}
