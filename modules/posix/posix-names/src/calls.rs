//! The functions for C.

use crate::PosixNames;
use crate::list::{self, AddressInfo};
use crate::numbers::{AI_CANONNAME, EAI_FAMILY, EAI_NONAME, EAI_OVERFLOW, NI_NAMEREQD, description};
use crate::query::{Hints, Result};
use alloc::ffi::CString;
use alloc::format;
use core::ffi::{CStr, c_char, c_int, c_void};
use core::net::SocketAddr;
use core::ptr;
use oscomp_c_abi::VaList;
use oscomp_c_abi::addresses::{self, AF_INET, AF_INET6, Family};
use oscomp_interfaces::Names;
use oscomp_macros::exports;
use oscomp_objects::Waits;

/// A string of C's; none for null. What is no UTF-8 is no name.
///
/// # Safety
/// It is null or a string that stays as it is for `'t`.
unsafe fn text<'t>(text: *const c_char) -> Result<Option<&'t str>> {
    if text.is_null() {
        return Ok(None);
    }
    // SAFETY: by the contract.
    unsafe { CStr::from_ptr(text) }.to_str().map(Some).map_err(|_| EAI_NONAME)
}

/// Writes a text where there is room for it; nothing where there is no room at all.
///
/// # Safety
/// There are `size` bytes, unless the pointer is null.
unsafe fn tell(text: &str, into: *mut c_char, size: u32) -> Result<()> {
    if into.is_null() || size == 0 {
        return Ok(());
    }
    if text.len() >= size as usize {
        return Err(EAI_OVERFLOW);
    }
    // SAFETY: by the contract.
    unsafe {
        ptr::copy_nonoverlapping(text.as_ptr(), into.cast(), text.len());
        into.add(text.len()).write(0);
    }
    Ok(())
}

/// The address that C hands over.
///
/// # Safety
/// There are `length` bytes.
unsafe fn address_of(pointer: *const c_void, length: u32) -> Result<SocketAddr> {
    if pointer.is_null() || length < 2 {
        return Err(EAI_FAMILY);
    }
    // SAFETY: by the contract.
    let family = match unsafe { pointer.cast::<u16>().read_unaligned() } {
        AF_INET => Family::V4,
        AF_INET6 => Family::V6,
        _ => return Err(EAI_FAMILY),
    };
    // SAFETY: by the contract.
    unsafe { addresses::read(pointer, length, family) }.ok().flatten().ok_or(EAI_FAMILY)
}

impl<Known: Names, Waiting: Waits> PosixNames<Known, Waiting> {
    fn found(&self, host: Option<&str>, service: Option<&str>, hints: Hints) -> Result<*mut AddressInfo> {
        if host.is_none() && service.is_none() {
            return Err(EAI_NONAME);
        }
        hints.verify(host.is_some())?;
        let (kinds, port) = (hints.kinds()?, hints.port(service)?);
        let name = host.filter(|_| hints.flags & AI_CANONNAME != 0).map(CString::new);
        let mut list = ptr::null_mut();
        for address in self.addresses(host, hints)?.into_iter().rev() {
            let mut address = address;
            address.set_port(port);
            for kind in kinds.iter().rev() {
                list = list::push(list, address, Family::of(address), *kind);
            }
        }
        if let Some(Ok(name)) = name {
            // SAFETY: the list was just made, of one address at the least.
            unsafe { list::set_name(list, name) };
        }
        Ok(list)
    }
}

#[exports]
impl<Known: Names, Waiting: Waits> PosixNames<Known, Waiting> {
    /// The addresses of a host and a service, by which sockets can be bound and connected; 0, or what went wrong.
    ///
    /// # Safety
    /// Host and service are null or strings, the hints are null or can be read, and there is room for a pointer.
    pub unsafe fn getaddrinfo(
        &self,
        host: *const c_char,
        service: *const c_char,
        hints: *const AddressInfo,
        into: *mut *mut AddressInfo,
    ) -> c_int {
        // SAFETY: the caller's.
        let hints = unsafe { hints.as_ref() }.map_or_else(Hints::default, |hints| Hints {
            flags: hints.flags,
            family: hints.family,
            kind: hints.kind,
            protocol: hints.protocol,
        });
        // SAFETY: the caller's.
        let texts = unsafe { text(host).and_then(|host| Ok((host, text(service)?))) };
        match texts.and_then(|(host, service)| self.found(host, service, hints)) {
            Ok(list) => {
                // SAFETY: the caller's.
                unsafe { into.write(list) };
                0
            }
            Err(number) => number,
        }
    }

    /// Frees what `getaddrinfo` has found.
    ///
    /// # Safety
    /// It is null or the list of one call, and nobody uses it any more.
    pub unsafe fn freeaddrinfo(&self, list: *mut AddressInfo) {
        // SAFETY: the caller's.
        unsafe { list::free(list) };
    }

    /// An address and its port as text, in numbers; 0, or what went wrong. The arguments behind the address are room for
    /// the host and its size, room for the service and its size, and flags.
    ///
    /// # Safety
    /// There are `length` bytes of address, and as much room as the sizes say.
    // C has seven parameters, which lie where those of a variadic function do.
    #[variadic]
    pub unsafe fn getnameinfo(&self, address: *const c_void, length: u32, mut rest: VaList) -> c_int {
        // SAFETY: these are the arguments that `<netdb.h>` declares.
        let (host, host_size, service, service_size, flags) = unsafe {
            let (host, host_size) = (rest.pointer::<c_char>(), rest.integer() as u32);
            let (service, service_size) = (rest.pointer::<c_char>(), rest.integer() as u32);
            (host, host_size, service, service_size, rest.integer() as c_int)
        };
        // SAFETY: the caller's.
        let told = unsafe { address_of(address, length) }.and_then(|address| {
            if flags & NI_NAMEREQD != 0 {
                return Err(EAI_NONAME);
            }
            // SAFETY: the caller's.
            unsafe {
                tell(&format!("{}", address.ip()), host, host_size)?;
                tell(&format!("{}", address.port()), service, service_size)
            }
        });
        told.map_or_else(|number| number, |()| 0)
    }

    /// What an error of these functions means.
    pub fn gai_strerror(&self, number: c_int) -> *const c_char {
        description(number).as_ptr()
    }
}
