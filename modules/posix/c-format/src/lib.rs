//! What C's `printf` and `scanf` families do with their formats (ISO C23, sections 7.23.6.1 and 7.23.6.2, in the "C"
//! locale), without a heap.
//!
//! Where ISO C leaves something open this does what GNU's C library does: the case of `NaN`, `(null)`, `(nil)`, how a
//! subnormal number looks in `%a`. A `long double` is brought to a `double` first, so that it has 53 bits.
#![no_std]

mod arguments;
mod length;
mod long_double;
mod memory;
mod print;
mod scan;

pub use arguments::Arguments;
pub use long_double::{double_from_extended, double_from_quad, double_to_extended, double_to_quad};
pub use memory::{Memory, Text};
pub use print::{Sink, print};
pub use scan::{EOF, Source, scan};

#[cfg(test)]
mod testing;
