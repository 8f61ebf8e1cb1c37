//! The host's tap devices: `Documentation/networking/tuntap.rst` of Linux.

use core::ffi::{c_int, c_ulong};
use oscomp_abi::StartError;

/// `TUNSETIFF` of `linux/if_tun.h`: `_IOW('T', 202, int)`.
const ATTACH: c_ulong = 0x4004_54ca;

/// An open tap device, closed when it is dropped.
#[derive(Debug)]
pub struct Tap(c_int);

impl Tap {
    /// Attaches to a tap device by its name, which is made if the host lets us.
    pub fn open(name: &str) -> Result<Self, StartError> {
        // SAFETY: the path ends with a zero.
        let descriptor = unsafe {
            libc::open(c"/dev/net/tun".as_ptr(), libc::O_RDWR | libc::O_NONBLOCK | libc::O_CLOEXEC)
        };
        if descriptor < 0 {
            return Err(StartError::new(match errno() {
                libc::EACCES | libc::EPERM => "the host does not let this user open /dev/net/tun",
                _ => "the host has no /dev/net/tun",
            }));
        }
        let tap = Self(descriptor);
        // SAFETY: all zeroes are a request.
        let mut request: libc::ifreq = unsafe { core::mem::zeroed() };
        let bytes = name.as_bytes();
        if bytes.is_empty() || bytes.len() >= request.ifr_name.len() || bytes.contains(&0) {
            return Err(StartError::new("a tap device's name has 1 to 15 bytes"));
        }
        for (place, byte) in request.ifr_name.iter_mut().zip(bytes) {
            *place = *byte as _;
        }
        request.ifr_ifru.ifru_flags = (libc::IFF_TAP | libc::IFF_NO_PI) as _;
        // SAFETY: a request with a name that ends with a zero, and flags.
        if unsafe { libc::ioctl(descriptor, ATTACH, &raw mut request) } == 0 {
            return Ok(tap);
        }
        Err(StartError::new(match errno() {
            libc::EPERM | libc::EACCES => {
                "the tap device is another user's, or is not there and may not be made by this one: \
                 as root, `ip tuntap add dev NAME mode tap user USER`"
            }
            libc::EBUSY => "the tap device is in use by another program",
            libc::EINVAL => "the host has a network device of that name, which is no tap",
            _ => "the host does not attach the tap device",
        }))
    }

    /// The descriptor.
    pub fn descriptor(&self) -> c_int {
        self.0
    }

    /// Reads the frame that came first; none if there is none, or the device is down.
    pub fn read(&self, buffer: &mut [u8]) -> Option<usize> {
        // SAFETY: the pointer and the length are those of a live slice that this call alone holds.
        let count = unsafe { libc::read(self.0, buffer.as_mut_ptr().cast(), buffer.len()) };
        usize::try_from(count).ok().filter(|count| *count > 0)
    }

    /// Writes a frame. It is lost if the host does not take it.
    pub fn write(&self, frame: &[u8]) {
        // SAFETY: the pointer and the length are those of a live slice, which is only read.
        unsafe { libc::write(self.0, frame.as_ptr().cast(), frame.len()) };
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        // SAFETY: the descriptor is ours, and nobody uses it after this.
        unsafe { libc::close(self.0) };
    }
}

/// Bytes that nobody can foresee, for an address that nobody else has.
pub fn dice<const N: usize>() -> Option<[u8; N]> {
    let mut bytes = [0; N];
    // SAFETY: the pointer and the length are those of a live array.
    let count = unsafe { libc::getrandom(bytes.as_mut_ptr().cast(), N, 0) };
    (usize::try_from(count) == Ok(N)).then_some(bytes)
}

fn errno() -> c_int {
    // SAFETY: it is this thread's own.
    unsafe { *libc::__errno_location() }
}
