use crate::CMemory;
use core::ffi::{CStr, c_char};
use oscomp_interfaces::Errno;
use oscomp_macros::exports;

#[exports]
impl<Numbers: Errno> CMemory<Numbers> {
    /// A copy of a string in a block of its own (ISO C, 7.26.2.6). Null, with `ENOMEM`, if there is no room.
    ///
    /// # Safety
    /// `string` is one, with its end.
    #[must_use]
    pub unsafe fn strdup(&self, string: *const c_char) -> *mut c_char {
        // SAFETY: by the contract.
        let string = unsafe { CStr::from_ptr(string) };
        self.copied(string.to_bytes())
    }

    /// As `strdup`, of the first `most` bytes at the most (ISO C, 7.26.2.7).
    ///
    /// # Safety
    /// `string` is one, with its end or so many bytes.
    #[must_use]
    pub unsafe fn strndup(&self, string: *const c_char, most: usize) -> *mut c_char {
        let mut length = 0;
        // SAFETY: the string has not ended before.
        while length < most && unsafe { *string.add(length) } != 0 {
            length += 1;
        }
        // SAFETY: so many bytes have been read.
        self.copied(unsafe { core::slice::from_raw_parts(string.cast(), length) })
    }

    /// A string of these bytes.
    fn copied(&self, bytes: &[u8]) -> *mut c_char {
        let block = self.malloc(bytes.len() + 1).cast::<u8>();
        if !block.is_null() {
            // SAFETY: the block is new and has room for the bytes and the end.
            unsafe {
                block.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
                block.add(bytes.len()).write(0);
            }
        }
        block.cast()
    }
}
