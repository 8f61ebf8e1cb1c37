//! Lists of arguments, as C's callers would make them: all of them behind the registers.

use super::std::vec::Vec;
use core::ffi::c_void;
use oscomp_c_abi::VaList;

/// The list of an architecture, and the arguments, 8 bytes each.
pub struct List {
    arguments: Vec<u64>,
    tag: [u64; 4],
}

impl List {
    pub fn new(arguments: &[u64]) -> Self {
        Self { arguments: arguments.to_vec(), tag: [0; 4] }
    }

    /// The list, which is used before the value goes.
    pub fn list(&mut self) -> VaList {
        let at = self.arguments.as_ptr() as u64;
        let list = if cfg!(target_arch = "x86_64") {
            // No registers are left.
            self.tag = [48 | 176 << 32, at, 0, 0];
            (&raw mut self.tag).cast::<c_void>()
        } else if cfg!(target_arch = "aarch64") {
            self.tag = [at, 0, 0, 0];
            (&raw mut self.tag).cast()
        } else {
            self.arguments.as_mut_ptr().cast()
        };
        // SAFETY: it has the layout of the architecture's.
        unsafe { VaList::from_c(list) }
    }
}
