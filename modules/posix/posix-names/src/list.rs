//! The list that `getaddrinfo` makes.

use alloc::boxed::Box;
use alloc::ffi::CString;
use core::ffi::{c_char, c_int, c_void};
use core::net::SocketAddr;
use core::ptr;
use oscomp_c_abi::addresses::{Family, V6, encode};

/// C's `struct addrinfo`, as Linux has it.
#[repr(C)]
#[derive(Debug)]
pub struct AddressInfo {
    /// What was asked for, in hints.
    pub flags: c_int,
    /// The family of the address.
    pub family: c_int,
    /// The kind of socket.
    pub kind: c_int,
    /// The protocol.
    pub protocol: c_int,
    /// Bytes of the address.
    pub length: u32,
    /// The address.
    pub address: *mut c_void,
    /// The name of the host, in the first of the list if it was asked for.
    pub name: *mut c_char,
    /// The next one.
    pub next: *mut Self,
}

/// What is allocated for one of the list.
#[repr(C)]
struct Node {
    info: AddressInfo,
    address: [u8; V6],
}

/// Puts an address in front of a list.
pub fn push(
    list: *mut AddressInfo,
    address: SocketAddr,
    family: Family,
    (kind, protocol): (c_int, c_int),
) -> *mut AddressInfo {
    let (bytes, length) = encode(address, family);
    let info = AddressInfo {
        flags: 0,
        family: family.number().into(),
        kind,
        protocol,
        length: length as u32,
        address: ptr::null_mut(),
        name: ptr::null_mut(),
        next: list,
    };
    let node = Box::into_raw(Box::new(Node { info, address: bytes }));
    // SAFETY: it is live, and nobody else has it yet.
    unsafe { (*node).info.address = (&raw mut (*node).address).cast() };
    node.cast()
}

/// Gives the first of a list the name of the host.
///
/// # Safety
/// The list was made by [`push`] and is not empty.
pub unsafe fn set_name(list: *mut AddressInfo, name: CString) {
    // SAFETY: by the contract.
    unsafe { (*list).name = name.into_raw() };
}

/// Frees a list.
///
/// # Safety
/// It was made by [`push`], and nobody uses it any more.
pub unsafe fn free(mut list: *mut AddressInfo) {
    while !list.is_null() {
        // SAFETY: by the contract it was made of such a box.
        let node = unsafe { Box::from_raw(list.cast::<Node>()) };
        if !node.info.name.is_null() {
            // SAFETY: `set_name` has made it of such a string.
            drop(unsafe { CString::from_raw(node.info.name) });
        }
        list = node.info.next;
    }
}
