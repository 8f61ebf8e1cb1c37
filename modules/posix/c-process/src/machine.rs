use crate::{CProcess, Options};
use core::ffi::{c_char, c_int};
use oscomp_abi::Config;
use oscomp_c_abi::numbers::ENAMETOOLONG;
use oscomp_interfaces::{Console, Errno};
use oscomp_macros::exports;

/// The bytes of the longest name that a host has.
pub const HOST_NAME_LIMIT: usize = 64;

/// C's `struct utsname`: what the machine and its system are called. Each field is a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct MachineName {
    /// The system.
    pub sysname: [u8; 65],
    /// The machine in its network.
    pub nodename: [u8; 65],
    /// The system's version.
    pub release: [u8; 65],
    /// Which build of it.
    pub version: [u8; 65],
    /// The architecture.
    pub machine: [u8; 65],
    /// The network's domain.
    pub domainname: [u8; 65],
}

/// The text as a field.
const fn field(text: &str) -> [u8; 65] {
    let (bytes, mut field, mut at) = (text.as_bytes(), [0; 65], 0);
    while at < bytes.len() && at < HOST_NAME_LIMIT {
        field[at] = bytes[at];
        at += 1;
    }
    field
}

/// What `uname -m` prints for the architecture.
const ARCHITECTURE: &str = if cfg!(target_arch = "x86_64") {
    "x86_64"
} else if cfg!(target_arch = "aarch64") {
    "aarch64"
} else {
    "riscv64"
};

#[exports]
impl<Numbers: Errno, Reports: Console, Settings: Config<Options>> CProcess<Numbers, Reports, Settings> {
    /// What the machine and its system are called (POSIX.1-2024). 0.
    ///
    /// # Safety
    /// `name` can be written.
    pub unsafe fn uname(&self, name: *mut MachineName) -> c_int {
        let names = const {
            MachineName {
                sysname: field("oscomp"),
                nodename: field(Settings::OPTIONS.host_name),
                release: field(env!("CARGO_PKG_VERSION")),
                version: field("oscomp"),
                machine: field(ARCHITECTURE),
                domainname: field("(none)"),
            }
        };
        // SAFETY: by the contract.
        unsafe { name.write(names) };
        0
    }

    /// The machine's name in its network, at `place` (POSIX.1-2024). 0; -1, with `ENAMETOOLONG`, if `room` bytes are
    /// too few for it and its end: then it is cut off there, without an end.
    ///
    /// # Safety
    /// `room` bytes can be written at `place`.
    pub unsafe fn gethostname(&self, place: *mut c_char, room: usize) -> c_int {
        let name = field(Settings::OPTIONS.host_name);
        let length = Settings::OPTIONS.host_name.len() + 1;
        // SAFETY: by the contract; the name and its end are no longer than the field.
        unsafe { place.cast::<u8>().copy_from_nonoverlapping(name.as_ptr(), length.min(room)) };
        if length > room { self.failed(ENAMETOOLONG) } else { 0 }
    }
}
