//! An open file of the host.

use core::ffi::{CStr, c_int};
use core::mem::MaybeUninit;

/// A file, open as long as this is.
pub struct File(c_int);

/// Whether a call was interrupted by a signal, and is to be made again.
fn is_interrupted() -> bool {
    // SAFETY: the C library's own variable of this thread.
    unsafe { *libc::__errno_location() == libc::EINTR }
}

impl File {
    /// Opens a file that is there.
    pub fn open(path: &CStr, is_read_only: bool) -> Option<Self> {
        let access = if is_read_only { libc::O_RDONLY } else { libc::O_RDWR };
        // SAFETY: the path ends with a zero.
        let descriptor = unsafe { libc::open(path.as_ptr(), access | libc::O_CLOEXEC) };
        (descriptor >= 0).then_some(Self(descriptor))
    }

    /// Its bytes.
    pub fn length(&self) -> Option<u64> {
        let mut known = MaybeUninit::<libc::stat>::uninit();
        // SAFETY: the descriptor is open, and the host fills the structure in if it returns 0.
        let known = unsafe { (libc::fstat(self.0, known.as_mut_ptr()) == 0).then(|| known.assume_init()) };
        known.map(|known| known.st_size as u64)
    }

    /// Reads all of it from `at` on; whether that was done.
    pub fn read(&self, mut at: u64, mut into: &mut [u8]) -> bool {
        while !into.is_empty() {
            // SAFETY: as many bytes as there are.
            let count =
                unsafe { libc::pread(self.0, into.as_mut_ptr().cast(), into.len(), at as libc::off_t) };
            match count {
                1.. => {
                    at += count as u64;
                    into = &mut into[count as usize..];
                }
                -1 if is_interrupted() => {}
                _ => return false,
            }
        }
        true
    }

    /// Writes all of it from `at` on; whether that was done.
    pub fn write(&self, mut at: u64, mut from: &[u8]) -> bool {
        while !from.is_empty() {
            // SAFETY: as many bytes as there are.
            let count = unsafe { libc::pwrite(self.0, from.as_ptr().cast(), from.len(), at as libc::off_t) };
            match count {
                1.. => {
                    at += count as u64;
                    from = &from[count as usize..];
                }
                -1 if is_interrupted() => {}
                _ => return false,
            }
        }
        true
    }

    /// Has what was written be there after the power fails; whether that was done.
    pub fn flush(&self) -> bool {
        loop {
            // SAFETY: the descriptor is open.
            match unsafe { libc::fdatasync(self.0) } {
                0 => return true,
                _ if is_interrupted() => {}
                _ => return false,
            }
        }
    }

    /// Says that what is there is of no use any more.
    pub fn discard(&self, at: u64, length: u64) {
        let mode = libc::FALLOC_FL_PUNCH_HOLE | libc::FALLOC_FL_KEEP_SIZE;
        // SAFETY: the descriptor is open; that it may not work is known.
        let _ = unsafe { libc::fallocate(self.0, mode, at as libc::off_t, length as libc::off_t) };
    }
}

impl Drop for File {
    fn drop(&mut self) {
        // SAFETY: it is not used afterwards.
        let _ = unsafe { libc::close(self.0) };
    }
}
