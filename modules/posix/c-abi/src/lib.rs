//! What functions for C programs share: types, the numbers of errors, lists of arguments, addresses, and memory that is handed over.
//!
//! Types have the widths of the LP64 data model, and numbers have the values that musl and glibc give them on x86-64,
//! on every architecture. The headers of `c-base` say the same to C.
#![no_std]

pub mod addresses;
mod arguments;
pub mod buffers;
pub mod numbers;
mod time;

pub use arguments::VaList;
pub use buffers::Part;
pub use core::ffi::{c_char, c_double, c_int, c_long, c_longlong, c_uint, c_ulong, c_void};
pub use time::{TimeSpec, TimeVal};
