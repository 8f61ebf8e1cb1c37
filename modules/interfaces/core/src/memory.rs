//! The machine's memory.

use core::mem::MaybeUninit;
use oscomp_macros::interface;

/// Memory of the machine that nothing else uses, handed out once and for ever.
#[interface]
pub trait Memory {
    /// Takes `size` bytes, the first of them aligned to `align` (a power of two).
    ///
    /// None when no free range is that large. The bytes belong to the caller alone.
    fn take(self, size: usize, align: usize) -> Option<&'static mut [MaybeUninit<u8>]>;

    /// Bytes in the largest range that [`take`](Self::take) could give now.
    fn largest(self) -> usize;
}
