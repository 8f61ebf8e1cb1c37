use core::net::{Ipv4Addr, Ipv6Addr};

/// A size in bytes; in `system.kdl` a string with a unit, such as `"8MiB"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytes(pub usize);

impl Bytes {
    /// The number of bytes.
    #[must_use]
    pub const fn get(self) -> usize {
        self.0
    }
}

/// An IPv4 address with the length of its network prefix, `"10.0.2.15/24"` (RFC 4632).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ipv4Cidr {
    /// The address, host part included.
    pub address: Ipv4Addr,
    /// Length of the network prefix in bits, 0 to 32.
    pub prefix: u8,
}

/// An IPv6 address with the length of its network prefix, `"fd00::15/64"` (RFC 4291).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ipv6Cidr {
    /// The address, host part included.
    pub address: Ipv6Addr,
    /// Length of the network prefix in bits, 0 to 128.
    pub prefix: u8,
}

/// An EUI-48 hardware address, `"52:54:00:12:34:56"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MacAddress(pub [u8; 6]);

/// Files in an archive, in the "new ASCII" format of cpio without checksums (magic `070701`).
///
/// In `system.kdl` the path of a folder, whose files the build packs: in the order of their names, without
/// owners or times, so that the same files make the same bytes. Or the path of an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Archive(pub &'static [u8]);

/// A source file in C, which the image is compiled from too.
///
/// In `system.kdl` the path of a file, relative to it, or of one in a package of Cargo's registry:
/// `"crate:libsqlite3-sys@0.40.0/sqlite3/sqlite3.c"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CSource;

/// A folder of headers, for the sources in C of the same instance; written like a [`CSource`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CInclude;

/// A macro of C's preprocessor, for the sources in C of the same instance: `"NDEBUG"`, `"LIMIT=16"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CDefine;

/// A function in C of the same instance that is compiled for speed also where the image is compiled for size:
/// `"sqlite3VdbeExec"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CHot;

/// One device of the platform, claimed by one instance.
///
/// The platform's facts (`platform.kdl`) say where it is; an option of this type names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Device {
    /// The platform's name for it, such as `com1`.
    pub name: &'static str,
    /// Where its registers are.
    pub registers: Registers,
    /// What it interrupts by.
    pub line: Option<Line>,
}

/// What a device interrupts by, in the platform's numbering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// A line that stays raised until the device has been served.
    Level(u32),
    /// A line that is raised for a moment, each time that there is something.
    Edge(u32),
    /// A message, one of those that the interrupt controller takes (MSI). The device sends it each time that there
    /// is something.
    Message(u32),
}

/// Where the registers of a device are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registers {
    /// None: the device is a name that the platform understands (a host's stream, say).
    None,
    /// x86 I/O ports `base .. base + length`.
    Port {
        /// The first port.
        base: u16,
        /// How many ports.
        length: u16,
    },
    /// Physical memory `base .. base + length`, in bytes.
    Memory {
        /// The first address.
        base: usize,
        /// How many bytes.
        length: usize,
    },
    /// A function of PCI Express: its configuration space, and physical memory for the registers that it
    /// has in addition.
    Pci {
        /// Where its configuration space is.
        configuration: Configuration,
        /// The first address of the memory that nothing else is placed in.
        base: usize,
        /// How many bytes.
        length: usize,
    },
}

/// Where the configuration space of a function of PCI is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Configuration {
    /// 4096 bytes of physical memory, from that address on.
    Memory(usize),
    /// 256 bytes behind the I/O ports of a PC: the function's bus in 8 bits, device in 5 and number in 3.
    Ports(u16),
}
