//! The constants of `<sys/mman.h>`, as the headers of `c-base` have them.

use core::ffi::c_int;

/// The bytes of a page, on every architecture.
pub const PAGE: usize = 4096;

pub const PROT_WRITE: c_int = 2;
pub const PROT_EXEC: c_int = 4;
pub const ANY_PROTECTION: c_int = 7;

pub const MAP_SHARED: c_int = 1;
pub const MAP_PRIVATE: c_int = 2;
pub const MAP_FIXED: c_int = 0x10;
pub const MAP_ANONYMOUS: c_int = 0x20;

pub const MREMAP_MAYMOVE: c_int = 1;

pub const MS_ASYNC: c_int = 1;
pub const MS_INVALIDATE: c_int = 2;
pub const MS_SYNC: c_int = 4;

pub const MADV_DONTNEED: c_int = 4;
